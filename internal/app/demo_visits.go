package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/directory/query"
	"passerelle/internal/fold"
	"passerelle/internal/trade"
	"passerelle/internal/visit"
)

// demoVisits are the visits of the demonstration, each at the first cooperative
// around a commune that has none yet.
var demoVisits = []struct {
	Near, Sees, Clothing string
	Minutes, Seats       int
	Trades               []string
	Approval, Minors     bool
}{
	{"62473", "Les gestes du métier, les commandes de la semaine, et le bureau où l’on décide à plusieurs. Vous essayez un poste, vous posez vos questions à qui y travaille.", "Chaussures fermées, gilet prêté sur place", 90, 8, nil, false, false},
	{"62041", "Le tri, la réparation, la remise en vente. Ce qui entre le matin ressort le soir : on suit un meuble de bout en bout.", "Chaussures fermées", 60, 12, nil, false, true},
	{"62160", "L’atelier et ses commandes, les comptes au mur, la réunion du mardi. Une heure pour comprendre qui décide de quoi.", "", 75, 6, nil, true, false},
	{"62765", "Les machines partagées à plusieurs entreprises : qui réserve, qui entretient, combien cela coûte.", "Cheveux attachés, pas de bijoux", 90, 10, nil, false, false},
}

// demoNotes are what visitors of the demonstration wrote.
var demoNotes = []visit.Takeaway{
	{Saw: "Quatre personnes préparent ensemble une commande que je ferais seul, en trois jours.", Takes: "Acheter ensemble : à trois ateliers, nous remplissons un camion.", GoesOn: "Avec l’atelier, et deux menuisiers de la vallée.", Signed: "Un menuisier de l’Artois", Trade: "menuisier", Visitor: true, Host: true},
	{Saw: "Un tableau où chacun inscrit ce qu’il a appris dans la semaine.", Takes: "Je vais essayer avec mes deux apprentis.", GoesOn: "Avec la personne qui forme, une demi-journée.", Signed: "Une boulangère", Trade: "boulanger", Visitor: true, Host: true},
	{Saw: "Des chutes triées par taille, prêtes à servir.", Takes: "Leur donner les miennes au lieu de payer la benne.", Trade: "menuisier", Visitor: true},
}

// demoAheadVisits is how many visits to come a demonstration has at least.
const demoAheadVisits = 4

// demoOpen opens the visits of the demonstration when there are too few to
// come, with people who booked, and two that took place.
func (h *house) demoOpen(ctx context.Context, now time.Time) error {
	ahead, err := h.Visits.Visits(ctx, visit.Filter{From: now})
	if err != nil || len(ahead) >= demoAheadVisits {
		return err
	}
	by := account.Actor{Who: "demo", Channel: account.Command}
	for n, d := range demoVisits {
		e, err := h.demoHost(ctx, d.Near)
		if err != nil {
			return err
		}
		o, faults, err := h.Visits.Add(ctx, by, visit.Offer{
			SIRET: e.SIRET, Title: "Dans l’atelier : " + e.Title(), Minutes: d.Minutes, Seats: d.Seats, Trades: d.Trades, Approval: d.Approval, Territory: e.Territory, Commune: e.Commune,
			Terms: visit.Terms{Sees: d.Sees, Clothing: d.Clothing, Where: "À l’accueil de l’atelier", Welcome: demoGiven[n] + " " + demoFamily[n], Access: "De plain-pied", Minors: d.Minors, LeastAge: 11},
		})
		if err != nil {
			return fmt.Errorf("offer a visit of the demonstration: %v: %w", faults, err)
		}
		first := now.In(clock.Paris).AddDate(0, 0, 9+n)
		for first.Weekday() == time.Saturday || first.Weekday() == time.Sunday {
			first = first.AddDate(0, 0, 1)
		}
		slots, faults, err := h.Visits.Open(ctx, by, o.ID, visit.Rule{
			First: clock.Day(first.Format(time.DateOnly)), At: 14 * time.Hour, Every: visit.Fortnightly, Until: clock.Day(first.AddDate(0, 0, 30).Format(time.DateOnly)),
		})
		if err != nil {
			return fmt.Errorf("open the visits of the demonstration: %v: %w", faults, err)
		}
		for i := range slots {
			if err := h.demoVisitors(ctx, by, slots[i].ID, max(0, d.Seats-3-2*i)); err != nil {
				return err
			}
		}
		if n < 2 {
			if err := h.demoHeld(ctx, by, o, first.AddDate(0, 0, -30-n), demoNotes[2*n:min(len(demoNotes), 2*n+2)]); err != nil {
				return err
			}
		}
	}
	return nil
}

