package app

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/contact"
)

// erasuresFile is the list of erasures, apart from the database and from its
// backups: a backup of before knows again who was erased after. It holds ids
// that lead nowhere and digests that only the house can read, never a name.
const erasuresFile = "erasures.log"

// erasuresHead is its first line.
const erasuresHead = "# passerelle erasures 1"

// mostAtOnce is how much of a list is held at a time: there may be millions.
const mostAtOnce = 20_000

// erasures are a part of a list.
type erasures struct {
	People     []account.Erasure
	Objections []contact.Objection
	Unread     int // lines that are none: a stop in the middle of one leaves it cut
}

var (
	personID = regexp.MustCompile(`^[0-9a-z]{26}$`)
	digested = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// errErasures says that a file is no list of erasures.
var errErasures = errors.New("ce n'est pas une liste d'effacements")

// readErasures yields a list of erasures, part by part.
func readErasures(r io.Reader) iter.Seq2[erasures, error] {
	return func(yield func(erasures, error) bool) {
		lines := bufio.NewScanner(r)
		if !lines.Scan() || lines.Text() != erasuresHead {
			err := lines.Err()
			if err == nil || errors.Is(err, bufio.ErrTooLong) {
				err = errErasures
			}
			yield(erasures{}, err)
			return
		}
		var e erasures
		n := 0
		for lines.Scan() {
			e.addLine(lines.Text())
			if n++; n == mostAtOnce {
				if !yield(e, nil) {
					return
				}
				e, n = erasures{}, 0
			}
		}
		err := lines.Err()
		if errors.Is(err, bufio.ErrTooLong) {
			err = errErasures
		}
		yield(e, err)
	}
}

func (e *erasures) addLine(line string) {
	part := strings.Fields(line)
	if len(part) == 0 {
		return
	}
	var at time.Time
	err := errErasures
	if len(part) == 3 {
		at, err = time.Parse(time.RFC3339Nano, part[2])
	}
	switch {
	case err == nil && part[0] == "person" && personID.MatchString(part[1]):
		e.People = append(e.People, account.Erasure{Person: part[1], At: at})
	case err == nil && part[0] == "objection" && digested.MatchString(part[1]):
		e.Objections = append(e.Objections, contact.Objection{Digest: part[1], At: at})
	default:
		e.Unread++
	}
}

// erasuresIn yields the list of a file; nothing where there is none.
func erasuresIn(path string) iter.Seq2[erasures, error] {
	return func(yield func(erasures, error) bool) {
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		if err != nil {
			yield(erasures{}, err)
			return
		}
		defer f.Close() // it was only read
		for e, err := range readErasures(f) {
			if err != nil {
				err = fmt.Errorf("%s : %w", path, err)
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

func (e erasures) text() []byte {
	var b bytes.Buffer
	for _, p := range e.People {
		fmt.Fprintf(&b, "person %s %s\n", p.Person, p.At.UTC().Format(time.RFC3339Nano))
	}
	for _, o := range e.Objections {
		fmt.Fprintf(&b, "objection %s %s\n", o.Digest, o.At.UTC().Format(time.RFC3339Nano))
	}
	return b.Bytes()
}

// addErasures makes the list of a file, which it begins, hold all that is
// yielded. For each part the file is read anew: time is spent, not memory.
func addErasures(path string, all iter.Seq2[erasures, error]) error {
	for e, err := range all {
		if err == nil {
			e, err = e.without(path)
		}
		if err == nil {
			err = appendErasures(path, e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// without returns what is in e and not in the list of a file.
func (e erasures) without(path string) (erasures, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return e, nil
	}
	if err != nil {
		return e, err
	}
	defer f.Close() // it was only read
	left := make(map[string]bool, len(e.People)+len(e.Objections))
	for _, p := range e.People {
		left[p.Person] = true
	}
	for _, o := range e.Objections {
		left[o.Digest] = true
	}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		_, rest, _ := bytes.Cut(lines.Bytes(), []byte(" "))
		key, at, _ := bytes.Cut(rest, []byte(" "))
		if !left[string(key)] {
			continue
		}
		if _, err := time.Parse(time.RFC3339Nano, string(at)); err == nil { // else it was cut
			left[string(key)] = false
		}
	}
	if err := lines.Err(); err != nil {
		return e, fmt.Errorf("%s : %w", path, err)
	}
	var out erasures
	for _, p := range e.People {
		if left[p.Person] {
			out.People = append(out.People, p)
		}
		left[p.Person] = false // what comes twice is kept once
	}
	for _, o := range e.Objections {
		if left[o.Digest] {
			out.Objections = append(out.Objections, o)
		}
		left[o.Digest] = false
	}
	return out, nil
}

// appendErasures adds to the list of a file, which it begins.
func appendErasures(path string, more erasures) (err error) {
	text := more.text()
	if len(text) == 0 {
		return nil
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() == 0 {
		text = append([]byte(erasuresHead+"\n"), text...)
	} else {
		last := make([]byte, 1)
		if _, err := f.ReadAt(last, info.Size()-1); err != nil {
			return err
		}
		if last[0] != '\n' {
			text = append([]byte("\n"), text...) // a line cut by a stop
		}
	}
	if _, err := f.Write(text); err != nil {
		return err
	}
	return f.Sync()
}

// known yields the erasures that the database knows.
func (h *house) known(ctx context.Context) iter.Seq2[erasures, error] {
	return func(yield func(erasures, error) bool) {
		people, err := h.Accounts.Erasures(ctx)
		if !yield(erasures{People: people}, err) || err != nil {
			return
		}
		for some, err := range h.Contacts.Objections(ctx, mostAtOnce) {
			if !yield(erasures{Objections: some}, err) || err != nil {
				return
			}
		}
	}
}

// keepErasures makes the list of the data folder as long as the database's:
// each node keeps its own.
func (h *house) keepErasures(ctx context.Context) error {
	if err := addErasures(filepath.Join(h.data, erasuresFile), h.known(ctx)); err != nil {
		return fmt.Errorf("keep the list of erasures: %w", err)
	}
	return nil
}

// An again is who was erased again.
type again struct{ People, Contacts int }

// replay erases again those of the list of a file that the database does not
// know to have been erased: it was put back, by restore or by hand.
func (h *house) replay(ctx context.Context, path string) (a again, err error) {
	by := account.Actor{Who: "restore", Channel: account.System}
	for e, err := range erasuresIn(path) {
		if err != nil {
			return a, err
		}
		n, err := h.Accounts.EraseAgain(ctx, by, e.People)
		if a.People += n; err != nil {
			return a, err
		}
	}
	a.Contacts, err = h.Contacts.ObjectAgain(ctx, by, func(yield func([]contact.Objection, error) bool) {
		for e, err := range erasuresIn(path) {
			if !yield(e.Objections, err) {
				return
			}
		}
	})
	return a, err
}

// replayOwn replays the list of the data folder, as a house that serves does
// at its start, and completes it.
func (h *house) replayOwn(ctx context.Context) error {
	a, err := h.replay(ctx, filepath.Join(h.data, erasuresFile))
	if err != nil {
		return err
	}
	if a.People+a.Contacts > 0 {
		h.Log.Warn("the database was put back: erased again", "people", a.People, "contacts", a.Contacts)
	}
	return h.keepErasures(ctx)
}

// watchErasures keeps the list of erasures whenever there is one more.
func (h *house) watchErasures(ctx context.Context, seen map[string]int64) error {
	changed, err := h.DB.Changes(ctx, seen)
	if err != nil {
		return err
	}
	version, some := changed[account.ErasureTopic]
	if !some {
		return nil
	}
	if err := h.keepErasures(ctx); err != nil {
		return err
	}
	seen[account.ErasureTopic] = version
	return nil
}
