package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/exchange"
	"passerelle/internal/locale"
	"passerelle/internal/register"
	"passerelle/internal/sheet"
)

// A poolPage shows a pooled purchase: how much is ordered and needed, what
// suppliers ask, and to those who are in, who the others are.
type poolPage struct {
	frame
	Crumbs    []crumb
	Heading   string
	Need      string // path
	Action    string
	None      bool // nobody opened it yet
	Author    bool
	State     string
	StateText string
	Total     string
	Threshold string
	Percent   int
	Firms     int
	Until     string
	Joiners   []joinerRow // to those who are in
	Offers    []offerRow
	In        string // how much one's own firm wants
	SIRETs    []option
	SignIn    string
	MayJoin   bool
	MayLeave  bool
	MayOffer  bool
	MayForm   bool
	MayExtend bool
	Charter   string // path
	Fault     string
	Quantity  input
	Opening   []input
	Offer     []input
	Referents []option
	Later     input
}

// A joinerRow is a firm that buys along.
type joinerRow struct{ Name, Quantity, Share string }

// An offerRow is what a supplier asks, at what is ordered.
type offerRow struct {
	ID, Supplier, Unit, Delivery, InTotal, PerUnit, Minimum, Note string
	Delivers, TooSmall, Taken                                     bool
}

// euros writes an amount to the cent; round ones are without cents.
func euros(l *locale.Language, c sheet.Cents) string {
	text := l.Number(int64(c / 100))
	if cents := int64(c % 100); cents != 0 {
		sign := ","
		if l.Code() == "en" {
			sign = "."
		}
		text += sign + strconv.FormatInt(100+cents, 10)[1:]
	}
	return text + "\u00a0€"
}

// centsOf reads an amount in euros; nothing is 0.
func centsOf(typed string) (sheet.Cents, bool) {
	q, ok := exchange.ParseQuantity(typed)
	return sheet.Cents(q / 10), ok && q%10 == 0
}

// poolOf returns the need and the purchase of a request, as somebody may see
// them; the purchase is nil before it is opened.
func (s *site) poolOf(r *http.Request, who *account.Person) (exchange.FoundNeed, *exchange.Pool, error) {
	n, err := s.config.Needs.Need(r.Context(), r.PathValue("id"))
	if err != nil {
		return n, nil, err
	}
	if n.Kind != exchange.Purchase {
		return n, nil, db.ErrNotFound
	}
	sees, err := s.config.Needs.MaySee(r.Context(), who, 0, n)
	if err != nil {
		return n, nil, err
	}
	p, err := s.config.Needs.Pool(r.Context(), n.ID)
	if errors.Is(err, db.ErrNotFound) {
		p, err = nil, nil
	}
	if err == nil && !sees && !inGroup(who, p) {
		return n, nil, account.ErrDenied
	}
	return n, p, err
}

// inGroup reports whether somebody is of a group that was formed: its members
// agreed on something, and read it though who began it has left the directory.
func inGroup(who *account.Person, p *exchange.Pool) bool {
	return who != nil && p != nil && p.State == exchange.PoolGroup &&
		slices.ContainsFunc(p.Joiners, func(j exchange.Joiner) bool { return slices.Contains(who.Memberships, j.SIRET) })
}

// orphan reports whether a group is read by one of its members after who began
// it left the directory, and took along the request and its words.
func orphan(n exchange.FoundNeed, who *account.Person, p *exchange.Pool) bool {
	return n.Firm.SIRET == 0 && !account.May(who, account.PostNeed, n.Object()) && inGroup(who, p)
}

// pooled is what a firm is called among those of a purchase.
func (s *site) pooled(r *http.Request, siret register.SIRET) string {
	f := s.firmOf(r, siret)
	if f.Gone {
		return s.words(r).T("pool.left")
	}
	return f.Name
}

