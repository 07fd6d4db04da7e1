# Everything on a fresh machine: Go 1.26, Node 20 or later, Debian or Ubuntu.
#   make demo    set everything up, make an invented Pas-de-Calais, serve it
#   make test    set everything up, run every check

GO      ?= go
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X passerelle/internal/app.Version=$(VERSION)
DATA    ?= demo
ADDR    ?= 127.0.0.1:8080

export CGO_ENABLED = 0

.PHONY: build demo test torture fuzz bench load lint schema stories assets clean matching-score matching-report

build: assets
	$(GO) build -trimpath -ldflags "$(LDFLAGS)" -o bin/passerelle ./cmd/passerelle

demo: build
	bin/passerelle demo --data $(DATA) --addr $(ADDR)

test: build
	$(GO) run ./internal/testrun

# The same tests at their long sizes: 10,000 random cases, 500 clients.
torture: build
	$(GO) run ./internal/testrun -torture

# Every reader of outside input for FUZZTIME each. Without a bound on making
# inputs small, a minute goes by on each new one: an archive is thousands of
# bytes.
FUZZTIME ?= 20s
fuzz:
	set -e; grep -rl "^func Fuzz" internal --include=*_test.go | xargs -n1 dirname | sort -u | while read p; do \
		for f in $$(grep -hoE "^func Fuzz[A-Za-z0-9_]+" $$p/*_test.go | cut -c6-); do \
			$(GO) test ./$$p -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x; done; done

bench: build
	$(MAKE) -C bench

# A thousand people register for a meeting of 900 seats within a minute, then
# as fast as it goes, on SQLite and on POSTGRES (an empty database), and every
# promise is checked afterwards.
load: build
	$(GO) run ./internal/testrun/registrations -program bin/passerelle $(if $(POSTGRES),-postgres '$(POSTGRES)')

lint: assets
	$(GO) run ./internal/testrun -only lint

stories: build
	$(GO) run ./internal/testrun -only stories

# How well the partner rules rank the pairs graded by people.
matching-score:
	$(GO) run ./internal/match/score
	$(GO) run ./internal/match/score -worst 0 -least 0.85 internal/match/testdata/graded-held.tsv

# docs/matching-report.md: partners and reasons to read aloud, from the
# register that the demonstration invents.
matching-report: assets
	$(GO) run ./cmd/passerelle matching-report docs/matching-report.md

# docs/schema.sql, from the migrations.
schema:
	$(GO) run ./internal/db/schema > docs/schema.sql.new
	mv docs/schema.sql.new docs/schema.sql

# Styles, scripts, fonts and libraries, and the compiler of documents, bundled
# into the folders the program embeds.
assets: node_modules/.package-lock.json
	$(GO) run ./internal/web/bundle
	$(GO) run ./internal/pdf/bundle

node_modules/.package-lock.json: package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	touch $@

clean:
	rm -rf bin node_modules e2e/shots && find internal/web/assets internal/pdf/assets -mindepth 1 ! -name .gitkeep -delete
