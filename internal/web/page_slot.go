package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/lead"
	"passerelle/internal/pdf"
	"passerelle/internal/visit"
)

// A slotPage is a slot as its host looks after it: who comes, who asks, what
// they wrote afterwards.
type slotPage struct {
	frame
	Crumbs    []crumb
	V         *visit.Visit
	Line      meetingLine
	Long      string
	Action    string
	Guests    []slotGuest
	Count     string
	Over      bool
	Door      string
	Helper    string // address of the list at the door, for somebody without account
	Move      []input
	Notice    string
	Done      bool
	Takeaways []takeawayRow
	Leads     []linked
	Before    []linked // the leads that it comes of
}

// A slotGuest is a party, and what its host may say to it.
type slotGuest struct {
	guestRow
	Group   string // in words: a class of 12 from 8 to 9
	CanYes  bool
	CanNo   bool
	Waiting bool
}

// A takeawayRow is what a visitor wrote, as the host reads it.
type takeawayRow struct {
	noteRow
	Booking   string
	Written   string // moment, as a form carries it
	Visitor   bool
	Host      bool
	Published bool
	Lead      string // path of the lead it became; empty for none
	CanLead   bool
}

// hostedSlot returns the slot of a request, when who asks may look after it.
func (s *site) hostedSlot(r *http.Request, who *account.Signed) (visit.Visit, error) {
	siret, err := s.host(r, who)
	if err != nil {
		return visit.Visit{}, err
	}
	v, err := s.config.Visits.Visit(r.Context(), r.PathValue("id"))
	if err == nil && v.Offer.SIRET != siret {
		err = db.ErrNotFound
	}
	return v, err
}

func (s *site) slot(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	v, err := s.hostedSlot(r, who)
	if err != nil {
		return err
	}
	return s.showSlot(w, r, who, http.StatusOK, &v, "")
}

func (s *site) showSlot(w http.ResponseWriter, r *http.Request, who *account.Signed, status int, v *visit.Visit, notice string) error {
	l, now := s.words(r), s.config.Clock.Now()
	sheet, err := s.config.Bookings.Sheet(r.Context(), v.ID)
	if err != nil {
		return err
	}
	o := s.ofVisit(v)
	p := &slotPage{frame: s.frame(r, "/mon-espace", v.Offer.Title), V: v, Action: slotPath(v), Over: !v.Room.Start.After(now), Door: o.Door, Notice: notice, Done: r.URL.Query().Has("fait") && notice == ""}
	p.Path, p.NoIndex = p.Action, true
	p.Crumbs = []crumb{{Name: l.T("space.title"), Path: "/mon-espace"}, {Name: l.T("host.title"), Path: hostPath(v.Offer.SIRET)}, {Name: v.Offer.Title, Path: hostPath(v.Offer.SIRET) + "/" + v.Offer.ID}, {Name: longDay(l, v.Room.Start)}}
	p.Line, p.Long = s.lineOf(l, o, &sheet, now), longDay(l, v.Room.Start)
	held, _, _ := sheet.Count(now)
	p.Count = l.T("host.held", "held", strconv.Itoa(held), "seats", strconv.Itoa(sheet.Room.Seats))
	rows, _, err := s.guests(r, &sheet)
	if err != nil {
		return err
	}
	for _, row := range rows {
		b, ok := sheet.Find(row.ID)
		if !ok {
			continue
		}
		g := slotGuest{guestRow: row, CanYes: b.State == booking.Asked && !p.Over, CanNo: b.State.Active() && !p.Over, Waiting: b.State == booking.Waiting}
		if b.Party.Minors > 0 {
			g.Group = l.T("host.minors", "n", strconv.Itoa(b.Party.Minors), "from", strconv.Itoa(b.Party.AgeFrom), "to", strconv.Itoa(max(b.Party.AgeFrom, b.Party.AgeTo)))
		}
		if b.Party.Group != "" {
			g.Firm = strings.Trim(b.Party.Group+", "+g.Firm, ", ")
		}
		p.Guests = append(p.Guests, g)
	}
	p.Helper = p.BaseURL + "/accueil/" + s.config.Bookings.Helper(&sheet.Room)
	start := v.Room.Start.In(clock.Paris)
	p.Move = []input{
		{Name: "first", Label: l.T("host.form.day"), Type: "date", Value: start.Format(time.DateOnly)},
		{Name: "at", Label: l.T("host.form.at"), Type: "time", Value: start.Format("15:04")},
		{Name: "seats", Label: l.T("host.form.seats"), Type: "number", Value: strconv.Itoa(v.Room.Seats)},
	}
	if err := s.afterSlot(r, who, p, v); err != nil {
		return err
	}
	return s.show(w, status, "visit/slot", p)
}

