// Command registrations measures what happens when a thousand people register
// for one meeting in a minute: half of them by the form of its page, half by
// the API, each from an address of their own, under the rate limit of
// production. It starts the real program, plans a meeting of 900 seats as a
// facilitator does, registers, and then reads the database: every seat is given
// once, the waiting list has no hole, and each act has sent one mail.
//
//	registrations -program bin/passerelle [-postgres URL] [-minute 60s]
//
// It fails when any answer is wrong or any promise is broken; how fast it was
// is only told.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// What is measured: so many people, for a meeting of so many seats.
const (
	people = 1000
	seats  = 900
)

func main() {
	program := flag.String("program", "bin/passerelle", "the program")
	postgres := flag.String("postgres", "", "address of an empty PostgreSQL database; without it, SQLite only")
	minute := flag.Duration("minute", time.Minute, "time within which everybody registers")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *program, *postgres, *minute); err != nil {
		fmt.Fprintln(os.Stderr, "registrations:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, program, postgres string, minute time.Duration) error {
	dir, err := os.MkdirTemp("", "registrations")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	fmt.Printf("%s, %d processors, load %s\n", runtime.Version(), runtime.NumCPU(), load())
	if err := measure(ctx, house{program: program, data: filepath.Join(dir, "sqlite")}, minute); err != nil {
		return fmt.Errorf("on SQLite: %w", err)
	}
	if postgres == "" {
		fmt.Println("PostgreSQL: not measured, none was named")
		return nil
	}
	if err := measure(ctx, house{program: program, data: filepath.Join(dir, "postgres"), database: postgres}, minute); err != nil {
		return fmt.Errorf("on PostgreSQL: %w", err)
	}
	return nil
}

// measure opens a house, has everybody register twice over (within a minute,
// then as fast as it goes, for another meeting), closes it and checks.
func measure(ctx context.Context, h house, minute time.Duration) (err error) {
	if err := h.open(ctx); err != nil {
		return errors.Join(err, h.close())
	}
	defer func() { err = errors.Join(err, h.close()) }()
	var held []*round
	for _, pace := range []time.Duration{minute, 0} {
		id, err := h.plan(ctx)
		if err != nil {
			return err
		}
		r := &round{house: &h, meeting: id, within: pace}
		if err := r.register(ctx); err != nil {
			return err
		}
		r.tell(os.Stdout)
		held = append(held, r)
	}
	if err := h.close(); err != nil {
		return err
	}
	for i := range held {
		if err := held[i].check(ctx); err != nil {
			return err
		}
	}
	fmt.Printf("%s: no seat lost, none given twice, the lines without a hole, one mail for each act; load %s\n", h.engine(), load())
	return nil
}

// load is what the machine says it has to do: the figures are read beside it.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(text))[:3], " ")
}
