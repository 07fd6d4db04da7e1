package exchange

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/mail"
)

// MaxMessage is how many letters a message may have; the rest is cut.
const MaxMessage = 5000

// MessagesADay is how many messages one side may write in a day.
const MessagesADay = 30

// A Message is what one side says to the other. It is text: whatever it came
// as, no mark of a page is left to be obeyed.
type Message struct {
	ID           string
	Introduction string
	Side         Side
	Author       string // id of a person; empty without account
	Channel      account.Channel
	Words        string
	Dropped      int // attachments that were not kept
	At           time.Time
	mail         string // digest of the Message-ID it came with
}

// Say passes on what one side says on a page.
func (in *Introductions) Say(ctx context.Context, id string, s Side, words string, by account.Actor) error {
	m := Message{Side: s, Author: by.Who, Channel: by.Channel, Words: plain(words, MaxMessage)}
	if m.Words == "" {
		return ErrNothingSaid
	}
	return in.say(ctx, id, m, by)
}

// say keeps a message and hands it to the other side. One that came before, by
// the id of its mail, is kept once.
func (in *Introductions) say(ctx context.Context, id string, said Message, by account.Actor) error {
	_, err := in.change(ctx, id, func(t *db.Tx, m *Introduction, now time.Time) (bool, error) {
		if m.State != Accepted {
			return false, ErrEnded
		}
		n, err := saidSince(ctx, t, id, said.Side, now.Add(-24*time.Hour))
		if err != nil {
			return false, err
		}
		if n >= MessagesADay {
			return false, ErrTooMany
		}
		said.ID, said.Introduction, said.At = db.NewID(now), id, now
		added, err := addMessage(ctx, t, &said)
		if err != nil || !added {
			return false, err
		}
		m.QuietSince, m.QuietSide, m.Task = now, said.Side.Other(), ""
		if err := in.Withdraw(ctx, t, m.ID); err != nil { // a reminder that waits is of no use now
			return false, err
		}
		if _, err := in.tell(ctx, t, LetterMessage, m, said.Side.Other(), &said); err != nil {
			return false, err
		}
		return true, record(ctx, t, now, "introduction.message", m, by)
	})
	return err
}

// Messages returns what the two have said to each other, the oldest first.
func (in *Introductions) Messages(ctx context.Context, id string) ([]*Message, error) {
	var list []*Message
	err := in.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = messagesWhere(ctx, t, `introduction = $1`, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("messages: %w", err)
	}
	return list, nil
}

// RelayID is what an address by which a side answers carries: the id of its
// introduction and the letter of the side.
func RelayID(id string, s Side) string { return id + string(s[0]) }

// parseRelay returns what an address carries.
func parseRelay(relay string) (id string, s Side, ok bool) {
	if len(relay) < 2 {
		return "", "", false
	}
	id = relay[:len(relay)-1]
	switch relay[len(relay)-1] {
	case Seeker[0]:
		return id, Seeker, true
	case Wanted[0]:
		return id, Wanted, true
	}
	return "", "", false
}

// Takes reports whether mails to a relay address are taken: while the two talk.
func (in *Introductions) Takes(ctx context.Context, relay string) (bool, error) {
	id, _, ok := parseRelay(relay)
	if !ok {
		return false, nil
	}
	m, err := in.Introduction(ctx, id)
	if errors.Is(err, db.ErrNotFound) {
		return false, nil
	}
	return err == nil && m.State == Accepted, err
}

// ReadMessage returns what a mail says to the other side, and whether it says
// anything: mails of machines do not, so that no two answer each other for
// ever. What it quotes is cut, attachments are counted and not kept.
func ReadMessage(got mail.Received) (Message, bool) {
	words := got.Answer
	if plain(words, 1) == "" {
		words = got.Text
	}
	m := Message{Channel: MailChannel, Words: plain(words, MaxMessage), Dropped: got.Attachments}
	if got.MessageID != "" {
		sum := sha256.Sum256([]byte("message " + got.MessageID))
		m.mail = hex.EncodeToString(sum[:])
	}
	return m, !got.Auto && (m.Words != "" || m.Dropped > 0)
}

// MailChannel is how a message by mail came in.
const MailChannel account.Channel = "mail"

// Receive takes a mail that came to a relay address. What cannot be passed on,
// because the two do not talk any more or too much was said today, is dropped: who
// wrote it reads on the page how things stand.
func (in *Introductions) Receive(ctx context.Context, relay string, got mail.Received) error {
	id, side, ok := parseRelay(relay)
	m, says := ReadMessage(got)
	if !ok || !says {
		return nil
	}
	m.Side = side
	author, addresses, err := in.author(ctx, id, side, got.From)
	if err != nil {
		return err
	}
	m.Author, m.Words = author, withoutAddresses(m.Words, append(addresses, got.From, got.Envelope))
	err = in.say(ctx, id, m, account.Actor{Who: author, Channel: MailChannel})
	if errors.Is(err, ErrEnded) || errors.Is(err, ErrTooMany) || errors.Is(err, db.ErrNotFound) {
		return nil
	}
	return err
}

// withoutAddresses returns a text without some addresses: the house promises
// to pass words on without them, and mail programs put them under an answer.
func withoutAddresses(s string, addresses []string) string {
	for _, a := range addresses {
		if a != "" {
			s = regexp.MustCompile(`(?i)`+regexp.QuoteMeta(a)).ReplaceAllLiteralString(s, Hidden)
		}
	}
	return s
}

// author returns the member of a side who has an address; nobody for another:
// the address that the mail came to is what shows that it is of that side. It
// returns the addresses of both sides too.
func (in *Introductions) author(ctx context.Context, id string, s Side, from string) (person string, addresses []string, err error) {
	address, fault := account.ParseMail(from)
	err = in.DB.Read(ctx, func(t *db.Tx) error {
		person, addresses = "", nil
		m, err := introductionByID(ctx, t, id)
		if err != nil {
			return err
		}
		for _, side := range []Side{s, s.Other()} {
			list, err := Recipients(ctx, t, m.Firm(side))
			if err != nil {
				return err
			}
			for _, r := range list {
				addresses = append(addresses, r.Mail)
				if of, err := account.ParseMail(r.Mail); fault == nil && err == nil && side == s && r.Member && of.Key() == address.Key() {
					person = r.Key
				}
			}
		}
		return nil
	})
	if errors.Is(err, db.ErrNotFound) {
		return "", nil, nil
	}
	if err != nil {
		return "", nil, fmt.Errorf("author of a mail: %w", err)
	}
	return person, addresses, nil
}
