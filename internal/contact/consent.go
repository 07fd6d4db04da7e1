package contact

import (
	"context"
	"slices"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/fold"
)

// A Way is how somebody was asked. It is the end of a message key.
type Way string

// The ways. Without one the answer was kept before ways were.
const (
	ByPhone Way = "phone"
	AtDesk  Way = "desk"
	OnPaper Way = "paper"
	ByMail  Way = "mail"
	AtEvent Way = "event"
	ByFile  Way = "file" // the file does not tell
)

// Ways are those a facilitator chooses from.
func Ways() []Way { return []Way{ByPhone, AtDesk, OnPaper, ByMail, AtEvent, ByFile} }

// An Answer is what somebody said when asked whether we may write: what makes
// a consent one that can be shown (GDPR, article 7).
type Answer struct {
	ID         string
	Consent    Consent
	Day        clock.Day // on which they answered; empty where it is not known
	Words      string    // the sentence that they answered; empty where it was not kept
	Way        Way
	Author     string // id of the person who wrote it down
	RecordedAt time.Time
}

// same reports whether an answer tells nothing that another does not.
func (a Answer) same(other Answer) bool {
	return a.Consent == other.Consent && (a.Day == "" || a.Day == other.Day) && (a.Words == "" || a.Words == other.Words) && (a.Way == "" || a.Way == ByFile || a.Way == other.Way)
}

// Answered returns the last answer, by its day and else by when it was written
// down; one that says only the consent where nothing more is known.
func (c *Contact) Answered() Answer {
	if len(c.Answers) == 0 {
		return Answer{Consent: c.Consent}
	}
	return c.Answers[0]
}

// hear adds an answer. The last day counts; an answer of an earlier day is
// history.
func (c *Contact) hear(a Answer) {
	c.Answers = append([]Answer{a}, c.Answers...)
	sortAnswers(c.Answers)
	c.Consent = c.Answers[0].Consent
}

// heard reports whether an answer of a file is known: the same file may come
// twice.
func (c *Contact) heard(a Answer) bool { return slices.ContainsFunc(c.Answers, a.same) }

// sortAnswers puts the last answer first. One without a day is of the day it
// was written down.
func sortAnswers(list []Answer) {
	slices.SortStableFunc(list, func(a, b Answer) int {
		if d := strings.Compare(string(b.on()), string(a.on())); d != 0 {
			return d
		}
		return b.RecordedAt.Compare(a.RecordedAt)
	})
}

func (a Answer) on() clock.Day {
	if a.Day != "" {
		return a.Day
	}
	return clock.Day(a.RecordedAt.In(clock.Paris).Format(time.DateOnly))
}

// parseWay reads by which way somebody was asked, as files write it.
func parseWay(s string) (Way, []Problem) {
	if s == "" {
		return "", nil
	}
	words := fold.Words(s)
	for _, way := range []struct {
		way   Way
		words []string
	}{
		{ByPhone, []string{"telephone", "tel", "appel", "phone", "oral"}},
		{ByMail, []string{"mail", "courriel", "email", "mel", "formulaire", "internet", "web", "form"}},
		{OnPaper, []string{"papier", "ecrit", "courrier", "bulletin", "signature", "signe", "paper"}},
		{AtEvent, []string{"salon", "reunion", "evenement", "forum", "visite", "event", "fair"}},
		{AtDesk, []string{"accueil", "bureau", "guichet", "rendez", "rdv", "agence", "desk", "vive"}},
		{ByFile, []string{"fichier", "file"}},
	} {
		if slices.ContainsFunc(words, func(w string) bool { return slices.Contains(way.words, w) }) {
			return way.way, nil
		}
	}
	return "", bad(s)
}

// withAnswers reads what contacts answered.
func withAnswers(ctx context.Context, t *db.Tx, list []*Contact) error {
	by := make(map[string]*Contact, len(list))
	for _, c := range list {
		by[c.ID] = c
	}
	where, args := "", []any(nil)
	if len(list) == 1 {
		where, args = `
		WHERE contact = $1`, []any{list[0].ID}
	}
	for row, err := range t.Query(ctx, `
		SELECT contact, id, answer, day, words, way, author, recorded_at
		FROM contact_consent`+where, args...) {
		if err != nil {
			return err
		}
		var id string
		var a Answer
		var consent, recorded int64
		if err := row.Scan(&id, &a.ID, &consent, &a.Day, &a.Words, &a.Way, &a.Author, &recorded); err != nil {
			return err
		}
		a.Consent, a.RecordedAt = Consent(consent), db.Time(recorded)
		if c := by[id]; c != nil {
			c.Answers = append(c.Answers, a)
		}
	}
	for _, c := range list {
		sortAnswers(c.Answers)
	}
	return nil
}

// writeAnswers adds the answers of a contact that are not kept yet.
func writeAnswers(ctx context.Context, t *db.Tx, c *Contact) error {
	for _, a := range c.Answers {
		if _, err := t.Exec(ctx, `
			INSERT INTO contact_consent (id, contact, answer, day, words, way, author, recorded_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (id) DO NOTHING`,
			a.ID, c.ID, int64(a.Consent), string(a.Day), a.Words, string(a.Way), a.Author, db.Micros(a.RecordedAt)); err != nil {
			return err
		}
	}
	return nil
}

// answer makes the answer that a facilitator writes down.
func answer(who *account.Person, consent Consent, day clock.Day, words string, way Way, now time.Time) Answer {
	return Answer{ID: db.NewID(now), Consent: consent, Day: day, Words: words, Way: way, Author: who.ID, RecordedAt: now}
}
