package app

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
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

// erasures are those of a list.
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

// readErasures reads a list of erasures.
func readErasures(r io.Reader) (erasures, error) {
	var e erasures
	lines := bufio.NewScanner(r)
	if !lines.Scan() || lines.Text() != erasuresHead {
		if err := lines.Err(); err != nil && !errors.Is(err, bufio.ErrTooLong) {
			return e, err
		}
		return e, errErasures
	}
	for lines.Scan() {
		part := strings.Fields(lines.Text())
		if len(part) == 0 {
			continue
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
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return e, errErasures
	}
	return e, lines.Err()
}

// erasuresIn reads the list of a data folder; without one, an empty list.
func erasuresIn(dir string) (erasures, error) {
	text, err := os.ReadFile(filepath.Join(dir, erasuresFile))
	if errors.Is(err, fs.ErrNotExist) {
		return erasures{}, nil
	}
	var e erasures
	if err == nil {
		e, err = readErasures(bytes.NewReader(text))
	}
	if err != nil {
		return e, fmt.Errorf("%s : %w", filepath.Join(dir, erasuresFile), err)
	}
	return e, nil
}

// without returns what is in e and not in other.
func (e erasures) without(other erasures) erasures {
	known := make(map[string]bool)
	for _, p := range other.People {
		known[p.Person] = true
	}
	for _, o := range other.Objections {
		known[o.Digest] = true
	}
	var out erasures
	for _, p := range e.People {
		if !known[p.Person] {
			out.People = append(out.People, p)
		}
	}
	for _, o := range e.Objections {
		if !known[o.Digest] {
			out.Objections = append(out.Objections, o)
		}
	}
	return out
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

// appendErasures adds to the list of a data folder, which it begins.
func appendErasures(dir string, more erasures) (err error) {
	text := more.text()
	if len(text) == 0 {
		return nil
	}
	f, err := os.OpenFile(filepath.Join(dir, erasuresFile), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
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

// known returns the erasures that the database knows.
func (h *house) known(ctx context.Context) (e erasures, err error) {
	if e.People, err = h.Accounts.Erasures(ctx); err != nil {
		return e, err
	}
	e.Objections, err = h.Contacts.Objections(ctx)
	return e, err
}

// keepErasures makes the list of the data folder as long as the database's:
// each node keeps its own.
func (h *house) keepErasures(ctx context.Context) error {
	in, err := h.known(ctx)
	if err != nil {
		return err
	}
	kept, err := erasuresIn(h.data)
	if err == nil {
		err = appendErasures(h.data, in.without(kept))
	}
	if err != nil {
		return fmt.Errorf("keep the list of erasures: %w", err)
	}
	return nil
}

// An again is who was erased again.
type again struct{ People, Contacts int }

// replay erases again those of a list that the database does not know to have
// been erased: it was put back, by restore or by hand.
func (h *house) replay(ctx context.Context, list erasures) (a again, err error) {
	in, err := h.known(ctx)
	if err != nil {
		return a, err
	}
	list = list.without(in)
	by := account.Actor{Who: "restore", Channel: account.System}
	if a.People, err = h.Accounts.EraseAgain(ctx, by, list.People); err != nil {
		return a, err
	}
	a.Contacts, err = h.Contacts.ObjectAgain(ctx, by, list.Objections)
	return a, err
}

// replayOwn replays the list of the data folder, as a house that serves does
// at its start, and completes it.
func (h *house) replayOwn(ctx context.Context) error {
	kept, err := erasuresIn(h.data)
	if err != nil {
		return err
	}
	a, err := h.replay(ctx, kept)
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