func (s *site) pool(w http.ResponseWriter, r *http.Request) error {
	who, err := s.someone(w, r)
	if err != nil {
		return err
	}
	return s.showPool(w, r, http.StatusOK, who, "")
}

// showPool shows the purchase of a request; fault is what was wrong with what
// was just sent.
func (s *site) showPool(w http.ResponseWriter, r *http.Request, status int, who *account.Person, fault string) error {
	n, pool, err := s.poolOf(r, who)
	if err != nil {
		return err
	}
	l := s.words(r)
	p := &poolPage{frame: s.frame(r, needsPath, l.T("pool.title")), Heading: n.Title, Need: needsPath + "/" + n.ID, Action: needsPath + "/" + n.ID + "/achat", Fault: fault, None: pool == nil}
	p.Crumbs = []crumb{{Name: l.T("nav./annonces"), Path: needsPath}, {Name: n.Title, Path: p.Need}, {Name: l.T("pool.title")}}
	p.Path, p.NoIndex = p.Action, n.State != exchange.NeedLive || n.Matches
	if orphan(n, who, pool) {
		p.Need, p.Heading, p.Crumbs = "", l.T("pool.title"), slices.Delete(p.Crumbs, 1, 2)
	}
	p.Author = account.May(who, account.PostNeed, n.Object())
	field := func(name, kind, fallback string) input {
		i := input{Name: name, Label: l.T("pool.label." + name), Type: kind, Value: r.PostForm.Get(name), Free: true}
		if i.Value == "" {
			i.Value = fallback
		}
		if key := "pool.hint." + name; l.Has(key) {
			i.Hint = l.T(key)
		}
		return i
	}
	today := clock.Day(s.today()).Time()
	p.Opening = []input{field("threshold", "", n.Quantity.String()), field("until", "date", today.AddDate(0, 0, 30).Format("2006-01-02"))}
	p.Offer = []input{field("supplier", "", ""), field("unit", "", ""), field("delivery", "", ""), field("minimum", "", ""), field("note", "", "")}
	p.Later, p.Quantity = field("later", "date", today.AddDate(0, 0, 21).Format("2006-01-02")), field("quantity", "", "")
	if n.Unit != "" {
		p.Quantity.Hint = n.Unit
	}
	if pool != nil {
		s.fillPool(r, l, p, n, pool, who)
	}
	if fault != "" {
		p.Title = l.T("form.error_title", "title", p.Title)
	}
	return s.show(w, status, "need/pool", p)
}

// fillPool fills in what a purchase has come to.
func (s *site) fillPool(r *http.Request, l *locale.Language, p *poolPage, n exchange.FoundNeed, pool *exchange.Pool, who *account.Person) {
	total := pool.Total()
	p.State, p.StateText = pool.State, l.T("pool.state."+pool.State)
	p.Total, p.Threshold, p.Until, p.Firms = withUnit(total, n.Unit), withUnit(pool.Threshold, n.Unit), l.Day(pool.Until), len(pool.Joiners)
	p.Percent = int(min(100, 100*total/pool.Threshold))
	open := pool.State == exchange.PoolOpen && pool.Until >= clock.Day(s.today())
	before := pool.State == exchange.PoolOpen || pool.State == exchange.PoolReached || pool.State == exchange.PoolMissed
	in := false
	if who != nil {
		for _, siret := range who.Memberships {
			p.SIRETs = append(p.SIRETs, option{Value: siret.String(), Name: s.firmOf(r, siret).Name})
			if at := slices.IndexFunc(pool.Joiners, func(j exchange.Joiner) bool { return j.SIRET == siret }); at >= 0 {
				in, p.In = true, withUnit(pool.Joiners[at].Quantity, n.Unit)
			}
		}
	} else {
		p.SignIn = "/connexion?suite=" + p.Action
	}
	p.MayJoin, p.MayLeave, p.MayOffer = open && len(p.SIRETs) > 0, in && before, p.Author && before && len(pool.Offers) < exchange.MaxOffers
	p.MayForm = p.Author && (pool.State == exchange.PoolOpen || pool.State == exchange.PoolReached) && pool.Enough() && len(pool.Offers) > 0
	p.MayExtend = p.Author && pool.State == exchange.PoolMissed && !pool.Extended
	if pool.State == exchange.PoolGroup && (in || p.Author) {
		p.Charter = p.Action + "/charte"
	}
	compared := exchange.Compare(pool.Offers, total)
	for _, c := range compared {
		p.Offers = append(p.Offers, offerRow{
			ID: c.ID, Supplier: c.Supplier, Unit: euros(l, c.Unit), Delivery: euros(l, c.Delivery), InTotal: euros(l, c.InTotal), PerUnit: euros(l, c.PerUnit), Minimum: withUnit(c.Minimum, n.Unit),
			Note: c.Note, Delivers: c.Delivers, TooSmall: c.TooSmall, Taken: c.ID == pool.Offer,
		})
	}
	if in || p.Author {
		p.Joiners, p.Referents = s.joinerRows(r, l, n, pool, compared)
	}
}

