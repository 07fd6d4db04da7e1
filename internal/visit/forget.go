package visit

import (
	"context"
	"fmt"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/db"
	"passerelle/internal/register"
)

// wishKept is how long a wish is kept that nobody answered.
const wishKept = 365 * 24 * time.Hour

// Forget forgets a person in the transaction that erases them: what they
// wished and wrote goes, and where an offer names them, their name does.
func (vs *Visits) Forget(ctx context.Context, t *db.Tx, who *account.Person) error {
	mine, err := takeaways(ctx, t, `person <> '' AND person = $1 OR mail_key <> '' AND mail_key = $2`, who.ID, mailKey(who.Mail))
	if err != nil {
		return err
	}
	for _, k := range mine {
		if err := vs.Leads.WithdrawIn(ctx, t, k.Booking); err != nil {
			return err
		}
	}
	if err := forgetPerson(ctx, t, who.ID, mailKey(who.Mail)); err != nil {
		return err
	}
	all, err := offers(ctx, t)
	if err != nil {
		return err
	}
	for _, o := range all {
		if o.unname(who) {
			if err := putOffer(ctx, t, &o, false); err != nil {
				return err
			}
		}
	}
	written, err := takeaways(ctx, t, `booking <> ''`)
	if err != nil {
		return err
	}
	for _, k := range written {
		named := false
		for _, s := range []*string{&k.Saw, &k.Takes, &k.GoesOn, &k.Signed} {
			if who.NamedIn(*s) {
				*s, named = "", true
			}
		}
		if named {
			if err := putTakeaway(ctx, t, &k, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// unname takes a person out of the texts of an offer and reports whether they
// were in it.
func (o *Offer) unname(who *account.Person) bool {
	named := false
	blank := func(s *string, instead string) {
		if who.NamedIn(*s) {
			*s, named = instead, true
		}
	}
	blank(&o.Title, "—")
	blank(&o.Terms.Sees, "—")
	for _, s := range o.Terms.lines() {
		blank(s, "")
	}
	return named
}

// ForgetOld forgets who wrote after the visits of more than two years ago, and
// the wishes of more than a year.
func (vs *Visits) ForgetOld(ctx context.Context) error {
	now := vs.Clock.Now()
	err := vs.DB.Write(ctx, func(t *db.Tx) error {
		return forgetBefore(ctx, t, now.Add(-wishKept), now.Add(-booking.Kept))
	})
	if err != nil {
		return fmt.Errorf("forget old wishes to visit: %w", err)
	}
	return nil
}

// Of returns what a person wished and wrote, by account or by address.
func (vs *Visits) Of(ctx context.Context, person, mail string) (w []Wish, k []Takeaway, err error) {
	const mine = `person <> '' AND person = $1 OR mail_key <> '' AND mail_key = $2`
	err = vs.DB.Read(ctx, func(t *db.Tx) error {
		if w, err = wishes(ctx, t, mine, person, mailKey(mail)); err != nil {
			return err
		}
		k, err = takeaways(ctx, t, mine, person, mailKey(mail))
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("wishes and takeaways of a person: %w", err)
	}
	return w, k, nil
}

// Succeed hands what an establishment offered, and the wishes to visit it, to
// the one that takes it over, in the transaction in which it does.
func (vs *Visits) Succeed(ctx context.Context, t *db.Tx, from, to register.SIRET) error {
	for _, table := range []string{"visit_offer", "visit_wish"} {
		if _, err := t.Exec(ctx, `UPDATE `+table+` SET siret = $2 WHERE siret = $1`, int64(from), int64(to)); err != nil {
			return err
		}
	}
	return nil
}
