// Package app is the command line: it reads the configuration, makes the
// parts of the program, joins them and runs one command.
//
// It is the only package that knows every other one, and the only one that
// reads the environment; a rule of the subject found here is misplaced. Each
// command is a struct in a file of its own, named in the list of cli.go, with
// a method Run(*Context) error. The command line speaks French, as the pages
// do: what it prints is read by the operator of a house.
//
// Its one difficulty is to be run by tests as by a shell: nothing here uses
// os.Args, os.Exit, the standard streams or the machine's clock; they come in
// a Process.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/signal"
	"strings"
	"syscall"

	"passerelle/internal/clock"
)

// The exit codes of the program.
const (
	exitDone    = 0
	exitFailure = 1 // the act could not be done
	exitUsage   = 2 // the command line or the configuration is wrong
)

// A Process is what a run of the program is given by who starts it.
type Process struct {
	Args           []string // without the program's name
	Env            []string // NAME=value
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Clock          clock.Clock
}

// A Context is what a command may use.
type Context struct {
	Ctx            context.Context // done at SIGINT or SIGTERM
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(name string) string
	Clock          clock.Clock
	Config         *Config
}

// A usageError is a fault of the command line or of the configuration, told
// in a sentence that the operator can act upon.
type usageError string

func (e usageError) Error() string { return string(e) }

// Usagef returns an error that ends the program with exit code 2. The
// sentence is French and says what is accepted.
func Usagef(format string, args ...any) error {
	return usageError(fmt.Sprintf(format, args...))
}

// An exitError ends the program with an exit code of its own and nothing more
// to say: the command has told everything.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// Exit returns an error that ends the program with code without a word.
func Exit(code int) error { return exitError(code) }

// Run runs one command and returns the exit code: 0 when it is done, 1 when
// it could not be done, 2 when it was wrongly asked. It ends early when parent
// is done, or on SIGINT and SIGTERM; a second signal ends the process at once.
func Run(parent context.Context, p Process) int {
	ctx, stop := signal.NotifyContext(parent, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)

	err := run(ctx, p)
	var usage usageError
	var exit exitError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &exit):
		return int(exit)
	case errors.As(err, &usage):
		fmt.Fprintln(p.Stderr, "passerelle :", err)
		return exitUsage
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		fmt.Fprintln(p.Stderr, "passerelle : interrompu")
		return exitFailure
	default:
		fmt.Fprintln(p.Stderr, "passerelle :", fileFault(err))
		return exitFailure
	}
}

// fileFault returns the text of an error, what the system says of a file in
// French.
func fileFault(err error) string {
	text := err.Error()
	var of *fs.PathError
	if !errors.As(err, &of) {
		return text
	}
	for cause, words := range map[error]string{
		fs.ErrNotExist: "il n'y a rien de ce nom", fs.ErrPermission: "accès refusé", fs.ErrExist: "ce nom est déjà pris", syscall.EISDIR: "c'est un dossier", syscall.ENOTDIR: "ce n'est pas un dossier", syscall.ENOSPC: "le disque est plein",
	} {
		if errors.Is(of, cause) {
			text = strings.Replace(text, of.Error(), of.Path+" : "+words, 1)
			return strings.Replace(text, of.Path+" : "+of.Path, of.Path, 1) // who told it first named it too
		}
	}
	return text
}

// lookup returns a function that finds a variable in env; the last one wins,
// as in a shell.
func lookup(env []string) func(string) string {
	vars := make(map[string]string, len(env))
	for _, e := range env {
		if name, value, ok := strings.Cut(e, "="); ok {
			vars[name] = value
		}
	}
	return func(name string) string { return vars[name] }
}