// joinerRows lists who is in, with the share of each in the offer that is taken,
// else in the cheapest.
func (s *site) joinerRows(r *http.Request, l *locale.Language, n exchange.FoundNeed, pool *exchange.Pool, compared []exchange.Compared) (rows []joinerRow, referents []option) {
	var sum sheet.Cents
	if len(compared) > 0 {
		sum = compared[0].InTotal
	}
	for _, c := range compared {
		if c.ID == pool.Offer {
			sum = c.InTotal
		}
	}
	shares := exchange.Shares(pool.Joiners, sum)
	for i, j := range pool.Joiners {
		name := s.pooled(r, j.SIRET)
		row := joinerRow{Name: name, Quantity: withUnit(j.Quantity, n.Unit)}
		if sum > 0 {
			row.Share = euros(l, shares[i])
		}
		rows = append(rows, row)
		referents = append(referents, option{Value: j.SIRET.String(), Name: name})
	}
	return rows, referents
}

// withUnit writes how much of what; nothing is 0.
func withUnit(q exchange.Quantity, unit string) string {
	text := q.String()
	if text == "" {
		text = "0"
	}
	if unit != "" {
		text += "\u00a0" + unit
	}
	return text
}

// onPool does an act on a purchase and goes back to its page, or says there
// what is wrong.
func (s *site) onPool(w http.ResponseWriter, r *http.Request, who *account.Signed, err error) error {
	l := s.words(r)
	for kind, key := range map[error]string{exchange.ErrPool: "state", exchange.ErrPoolFaults: "faults", exchange.ErrShort: "short", exchange.ErrOffers: "offers"} {
		if errors.Is(err, kind) {
			return s.showPool(w, r, http.StatusUnprocessableEntity, who.Person, l.T("pool.error."+key))
		}
	}
	if err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, needsPath+"/"+r.PathValue("id")+"/achat"))
}

// asAuthor does an act of the author of a purchase.
func (s *site) asAuthor(do func(r *http.Request, who *account.Signed, form url.Values) error) signedHandler {
	return func(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
		if _, err := s.ownNeed(r, who); err != nil {
			return err
		}
		form, err := formOf(w, r)
		if err != nil {
			return err
		}
		return s.onPool(w, r, who, do(r, who, form))
	}
}

func (s *site) openPool(r *http.Request, who *account.Signed, form url.Values) error {
	q, ok := exchange.ParseQuantity(form.Get("threshold"))
	until, err := clock.ParseDay(one(form, "until"))
	if !ok || err != nil {
		return exchange.ErrPoolFaults
	}
	return s.config.Needs.OpenPool(r.Context(), by(who), r.PathValue("id"), q, until)
}