// demoHost finds a cooperative around a commune that opens nothing yet.
func (h *house) demoHost(ctx context.Context, near string) (directory.Establishment, error) {
	c, _ := h.Places.Commune(near)
	found, err := h.Directory.Search(query.Query{World: query.ESS, Families: []trade.Family{trade.Cooperative}, Near: &c.Centre, Radius: 40_000, PerPage: 20, Page: 1})
	if err != nil {
		return directory.Establishment{}, err
	}
	for _, hit := range found.Hits {
		offers, err := h.Visits.Offers(ctx, hit.SIRET)
		if err != nil {
			return directory.Establishment{}, err
		}
		if len(offers) == 0 && h.shown(hit.SIRET) {
			return hit.Establishment, nil
		}
	}
	return directory.Establishment{}, fmt.Errorf("a cooperative around %s: %w", near, db.ErrNotFound)
}

// demoVisitors books so many seats of a slot, one each.
func (h *house) demoVisitors(ctx context.Context, by account.Actor, slot string, n int) error {
	for i := range n {
		given, family := demoGiven[(i*7+3)%len(demoGiven)], demoFamily[(i*5+len(slot))%len(demoFamily)]
		address := fmt.Sprintf("%s.%s%d@exemple.fr", fold.Key(given), strings.ReplaceAll(fold.Key(family), " ", ""), i)
		if _, err := h.Visits.Book(ctx, booking.Ask{Room: slot, Name: given + " " + family, Mail: address, Seats: 1, By: by}); err != nil {
			return fmt.Errorf("book a visit of the demonstration: %w", err)
		}
	}
	return nil
}

// demoHeld makes a visit that took place, with those who came and what they
// wrote; the first of them became a lead.
func (h *house) demoHeld(ctx context.Context, by account.Actor, o visit.Offer, day time.Time, notes []visit.Takeaway) error {
	for day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
		day = day.AddDate(0, 0, -1)
	}
	before := clock.Fixed(day.AddDate(0, 0, -5))
	past := *h.Visits
	past.Clock, past.Bookings = before, &booking.Bookings{DB: h.DB, Clock: before, Secret: h.Bookings.Secret}
	slots, faults, err := past.Open(ctx, by, o.ID, visit.Rule{First: clock.Day(day.Format(time.DateOnly)), At: 10 * time.Hour, Every: visit.Once})
	if err != nil {
		return fmt.Errorf("a visit of the demonstration that took place: %v: %w", faults, err)
	}
	slot := &slots[0]
	for i, k := range notes {
		name := demoGiven[i] + " " + demoFamily[len(demoFamily)-1-i]
		b, err := past.Book(ctx, booking.Ask{Room: slot.ID, Name: name, Mail: fmt.Sprintf("visite%d@exemple.fr", i), Seats: 1, By: by})
		if err != nil {
			return fmt.Errorf("somebody who came: %w", err)
		}
		if err := past.Bookings.Check(ctx, by, slot.ID, []booking.Mark{{ID: db.NewID(slot.Room.Start), Booking: b.ID, State: booking.Present, At: slot.Room.Start, Who: by.Who}}); err != nil {
			return err
		}
		published := k.Host
		k.Booking, k.Slot, k.Mail = b.ID, slot.ID, b.Mail
		if k, err = h.Visits.Write(ctx, by, k); err != nil {
			return err
		}
		if published {
			if _, err := h.Visits.Publish(ctx, by, k.Booking, k.WrittenAt, true); err != nil {
				return err
			}
		}
		if i == 0 {
			if _, err := h.Visits.ToLead(ctx, by, k.Booking, "Suite de la visite : "+o.Title); err != nil {
				return err
			}
		}
	}
	return nil
}