// afterSlot adds what the visitors of a slot wrote, and its leads.
func (s *site) afterSlot(r *http.Request, who *account.Signed, p *slotPage, v *visit.Visit) error {
	written, err := s.config.Visits.Takeaways(r.Context(), v.ID)
	if err != nil {
		return err
	}
	staff := account.May(who.Person, account.KeepLeads, account.Object{Territory: v.Offer.Territory})
	for _, k := range written {
		n := k.Note(v)
		row := takeawayRow{
			noteRow: s.noteRow(r, &n), Booking: k.Booking, Written: strconv.FormatInt(k.WrittenAt.UnixMicro(), 10),
			Visitor: k.Visitor, Host: k.Host, Published: !k.PublishedAt.IsZero(), CanLead: staff && k.Lead == "",
		}
		if k.Lead != "" && staff {
			row.Lead = "/pistes/" + k.Lead
		}
		p.Takeaways = append(p.Takeaways, row)
	}
	if !staff {
		return nil
	}
	before, err := s.config.Leads.Before(r.Context(), lead.Origin{Kind: lead.FromVisit, ID: v.ID})
	if err != nil {
		return err
	}
	for _, one := range before {
		p.Before = append(p.Before, linked{Name: one.Title + ", " + s.words(r).T("lead.stage."+string(one.Stage)), Path: "/pistes/" + one.ID})
	}
	fate, err := s.config.Visits.Fate(r.Context(), v.ID)
	if err != nil {
		return err
	}
	for _, one := range fate {
		p.Leads = append(p.Leads, linked{Name: one.Title + ", " + s.words(r).T("lead.stage."+string(one.Stage)), Path: "/pistes/" + one.ID})
	}
	return nil
}

// changeSlot does what the buttons of a slot ask.
func (s *site) changeSlot(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	v, err := s.hostedSlot(r, who)
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	refusal, err := s.actOnSlot(r, who, &v, form)
	if refusal == "" {
		refusal = seatRefusal(err)
	}
	if refusal != "" {
		return s.showSlot(w, r, who, http.StatusConflict, &v, s.words(r).T(refusal))
	}
	if err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, slotPath(&v))+"?fait=1")
}

// actOnSlot does one act on a slot; refusal is the key of why it could not be.
func (s *site) actOnSlot(r *http.Request, who *account.Signed, v *visit.Visit, form url.Values) (refusal string, err error) {
	ctx, by := r.Context(), byHost(who, v.Offer.SIRET)
	switch act := form.Get("acte"); act {
	case "oui", "non":
		sheet, err := s.config.Bookings.Sheet(ctx, v.ID)
		if err != nil {
			return "", err
		}
		if _, ok := sheet.Find(form.Get("inscription")); !ok {
			return "", db.ErrNotFound
		}
		_, err = s.config.Bookings.Decide(ctx, by, form.Get("inscription"), act == "oui")
		return "", err
	case "deplacer":
		day, err := visit.ParseDay(one(form, "first"))
		if err != nil {
			return "host.fault.day", nil
		}
		at, err := parseClock(one(form, "at"))
		if err != nil {
			return "host.fault.hour", nil
		}
		n, _ := strconv.Atoi(one(form, "seats"))
		t := day.Time()
		err = s.config.Visits.Move(ctx, by, v.ID, time.Date(t.Year(), t.Month(), t.Day(), 0, int(at/time.Minute), 0, 0, clock.Paris).UTC(), n)
		switch {
		case errors.Is(err, visit.ErrFaults):
			return "host.fault.move", nil
		case errors.Is(err, booking.ErrHeld):
			return "host.fault.held", nil
		}
		return "", err
	case "annuler":
		return "", s.config.Bookings.CallOff(ctx, by, v.ID)
	case "retablir":
		return "", s.config.Bookings.Reinstate(ctx, by, v.ID)
	case "publier", "retirer":
		return s.publishTakeaway(r, by, v, form, act == "publier")
	case "piste":
		return s.takeawayLead(r, who, v, form)
	}
	return "", errForm
}

