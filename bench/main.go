// Command bench measures Passerelle beside what a user would pick instead.
//
//	bench search N [-postgres URL] [-sqlite FILE] [-limit 120s]
//	bench product DATA_FOLDER [-overlay 100000]
//	bench partners DATA_FOLDER [-postgres URL] [-redis HOST:PORT] [-questions 500] [-brute 53,62,75] [-bulk]
//	bench teams DATA_FOLDER [-questions 1000]
//	bench join UNITS ESTABLISHMENTS OUT.tsv
//	bench load BASE_URL [-clients 8] [-for 15s] [-department 62] [-partners]
//
// It is a module of its own, so that the product stays free of cgo.
// docs/performance.md holds the results with the commands that made them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 {
		return errors.New("usage: bench search N [flags] | bench load URL [flags]")
	}
	fs := flag.NewFlagSet(args[0], flag.ContinueOnError)
	switch args[0] {
	case "search":
		n, err := strconv.Atoi(args[1])
		if err != nil || n < 1000 {
			return fmt.Errorf("search %q: want a number of establishments, 1000 or more", args[1])
		}
		pg := fs.String("postgres", "", "URL of a PostgreSQL server with PostGIS, where databases may be created")
		lite := fs.Bool("sqlite", false, "measure SQLite too")
		dir := fs.String("dir", "out", "folder of the built files")
		limit := fs.Duration("limit", 2*time.Minute, "stop asking after this long")
		if err := fs.Parse(args[2:]); err != nil {
			return err
		}
		return search(n, *dir, *pg, *lite, *limit)
	case "product":
		entries := fs.Int("overlay", 100_000, "entries of the living overlay")
		if err := fs.Parse(args[2:]); err != nil {
			return err
		}
		return product(args[1], *entries, 5000)
	case "partners":
		pg := fs.String("postgres", "", "URL of a PostgreSQL server with PostGIS, where databases may be created")
		redis := fs.String("redis", "", "address of a Redis that may be emptied")
		questions := fs.Int("questions", 500, "how many establishments ask")
		brute := fs.String("brute", "", "départements for which everybody is scored and compared")
		bulk := fs.Bool("bulk", false, "measure the partners of everyone")
		if err := fs.Parse(args[2:]); err != nil {
			return err
		}
		return partners(args[1], *pg, *redis, *questions, strings.FieldsFunc(*brute, func(r rune) bool { return r == ',' }), *bulk)
	case "teams":
		questions := fs.Int("questions", 1000, "requests to ask")
		if err := fs.Parse(args[2:]); err != nil {
			return err
		}
		return teamsBench(os.Stdout, args[1], *questions)
	case "join":
		return join(args[1:])
	case "load":
		clients := fs.Int("clients", 8, "clients at once")
		d := fs.Duration("for", 15*time.Second, "how long")
		department := fs.String("department", "", "ask around the communes of this département only")
		partners := fs.Bool("partners", false, "ask for the partners of establishments found there")
		if err := fs.Parse(args[2:]); err != nil {
			return err
		}
		paths, err := apiQueries(5000, *department)
		if err != nil {
			return err
		}
		if *partners {
			if paths, err = partnerPaths(args[1], paths); err != nil {
				return err
			}
		}
		return load(context.Background(), os.Stdout, args[1], paths, *clients, *d)
	}
	return fmt.Errorf("unknown command %q", args[0])
}

func search(n int, dir, pg string, lite bool, limit time.Duration) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	docs, err := corpus(n)
	if err != nil {
		return err
	}
	qs := queries(docs, 2000)
	path := filepath.Join(dir, fmt.Sprintf("bench-%d.snapshot", n))
	start := time.Now()
	if err := buildPasserelle(path, docs); err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	built := time.Since(start)
	start = time.Now()
	ours, err := openPasserelle(path)
	if err != nil {
		return err
	}
	opened := time.Since(start)
	systems := []System{ours}
	if pg != "" {
		s, err := openPostgres(context.Background(), pg, docs)
		if err != nil {
			return fmt.Errorf("postgres: %w", err)
		}
		systems = append(systems, s)
	}
	if lite {
		s, err := openSQLite(filepath.Join(dir, fmt.Sprintf("bench-%d.sqlite", n)), docs)
		if err != nil {
			return fmt.Errorf("sqlite: %w", err)
		}
		systems = append(systems, s)
	}
	docs = nil
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	fmt.Printf("%d establishments: built in %.1f s, file %.0f MB, opened in %.0f ms, heap %.0f MB with it open\n", n, built.Seconds(), float64(info.Size())/1e6, ms(opened), float64(m.HeapAlloc)/1e6)
	for _, apart := range []bool{false, true} {
		fmt.Println(map[bool]string{false: "every question to all systems in turn", true: "all questions to one system after the other"}[apart])
		if err := duel(os.Stdout, systems, qs, limit, apart); err != nil {
			return err
		}
	}
	return nil
}
