package exchange

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/register"
)

// A Question about a need, and its answer, are read by all who see the need.
type Question struct {
	ID         string
	Need       string
	SIRET      register.SIRET // who asks; the page does not name them
	Person     string
	Words      string
	At         time.Time
	Answer     string // empty before
	AnsweredAt time.Time
}

// maxQuestions bounds what one establishment asks about one need.
const maxQuestions = 5

// sound returns a note as it is kept: something, not too long, without an
// address, since all who see the need read it.
func sound(words string) (string, error) {
	words = lines(words)
	if n := utf8.RuneCountInString(words); n == 0 || n > MaxNote || HasAddress(words) {
		return "", ErrWords
	}
	return words, nil
}

// Ask asks the author of a need something.
func (x *Needs) Ask(ctx context.Context, a Answer) error {
	words, err := sound(a.Words)
	if err != nil {
		return err
	}
	now := x.Clock.Now()
	err = x.DB.Write(ctx, func(t *db.Tx) (err error) {
		if a.SIRET, err = account.HeirIn(ctx, t, a.SIRET); err != nil {
			return err
		}
		n, err := x.answerable(ctx, t, a.Need, a.SIRET, now)
		if err != nil {
			return err
		}
		asked, err := questionsWhere(ctx, t, `need = $1 AND siret = $2`, n.ID, int64(a.SIRET))
		if err != nil {
			return err
		}
		for _, q := range asked {
			if q.Words == words {
				return nil // sent twice
			}
		}
		if len(asked) >= maxQuestions {
			return ErrMany
		}
		q := Question{ID: db.NewID(now), Need: n.ID, SIRET: a.SIRET, Person: a.By.Who, Words: words, At: now}
		if err := addQuestion(ctx, t, &q); err != nil {
			return err
		}
		if err := recordNeed(ctx, t, now, "need.question", n, a.By); err != nil {
			return err
		}
		return x.tellAuthor(ctx, t, NeedLetter{Kind: "need.question", Need: n, SIRET: a.SIRET, Words: words})
	})
	if err != nil {
		return fmt.Errorf("ask about need %s: %w", a.Need, err)
	}
	return nil
}

// AnswerQuestion answers a question; answered again, the words change and
// nobody is told twice.
func (x *Needs) AnswerQuestion(ctx context.Context, by account.Actor, need, question, words string) error {
	words, err := sound(words)
	if err != nil {
		return err
	}
	return x.act(ctx, "need.answer", need, by, func(t *db.Tx, n *Need, now time.Time) error {
		list, err := questionsWhere(ctx, t, `id = $1 AND need = $2`, question, n.ID)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return db.ErrNotFound
		}
		if _, err := t.Exec(ctx, `UPDATE need_question SET answer = $2, answered_at = $3 WHERE id = $1`, question, words, db.Micros(now)); err != nil {
			return err
		}
		if list[0].Answer != "" {
			return nil
		}
		return x.tellFirm(ctx, t, list[0].SIRET, NeedLetter{Kind: "need.answer", Need: n, SIRET: n.SIRET, Words: words})
	})
}

// Questions returns those about a need, the oldest first.
func (x *Needs) Questions(ctx context.Context, need string) ([]Question, error) {
	var list []Question
	err := x.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = questionsWhere(ctx, t, `need = $1`, need)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("questions about need %s: %w", need, err)
	}
	return list, nil
}