func (s *site) addPoolOffer(r *http.Request, who *account.Signed, form url.Values) error {
	o := exchange.Offer{Supplier: form.Get("supplier"), Note: form.Get("note"), Delivers: form.Get("delivers") != ""}
	var unit, delivery, minimum bool
	o.Unit, unit = centsOf(form.Get("unit"))
	o.Delivery, delivery = centsOf(form.Get("delivery"))
	o.Minimum, minimum = exchange.ParseQuantity(form.Get("minimum"))
	if !unit || !delivery || !minimum {
		return exchange.ErrPoolFaults
	}
	return s.config.Needs.AddOffer(r.Context(), by(who), r.PathValue("id"), o)
}

func (s *site) formPool(r *http.Request, who *account.Signed, form url.Values) error {
	referent, err := register.ParseSIRET(form.Get("referent"))
	if err != nil {
		return exchange.ErrPoolFaults
	}
	return s.config.Needs.Form(r.Context(), by(who), r.PathValue("id"), form.Get("offer"), referent)
}

func (s *site) continuePool(r *http.Request, who *account.Signed, form url.Values) error {
	if form.Get("fin") != "" {
		return s.config.Needs.GiveUp(r.Context(), by(who), r.PathValue("id"))
	}
	until, err := clock.ParseDay(one(form, "later"))
	if err != nil {
		return exchange.ErrPoolFaults
	}
	return s.config.Needs.Extend(r.Context(), by(who), r.PathValue("id"), until)
}

// joinPool lets a firm buy along, or out.
func (s *site) joinPool(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	a, err := s.answering(w, r, who)
	if err != nil {
		return err
	}
	answer := exchange.Answer{Need: r.PathValue("id"), SIRET: a.siret, By: a.by}
	if a.form.Has("sortir") {
		return s.onPool(w, r, who, s.config.Needs.Leave(r.Context(), answer))
	}
	q, ok := exchange.ParseQuantity(a.form.Get("quantity"))
	if !ok {
		return s.onPool(w, r, who, exchange.ErrPoolFaults)
	}
	return s.onPool(w, r, who, s.config.Needs.Join(r.Context(), answer, q))
}

// A charterPage is what a group agrees on, to print and to sign.
type charterPage struct {
	frame
	Crumbs   []crumb
	Heading  string
	Day      string
	Referent string
	Offer    offerRow
	Total    string
	Joiners  []joinerRow
}

func (s *site) charter(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	n, pool, err := s.poolOf(r, who.Person)
	if err != nil {
		return err
	}
	if pool == nil || pool.State != exchange.PoolGroup {
		return db.ErrNotFound
	}
	in := slices.ContainsFunc(pool.Joiners, func(j exchange.Joiner) bool { return member(who, j.SIRET) })
	if !in && !account.May(who.Person, account.PostNeed, n.Object()) {
		return account.ErrDenied
	}
	l := s.words(r)
	p := &charterPage{frame: s.frame(r, needsPath, l.T("charter.title")), Heading: n.Title, Day: l.Moment(pool.ClosedAt), Referent: s.pooled(r, pool.Referent), Total: withUnit(pool.Total(), n.Unit)}
	p.Crumbs = []crumb{{Name: l.T("nav./annonces"), Path: needsPath}, {Name: l.T("pool.title"), Path: needsPath + "/" + n.ID + "/achat"}, {Name: l.T("charter.title")}}
	p.Path, p.NoIndex = needsPath, true
	if orphan(n, who.Person, pool) {
		p.Heading = l.T("pool.title")
	}
	compared := exchange.Compare(pool.Offers, pool.Total())
	for _, c := range compared {
		if c.ID == pool.Offer {
			p.Offer = offerRow{Supplier: c.Supplier, Unit: euros(l, c.Unit), Delivery: euros(l, c.Delivery), InTotal: euros(l, c.InTotal), Delivers: c.Delivers}
		}
	}
	p.Joiners, _ = s.joinerRows(r, l, n, pool, compared)
	return s.show(w, http.StatusOK, "need/charter", p)
}
