package app

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/fold"
	"passerelle/internal/meeting"
)

// demoVenues are where the demonstration holds its meetings, a territory each.
var demoVenues = []struct {
	Commune, Title, Hall, Street string
	Seats                        int
}{
	{"62473", "Se connaître entre voisins de l’Artois", "Salle des fêtes de Molinghem", "12, rue de la Gare", 50},
	{"62041", "Artisans et associations d’Arras\u00a0: qui fait quoi", "Maison des associations", "3, rue des Augustines", 60},
	{"62160", "La mer, les métiers, l’entraide", "Maison de la mer", "8, boulevard de l’Europe", 40},
	{"62193", "Travailler ensemble dans le Calaisis", "Cité des métiers", "21, rue du Commerce", 45},
	{"62498", "Des matières à partager", "Halle aux sucres", "5, place de la République", 60},
	{"62588", "Petits chantiers, grands groupements", "Salle du Bellevue", "2, rue du Bellevue", 30},
	{"62765", "L’Audomarois à l’ouvrage", "Espace 36", "36, rue de Calais", 40},
}

var (
	demoGiven  = []string{"Amina", "Bruno", "Claire", "Denis", "Élise", "Farid", "Gaëlle", "Hugo", "Inès", "Jules", "Karim", "Lucie", "Malik", "Nadège", "Odile", "Paul", "Rachid", "Sophie", "Thérèse", "Yves"}
	demoFamily = []string{"Pouille", "Wacheux", "Delattre", "Brochard", "Lefebvre", "Caron", "Haddad", "Fournier", "Bouchart", "Leroy", "Dubois", "Mercier", "Benali", "Vasseur", "Carpentier"}
)

// demoAhead is how many meetings to come a demonstration has at least.
const demoAhead = 3

// demoMeetings plans a series over the territories, as a facilitator would, when
// there are too few to come, with people who registered.
func (h *house) demoMeetings(ctx context.Context, now time.Time) error {
	ahead, err := h.Meetings.Meetings(ctx, meeting.Filter{From: now})
	if err != nil {
		return err
	}
	if len(ahead) >= demoAhead {
		return nil
	}
	by := account.Actor{Who: "demo", Channel: account.Command}
	var list []meeting.Meeting
	day := now.In(clock.Paris).AddDate(0, 0, 7)
	for i, v := range demoVenues {
		for day.Weekday() == time.Saturday || day.Weekday() == time.Sunday || day.Weekday() == time.Monday {
			day = day.AddDate(0, 0, 1)
		}
		c, ok := h.Places.Commune(v.Commune)
		if !ok {
			continue
		}
		start := time.Date(day.Year(), day.Month(), day.Day(), 18, 0, 0, 0, clock.Paris)
		list = append(list, meeting.Meeting{
			State: meeting.Published, Title: v.Title,
			Words:     "Quinze minutes pour dire ce que fait l’économie sociale et solidaire près de chez vous, une heure pour rencontrer dix voisins. Vous repartez avec au moins une piste notée.",
			Territory: c.Territory, Commune: v.Commune, Venue: meeting.Venue{Name: v.Hall, Street: v.Street, Access: "De plain-pied, boucle magnétique à l’accueil.", ByRoad: "Parking à 30 m."},
			Agenda: []meeting.Item{
				{Minutes: 30, Title: "Accueil, café, tour de table court"},
				{Minutes: 15, Title: "L’ESS d’ici, en trois exemples"},
				{Minutes: 60, Title: "Rendez-vous à deux, huit minutes chacun"},
				{Minutes: 15, Title: "Pistes notées, avec un nom et une date"},
			},
			Organiser: "demo", Institution: account.CMA,
			Room: booking.Room{Seats: v.Seats, Reserved: 2, Start: start.UTC(), End: start.Add(2 * time.Hour).UTC(), Skips: i%2 == 1},
		})
		day = day.AddDate(0, 0, 2)
	}
	list, _, err = h.Meetings.Plan(ctx, by, list)
	if err != nil {
		return fmt.Errorf("plan the meetings of the demonstration: %w", err)
	}
	r := rand.New(rand.NewPCG(62, 473))
	for i := range list {
		if err := h.demoGuests(ctx, by, r, &list[i]); err != nil {
			return err
		}
	}
	return nil
}

// demoGuests registers people until some ten seats are left.
func (h *house) demoGuests(ctx context.Context, by account.Actor, r *rand.Rand, m *meeting.Meeting) error {
	left := m.Room.General() - 8 - r.IntN(8)
	for n := 0; left > 0; n++ {
		given, family := demoGiven[r.IntN(len(demoGiven))], demoFamily[r.IntN(len(demoFamily))]
		seats := min(1+r.IntN(8)/5, left)
		address := fmt.Sprintf("%s.%s%d@exemple.fr", fold.Key(given), strings.ReplaceAll(fold.Key(family), " ", ""), n)
		if _, err := h.Bookings.Book(ctx, booking.Ask{Room: m.ID, Name: given + " " + family, Mail: address, Seats: seats, By: by}); err != nil {
			return fmt.Errorf("register somebody of the demonstration: %w", err)
		}
		left -= seats
	}
	return nil
}
