package profile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/register"
)

// MostProof is how many bytes a proof may have.
const MostProof = 5 << 20

// How far the last day of a label may lie, and when its people are told of it.
const (
	longestLabel = 10 * 365 * 24 * time.Hour
	warnLabel    = 30 * 24 * time.Hour
)

// Refusals about labels.
var (
	ErrDecided = errors.New("decided otherwise before")
	ErrReason  = errors.New("a refusal says why")
)

// The states of a label.
const (
	LabelAsked     = "asked"
	LabelAccepted  = "accepted"
	LabelRefused   = "refused"
	LabelWithdrawn = "withdrawn" // by its people
	LabelOver      = "over"      // its last day has passed, or a newer one took its place
)

// A Label is one that an establishment says it has.
type Label struct {
	ID        string
	SIRET     register.SIRET
	Territory string
	Slug      string // of the vocabulary
	Web       string // where anybody can check it; empty without one
	Proof     string // type of the file that shows it; empty without one
	Until     clock.Day
	State     string
	Reason    string
	Who       string // id
	ForName   string
	Channel   account.Channel
	AskedAt   time.Time
	DecidedAt time.Time
	DecidedBy string // id
}

// Object is what the table of permissions is asked of a label.
func (l *Label) Object() account.Object {
	return account.Object{SIRET: l.SIRET, Territory: l.Territory}
}

// A NewLabel is one that somebody says an establishment has.
type NewLabel struct {
	SIRET     register.SIRET
	Territory string
	Slug      string
	Web       string
	File      []byte // a PDF or a picture; nil without one
	Until     string // civil day, as it was typed
	By        account.Actor
	ForName   string
}

// LabelNews is what the people of an establishment, or who decides, are told.
type LabelNews struct {
	Kind  string // label.ask, label.accept, label.refuse, label.soon
	To    *account.Person
	Label *Label
}

// SayLabel says that an establishment has a label, for a facilitator to
// decide. It returns ErrFaults with the faults, having written nothing. Said
// again before it was decided, the later word counts.
func (p *Profiles) SayLabel(ctx context.Context, n NewLabel) ([]Fault, error) {
	now := p.Clock.Now()
	l, proof, faults, err := p.label(ctx, n, now)
	if err != nil {
		return nil, err
	}
	if len(faults) > 0 {
		return faults, ErrFaults
	}
	err = p.DB.Write(ctx, func(t *db.Tx) error {
		if err := dropAsked(ctx, t, n.SIRET, n.Slug); err != nil {
			return err
		}
		if err := addLabel(ctx, t, l, proof); err != nil {
			return err
		}
		deciders, err := account.FacilitatorsIn(ctx, t, account.DecideLabels, l.Object())
		if err != nil {
			return err
		}
		if err := p.tell(ctx, t, "label.ask", deciders, l); err != nil {
			return err
		}
		return account.Record(ctx, t, now, account.Entry{Act: "label.ask", Kind: "label", Object: l.ID, By: n.By})
	})
	if err != nil {
		return nil, fmt.Errorf("say a label of %s: %w", n.SIRET, err)
	}
	return nil, nil
}

// label makes a label of what was typed.
func (p *Profiles) label(ctx context.Context, n NewLabel, now time.Time) (l *Label, proof []byte, faults []Fault, err error) {
	l = &Label{
		ID: db.NewID(now), SIRET: n.SIRET, Territory: n.Territory, Slug: n.Slug, State: LabelAsked, Who: n.By.Who, ForName: n.ForName, Channel: n.By.Channel, AskedAt: now,
	}
	if _, ok := p.Trades.Label(n.Slug); !ok {
		faults = append(faults, Fault{"label", "label"})
	}
	web, ok := website(tidy(n.Web, false))
	if l.Web = web; !ok {
		faults = append(faults, Fault{"adresse", "web"})
	}
	switch {
	case len(n.File) == 0 && strings.TrimSpace(n.Web) == "":
		faults = append(faults, Fault{"adresse", "proof"})
	case len(n.File) > MostProof:
		faults = append(faults, Fault{"fichier", "proof_big"})
	case bytes.HasPrefix(n.File, []byte("%PDF-")):
		proof, l.Proof = n.File, "application/pdf"
	case len(n.File) > 0:
		made, err := p.Pictured.Read(ctx, n.File)
		if ctx.Err() != nil {
			return nil, nil, nil, err
		}
		if err != nil {
			faults = append(faults, Fault{"fichier", "proof_kind"})
			break
		}
		proof, l.Proof = made.Wide.JPEG, "image/jpeg"
	}
	day, err := clock.ParseDay(strings.TrimSpace(n.Until))
	if l.Until = day; err != nil || day.Time().After(now.Add(longestLabel)) {
		faults = append(faults, Fault{"jusqu", "until"})
	} else if day < today(now) {
		faults = append(faults, Fault{"jusqu", "until_past"})
	}
	return l, proof, faults, nil
}

// today is the civil day of a moment.
func today(now time.Time) clock.Day { return clock.Day(now.In(clock.Paris).Format(time.DateOnly)) }

// tell tells people about a label.
func (p *Profiles) tell(ctx context.Context, t *db.Tx, kind string, people []*account.Person, l *Label) error {
	for _, to := range people {
		if err := p.Tell(ctx, t, LabelNews{Kind: kind, To: to, Label: l}); err != nil {
			return err
		}
	}
	return nil
}

// AcceptLabel lets an establishment have a label until its last day: it is in
// the directory with the transaction. Accepted twice it is accepted once;
// ErrDecided when it was refused or taken back.
func (p *Profiles) AcceptLabel(ctx context.Context, by account.Actor, id string) error {
	return p.decide(ctx, by, id, LabelAccepted, "")
}

