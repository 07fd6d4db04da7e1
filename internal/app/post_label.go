package app

import (
	"context"

	"passerelle/internal/db"
	"passerelle/internal/mail"
	"passerelle/internal/profile"
)

// label adds to somebody's summary what became of a label; that one ends soon
// is said once.
func (p *post) label(ctx context.Context, t *db.Tx, n profile.LabelNews) error {
	words, l := p.words.For(n.To.Language), n.Label
	name := l.Slug
	if known, ok := p.trades.Label(l.Slug); ok {
		name = known.Name
	}
	w := mail.Waiting{
		ID: n.Kind + " " + l.ID + " " + n.To.ID, Person: n.To.ID, Kind: n.Kind, Title: words.T("letter.digest."+n.Kind, "label", name, "firm", p.firm(l.SIRET)),
		Path: "/mon-espace/entreprises/" + l.SIRET.String() + "/labels",
	}
	switch n.Kind {
	case "label.ask":
		w.Path = "/animation/labels/" + l.ID
	case "label.refuse":
		w.More = l.Reason
	default:
		w.More = words.T("letter.digest.label.until", "day", words.Day(l.Until))
	}
	return p.outbox.Later(ctx, t, w)
}