// takeawayOf returns what a visitor of this very slot wrote.
func (s *site) takeawayOf(r *http.Request, v *visit.Visit, form url.Values) (visit.Takeaway, error) {
	k, err := s.config.Visits.Takeaway(r.Context(), form.Get("inscription"))
	if err == nil && k.Slot != v.ID {
		err = db.ErrNotFound
	}
	return k, err
}

func (s *site) publishTakeaway(r *http.Request, by account.Actor, v *visit.Visit, form url.Values, yes bool) (string, error) {
	k, err := s.takeawayOf(r, v, form)
	if err != nil {
		return "", err
	}
	micros, _ := strconv.ParseInt(form.Get("ecrit"), 10, 64)
	_, err = s.config.Visits.Publish(r.Context(), by, k.Booking, time.UnixMicro(micros), yes)
	if errors.Is(err, db.ErrNotFound) {
		return "host.fault.rewritten", nil
	}
	return "", err
}

func (s *site) takeawayLead(r *http.Request, who *account.Signed, v *visit.Visit, form url.Values) (string, error) {
	if !account.May(who.Person, account.KeepLeads, account.Object{Territory: v.Offer.Territory}) {
		return "", account.ErrDenied
	}
	k, err := s.takeawayOf(r, v, form)
	if err != nil {
		return "", err
	}
	_, err = s.config.Visits.ToLead(r.Context(), by(who), k.Booking, s.words(r).T("host.lead_title", "title", v.Offer.Title))
	return "", err
}

// slotDoor is the list at the door of a slot.
func (s *site) slotDoor(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	d, err := s.slotDoorOf(r, who)
	if err != nil {
		return err
	}
	return s.showDoor(w, r, http.StatusOK, d, comeForm{})
}

func (s *site) slotDoorOf(r *http.Request, who *account.Signed) (doorOf, error) {
	v, err := s.hostedSlot(r, who)
	if err != nil {
		return doorOf{}, err
	}
	sheet, err := s.config.Bookings.Sheet(r.Context(), v.ID)
	return doorOf{of: s.ofVisit(&v), sheet: &sheet, action: slotPath(&v) + "/pointage", by: byHost(who, v.Offer.SIRET)}, err
}

func (s *site) slotMark(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	d, err := s.slotDoorOf(r, who)
	if err != nil {
		return err
	}
	return s.takeMark(w, r, d.of.ID, d.by, pathIn(r, d.action))
}

func (s *site) slotMarks(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	d, err := s.slotDoorOf(r, who)
	if err != nil {
		return err
	}
	return s.takeMarks(w, r, d.sheet, d.by)
}

func (s *site) slotCome(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	d, err := s.slotDoorOf(r, who)
	if err != nil {
		return err
	}
	return s.takeArrival(w, r, d)
}

func (s *site) closeSlotDoor(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	v, err := s.hostedSlot(r, who)
	if err != nil {
		return err
	}
	if err := s.config.Bookings.Close(r.Context(), byHost(who, v.Offer.SIRET), v.ID); err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, slotPath(&v))+"?fait=1")
}