// RefuseLabel says no, and why.
func (p *Profiles) RefuseLabel(ctx context.Context, by account.Actor, id, reason string) error {
	if reason = tidy(reason, false); reason == "" {
		return ErrReason
	}
	return p.decide(ctx, by, id, LabelRefused, reason)
}

// WithdrawLabel takes a label back at the wish of its people, decided or not.
func (p *Profiles) WithdrawLabel(ctx context.Context, by account.Actor, id string) error {
	return p.decide(ctx, by, id, LabelWithdrawn, "")
}

// decide changes the state of a label, and the directory with it.
func (p *Profiles) decide(ctx context.Context, by account.Actor, id, state, reason string) error {
	now := p.Clock.Now()
	acts := map[string]string{LabelAccepted: "label.accept", LabelRefused: "label.refuse", LabelWithdrawn: "label.withdraw", LabelOver: "label.end"}
	err := p.DB.Write(ctx, func(t *db.Tx) error {
		l, err := labelByID(ctx, t, id)
		if err != nil {
			return err
		}
		before := l.State
		switch {
		case before == state:
			return nil
		case before == LabelAsked && state != LabelOver, before == LabelAccepted && (state == LabelWithdrawn || state == LabelOver):
		default:
			return ErrDecided
		}
		l.State, l.Reason, l.DecidedAt, l.DecidedBy = state, reason, now, by.Who
		if err := changeLabel(ctx, t, l); err != nil {
			return err
		}
		if before == LabelAccepted || state == LabelAccepted {
			if err := p.carry(ctx, t, by, l); err != nil {
				return err
			}
		}
		if state == LabelAccepted || state == LabelRefused {
			members, err := account.MembersIn(ctx, t, l.SIRET)
			if err != nil {
				return err
			}
			if err := p.tell(ctx, t, acts[state], members, l); err != nil {
				return err
			}
		}
		return account.Record(ctx, t, now, account.Entry{Act: acts[state], Kind: "label", Object: l.ID, By: by})
	})
	if err != nil {
		return fmt.Errorf("decide a label: %w", err)
	}
	return p.Refresh(ctx)
}

// carry makes the directory show the accepted labels of an establishment: a
// newer one takes the place of the one before.
func (p *Profiles) carry(ctx context.Context, t *db.Tx, by account.Actor, l *Label) error {
	if l.State == LabelAccepted {
		if err := replaceLabel(ctx, t, l); err != nil {
			return err
		}
	}
	has, err := hasLabel(ctx, t, l.SIRET, l.Slug)
	if err != nil {
		return err
	}
	err = p.Over(ctx, t, directory.Act{Who: by.Who, For: by.For, Channel: string(by.Channel)}, l.SIRET, func(o *directory.Overlay) {
		o.Labels = slices.DeleteFunc(slices.Clone(o.Labels), func(slug string) bool { return slug == l.Slug })
		if has {
			o.Labels = append(o.Labels, l.Slug)
			slices.Sort(o.Labels)
		}
	})
	if errors.Is(err, db.ErrNotFound) && !has {
		return nil // an establishment that is gone shows no label
	}
	return err
}

// TidyLabels ends the labels whose last day has passed, and tells the people
// of those that end within a month, once each.
func (p *Profiles) TidyLabels(ctx context.Context) error {
	now := p.Clock.Now()
	var over, soon []*Label
	err := p.DB.Read(ctx, func(t *db.Tx) (err error) {
		if over, err = labelsWhere(ctx, t, "state = 'accepted' AND until < $1", string(today(now))); err != nil {
			return err
		}
		soon, err = labelsWhere(ctx, t, "state = 'accepted' AND until >= $1 AND until <= $2", string(today(now)), string(today(now.Add(warnLabel))))
		return err
	})
	if err != nil {
		return fmt.Errorf("tidy labels: %w", err)
	}
	for _, l := range over {
		if err := p.decide(ctx, account.Actor{Channel: account.System}, l.ID, LabelOver, ""); err != nil && !errors.Is(err, ErrDecided) {
			return err
		}
	}
	for _, l := range soon {
		if err := p.DB.Write(ctx, func(t *db.Tx) error {
			members, err := account.MembersIn(ctx, t, l.SIRET)
			if err != nil {
				return err
			}
			return p.tell(ctx, t, "label.soon", members, l)
		}); err != nil {
			return fmt.Errorf("tell of a label that ends: %w", err)
		}
	}
	return nil
}

// Labels returns what an establishment said of labels, the latest first.
func (p *Profiles) Labels(ctx context.Context, s register.SIRET) ([]*Label, error) {
	return p.labels(ctx, "siret = $1 AND state <> 'withdrawn'", int64(s))
}

// AskedLabels returns the labels that wait to be decided, the oldest first.
func (p *Profiles) AskedLabels(ctx context.Context) ([]*Label, error) {
	list, err := p.labels(ctx, "state = $1", LabelAsked)
	slices.Reverse(list)
	return list, err
}

func (p *Profiles) labels(ctx context.Context, condition string, arg any) (list []*Label, err error) {
	err = p.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = labelsWhere(ctx, t, condition, arg)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("labels: %w", err)
	}
	return list, nil
}

// Label returns a label, or db.ErrNotFound.
func (p *Profiles) Label(ctx context.Context, id string) (l *Label, err error) {
	err = p.DB.Read(ctx, func(t *db.Tx) (err error) {
		l, err = labelByID(ctx, t, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("label: %w", err)
	}
	return l, nil
}

// LabelProof returns the file that shows a label, or db.ErrNotFound.
func (p *Profiles) LabelProof(ctx context.Context, id string) (b []byte, err error) {
	err = p.DB.Read(ctx, func(t *db.Tx) (err error) {
		b, err = labelProof(ctx, t, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("proof of a label: %w", err)
	}
	return b, nil
}
