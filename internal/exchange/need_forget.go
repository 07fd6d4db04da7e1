package exchange

import (
	"context"
	"strings"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/fold"
	"passerelle/internal/register"
)

// Forget forgets a person in the transaction that erases them. Where they were
// the last to speak for an establishment, its needs and its answers go with
// them; where others stay, the texts that name them are blanked. What
// facilitators wrote for somebody of that name no longer tells for whom.
func (x *Needs) Forget(ctx context.Context, t *db.Tx, who *account.Person) error {
	for _, s := range who.Memberships {
		people, err := membersOf(ctx, t, s)
		if err != nil {
			return err
		}
		if len(people) > 1 {
			continue
		}
		for _, query := range []string{
			`DELETE FROM need WHERE siret = $1`, `DELETE FROM need_interest WHERE siret = $1`, `DELETE FROM need_question WHERE siret = $1`, `DELETE FROM need_invitation WHERE siret = $1`,
			`DELETE FROM pool_joiner WHERE siret = $1`,
		} {
			if _, err := t.Exec(ctx, query, int64(s)); err != nil {
				return err
			}
		}
	}
	for _, query := range []string{
		`UPDATE need_interest SET words = '' WHERE person = $1`, `UPDATE need_question SET words = '' WHERE person = $1`, `DELETE FROM need_search WHERE person = $1`,
		`UPDATE need SET for_name = '' WHERE who = $1 AND channel IN ('phone', 'desk')`,
	} {
		if _, err := t.Exec(ctx, query, who.ID); err != nil {
			return err
		}
	}
	return x.scrub(ctx, t, who)
}

// scrub blanks the texts of needs that tell who somebody is. Any need may:
// their own firm's, or one that answers them.
func (x *Needs) scrub(ctx context.Context, t *db.Tx, who *account.Person) error {
	var told []string
	for _, s := range []string{who.Mail, who.Phone, who.GivenName + " " + who.FamilyName, who.FamilyName} {
		if key := fold.Key(s); len(key) > 2 {
			told = append(told, key)
		}
	}
	names := func(text string) bool {
		key := " " + fold.Key(text) + " "
		for _, w := range told {
			if strings.Contains(key, " "+w+" ") {
				return true
			}
		}
		return false
	}
	list, err := needsWhere(ctx, t, `1 = 1`)
	if err != nil {
		return err
	}
	for _, n := range list {
		changed := false
		for _, s := range []*string{&n.Title, &n.Words, &n.Unit, &n.Reason, &n.ForName} {
			if names(*s) {
				*s, changed = "", true
			}
		}
		if !changed {
			continue
		}
		if err := writeNeed(ctx, t, n, searchedBy(n.NeedContent, x.tradeNames(n.Trades))); err != nil {
			return err
		}
	}
	questions, err := questionsWhere(ctx, t, `1 = 1`)
	if err != nil {
		return err
	}
	for _, q := range questions {
		if !names(q.Words) && !names(q.Answer) {
			continue
		}
		if names(q.Words) {
			q.Words = ""
		}
		if names(q.Answer) {
			q.Answer = ""
		}
		if _, err := t.Exec(ctx, `UPDATE need_question SET words = $2, answer = $3 WHERE id = $1`, q.ID, q.Words, q.Answer); err != nil {
			return err
		}
	}
	offers, err := db.All(ctx, t, func(r *db.Row) (o [3]string, err error) {
		err = r.Scan(&o[0], &o[1], &o[2])
		return o, err
	}, `SELECT id, supplier, note FROM pool_offer`)
	if err != nil {
		return err
	}
	for _, o := range offers {
		if !names(o[1]) && !names(o[2]) {
			continue
		}
		if _, err := t.Exec(ctx, `UPDATE pool_offer SET supplier = '', note = '' WHERE id = $1`, o[0]); err != nil {
			return err
		}
	}
	interests, err := interestsWhere(ctx, t, `words <> ''`)
	if err != nil {
		return err
	}
	for _, i := range interests {
		if !names(i.Words) {
			continue
		}
		if _, err := t.Exec(ctx, `UPDATE need_interest SET words = '' WHERE id = $1`, i.ID); err != nil {
			return err
		}
	}
	return nil
}

// A TakenNeed is a need, an answer or a question of somebody, as they take it
// away.
type TakenNeed struct {
	Need  string `json:"need"`
	What  string `json:"what"` // posted, interested, asked, searched, joined
	Title string `json:"title,omitempty"`
	Words string `json:"words,omitempty"`
	State string `json:"state,omitempty"`
	SIRET string `json:"siret,omitempty"`
}

// Taken returns all that a person posted, answered and asked, and the searches
// they keep.
func (x *Needs) Taken(ctx context.Context, person string) ([]TakenNeed, error) {
	var out []TakenNeed
	err := x.DB.Read(ctx, func(t *db.Tx) error {
		out = nil
		needs, err := needsWhere(ctx, t, `who = $1 ORDER BY id`, person)
		if err != nil {
			return err
		}
		for _, n := range needs {
			out = append(out, TakenNeed{Need: n.ID, What: "posted", Title: n.Title, Words: n.Words, State: n.State, SIRET: n.SIRET.String()})
		}
		interests, err := interestsWhere(ctx, t, `person = $1`, person)
		if err != nil {
			return err
		}
		for _, i := range interests {
			out = append(out, TakenNeed{Need: i.Need, What: "interested", Words: i.Words, State: i.State, SIRET: i.SIRET.String()})
		}
		questions, err := questionsWhere(ctx, t, `person = $1`, person)
		if err != nil {
			return err
		}
		for _, q := range questions {
			out = append(out, TakenNeed{Need: q.Need, What: "asked", Words: q.Words, SIRET: q.SIRET.String()})
		}
		searches, err := searchesWhere(ctx, t, `person = $1`, person)
		if err != nil {
			return err
		}
		for _, one := range searches {
			out = append(out, TakenNeed{What: "searched", Words: one.Query})
		}
		joined, err := db.All(ctx, t, func(r *db.Row) (n TakenNeed, err error) {
			var siret, quantity int64
			n.What = "joined"
			err = r.Scan(&n.Need, &siret, &quantity)
			n.SIRET, n.Words = register.SIRET(siret).String(), Quantity(quantity).String()
			return n, err
		}, `SELECT pool, siret, quantity FROM pool_joiner WHERE person = $1 ORDER BY pool`, person)
		out = append(out, joined...)
		return err
	})
	return out, err
}