// hostSheet makes the preparation sheet of the host: with who comes.
func (s *site) hostSheet(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	v, err := s.hostedSlot(r, who)
	if err != nil {
		return err
	}
	sheet, err := s.config.Bookings.Sheet(r.Context(), v.ID)
	if err != nil {
		return err
	}
	rows, _, err := s.guests(r, &sheet)
	if err != nil {
		return err
	}
	l := s.words(r)
	paper := s.prepared(r, &v)
	paper.Intro, paper.ListTitle, paper.Head = l.T("paper.host_intro"), l.T("host.guests"), []string{l.T("plan.who"), l.T("desk.firm"), l.T("plan.people"), l.T("plan.access")}
	for _, g := range rows {
		if g.Shown {
			paper.Rows = append(paper.Rows, []string{g.Name, g.Firm, strconv.Itoa(g.Seats), g.Access})
		}
	}
	return s.showPaper(w, r, &paper)
}

// visitorSheet makes the preparation sheet of a visitor, by their link.
func (s *site) visitorSheet(w http.ResponseWriter, r *http.Request) error {
	b, err := s.config.Bookings.ByLink(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	v, err := s.config.Visits.Visit(r.Context(), b.Room)
	if err != nil {
		return err
	}
	l := s.words(r)
	paper := s.prepared(r, &v)
	paper.Intro = l.T("paper.visitor_intro", "n", b.Seats, "reference", b.Reference())
	paper.ListTitle, paper.Questions = l.T("paper.questions"), []string{l.T("notes.ask.vu"), l.T("notes.ask.retient"), l.T("notes.ask.suite")}
	return s.showPaper(w, r, &paper)
}

// prepared is what both sheets say of a visit.
func (s *site) prepared(r *http.Request, v *visit.Visit) pdf.VisitSheet {
	l := s.words(r)
	start := v.Room.Start.In(clock.Paris)
	paper := pdf.VisitSheet{
		Language: l.Code(), House: s.frame(r, "", "").Site.Name, Title: v.Offer.Title, Host: s.shownName(v.Offer.SIRET), When: longDay(l, v.Room.Start) + ", " + hours(l, v.Room.Start, v.Room.End),
		ISO: [3]int{start.Year(), int(start.Month()), start.Day()}, Text: v.Offer.Terms.Sees, Foot: l.T("paper.foot"),
	}
	for _, f := range s.visitFacts(l, &v.Offer) {
		paper.Facts = append(paper.Facts, [2]string{f.Name, f.Value})
	}
	return paper
}

func (s *site) showPaper(w http.ResponseWriter, r *http.Request, paper *pdf.VisitSheet) error {
	made, err := s.config.Press.Visit(r.Context(), *paper)
	if err != nil {
		return err
	}
	private(w)
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", `inline; filename="visite.pdf"`)
	_, err = w.Write(made)
	return err
}

// A demandPage lists who would like to visit and waits, for facilitators.
type demandPage struct {
	frame
	Crumbs []crumb
	Rows   []wishRow
	Done   bool
}

func (s *site) demand(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	list, err := s.config.Visits.Wishes(r.Context(), who.Person.Territories)
	if err != nil {
		return err
	}
	l, now := s.words(r), s.config.Clock.Now()
	p := &demandPage{frame: s.frame(r, "/mon-espace", l.T("host.demand")), Done: r.URL.Query().Has("fait")}
	p.Path, p.NoIndex = demandPath, true
	p.Crumbs = s.deskCrumbs(l, crumb{Name: l.T("host.demand")})
	for i := range list {
		p.Rows = append(p.Rows, s.wishRow(r, &list[i], now))
	}
	return s.show(w, http.StatusOK, "visit/demand", p)
}

// demandPath is where facilitators see who would like to visit.
const demandPath = "/animation/visites"

// closeWish says that a facilitator saw to a wish.
func (s *site) closeWish(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	x, err := s.config.Visits.WishOf(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if !account.May(who.Person, account.ActFor, account.Object{Territory: x.Territory}) {
		return account.ErrDenied
	}
	if err := s.config.Visits.CloseWish(r.Context(), by(who), x.ID); err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, demandPath)+"?fait=1")
}
