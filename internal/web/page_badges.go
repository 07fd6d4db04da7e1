package web

import (
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/locale"
	"passerelle/internal/pdf"
)

// badges makes the name badges of who is registered, or, with vierges=1, a
// sheet to be written by hand.
func (s *site) badges(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	m, err := s.plannable(r, who)
	if err != nil {
		return err
	}
	l := s.words(r)
	start := m.Room.Start.In(clock.Paris)
	paper := pdf.Badges{
		Language: l.Code(), House: s.frame(r, "", "").Site.Name, Title: m.Title, When: longDay(l, m.Room.Start),
		ISO: [3]int{start.Year(), int(start.Month()), start.Day()}, PerSheet: 8,
	}
	if r.URL.Query().Get("par") == "10" {
		paper.PerSheet = 10
	}
	if !r.URL.Query().Has("vierges") {
		sheet, err := s.config.Bookings.Sheet(r.Context(), m.ID)
		if err != nil {
			return err
		}
		rows, _, err := s.guests(r, &sheet)
		if err != nil {
			return err
		}
		for _, g := range rows {
			if b, ok := sheet.Find(g.ID); ok && g.Shown {
				paper.Badges = append(paper.Badges, s.badgesOf(l, b, g)...)
			}
		}
	}
	if len(paper.Badges) == 0 {
		paper.Badges = make([]pdf.Badge, paper.PerSheet)
	}
	made, err := s.config.Press.Badges(r.Context(), paper)
	if err != nil {
		return err
	}
	private(w)
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", `inline; filename="badges-`+start.Format("2006-01-02")+`.pdf"`)
	_, err = w.Write(made)
	return err
}

// badgesOf are the badges of a party: one with the name it registered under,
// the others with the firm only, since nobody said who comes along.
func (s *site) badgesOf(l *locale.Language, b *booking.Booking, g guestRow) []pdf.Badge {
	one := pdf.Badge{Firm: g.Firm}
	if e, err := s.config.Directory.Establishment(b.SIRET); b.SIRET != 0 && err == nil {
		one.World = worldOf(&e)
		one.Says = l.T("world." + one.World)
	}
	list := make([]pdf.Badge, g.Seats)
	for i := range list {
		list[i] = one
	}
	list[0].First, list[0].Rest = badgeName(b.Name)
	return list
}

// badgeName cuts a name as it was typed into the given name and the rest:
// names in capitals at the beginning are those of the family.
func badgeName(name string) (first, rest string) {
	words := strings.Fields(name)
	capitals := 0
	for capitals < len(words) && utf8.RuneCountInString(strings.Trim(words[capitals], ".")) > 1 && !strings.ContainsFunc(words[capitals], unicode.IsLower) {
		capitals++
	}
	if capitals == len(words) {
		capitals = 0
	}
	if len(words) == 0 {
		return "", ""
	}
	rest = strings.Join(append(words[capitals+1:], words[:capitals]...), " ")
	return words[capitals], rest
}
