package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/directory"
	"passerelle/internal/directory/query"
	"passerelle/internal/exchange"
	"passerelle/internal/register"
)

// A needFormPage is the form in which a need or an offer is written. What the
// house knows is filled in.
type needFormPage struct {
	frame
	Crumbs     []crumb
	Heading    string
	Action     string
	NoFirm     bool // there is no establishment to write it for
	Staff      bool
	Firm       input // for which establishment
	ForName    input
	Channel    input
	Directions []option
	Kind       input
	Headline   input
	Words      input
	Trades     input
	Quantity   input
	Unit       input
	From       input
	Until      input
	Commune    input
	Radius     input
	ReplyBy    input
	Matches    bool
	More       bool // the optional part is open
	Faults     []input
	Twins      []link // what looks alike
	Many       bool
	Before     string
	Draft      bool // it may still be kept as a draft
}

// typedNeed is what a form says, as it was typed.
type typedNeed struct {
	content                       exchange.NeedContent
	siret                         register.SIRET
	trades, quantity, near, reply string
	forName, channel, before      string
}

// readNeed reads a form, and the faults of what needs a table to be read.
func (s *site) readNeed(form url.Values) (typedNeed, []exchange.NeedFault) {
	var faults []exchange.NeedFault
	f := typedNeed{trades: one(form, "trades"), quantity: one(form, "quantity"), near: one(form, "near"), reply: one(form, "reply"), forName: one(form, "pour"), channel: form.Get("canal"), before: one(form, "de")}
	c := &f.content
	c.Direction, c.Kind = exchange.Direction(form.Get("direction")), exchange.Kind(form.Get("kind"))
	c.Title, c.Words, c.Unit, c.Matches = form.Get("title"), form.Get("words"), form.Get("unit"), form.Get("visible") == "matches"
	c.Trades, faults = s.config.Needs.ReadTrades(f.trades)
	var ok bool
	if c.Quantity, ok = exchange.ParseQuantity(f.quantity); !ok {
		faults = append(faults, exchange.NeedFault{Field: "quantity", Key: "quantity"})
	}
	for _, d := range []struct {
		name string
		to   *clock.Day
	}{{"from", &c.From}, {"until", &c.Until}, {"reply", &c.ReplyBy}} {
		text := one(form, d.name)
		day, err := clock.ParseDay(text)
		if err != nil && text != "" {
			faults = append(faults, exchange.NeedFault{Field: d.name, Key: "day"})
		}
		*d.to = day
	}
	if f.near != "" {
		at, err := query.Parse(url.Values{"near": {f.near}}, s.config.Directory.Terms())
		if err != nil {
			faults = append(faults, exchange.NeedFault{Field: "near", Key: "near"})
		}
		c.Commune = at.NearCommune
	}
	if n, err := strconv.Atoi(form.Get("radius")); err == nil && f.near != "" {
		c.RadiusKM = n
	}
	f.siret, _ = register.ParseSIRET(strings.Join(strings.Fields(form.Get("siret")), ""))
	return f, faults
}

// typedOf is a need as its form shows it.
func (s *site) typedOf(r *http.Request, n *exchange.Need) typedNeed {
	f := typedNeed{content: n.NeedContent, siret: n.SIRET, quantity: n.Quantity.String(), reply: string(n.ReplyBy), forName: n.ForName, channel: string(n.By.Channel)}
	var names []string
	for _, slug := range n.Trades {
		names = append(names, s.tradeName(s.words(r), slug))
	}
	f.trades = strings.Join(names, ", ")
	if c, ok := s.config.Places.Commune(n.Commune); ok {
		f.near = s.nearOf(c.Code, c.Name)
	}
	return f
}

// nearOf names a commune so that it is read back as the same.
func (s *site) nearOf(code, name string) string {
	if found := s.config.Places.Find(name, 1); len(found) > 0 && found[0].Code == code {
		return name
	}
	return query.NearCode(code)
}

// newNeed shows an empty form, filled with what is known of the establishment;
// or that of a need that ended, to renew it.
func (s *site) newNeed(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	v := r.URL.Query()
	f := typedNeed{before: v.Get("de")}
	f.content.Direction, f.content.Kind = exchange.Seeking, exchange.Service
	if d := exchange.Direction(v.Get("direction")); d == exchange.Offering {
		f.content.Direction = d
	}
	for _, k := range exchange.Kinds() {
		if v.Get("kind") == string(k) {
			f.content.Kind = k
		}
	}
	if f.before != "" {
		old, err := s.config.Needs.Need(r.Context(), f.before)
		if err != nil {
			return err
		}
		if !account.May(who.Person, account.PostNeed, old.Object()) {
			return account.ErrDenied
		}
		before := f.before
		f = s.typedOf(r, old.Need)
		f.before, f.reply, f.content.From, f.content.Until = before, "", "", ""
		return s.showNeedForm(w, r, http.StatusOK, who, f, needFormPage{Action: needsPath})
	}
	f.siret, _ = register.ParseSIRET(v.Get("siret"))
	if f.siret == 0 && len(who.Person.Memberships) > 0 {
		f.siret = who.Person.Memberships[0]
	}
	if err := s.fillKnown(r, &f); err != nil {
		return err
	}
	return s.showNeedForm(w, r, http.StatusOK, who, f, needFormPage{Action: needsPath})
}

// fillKnown fills in what the register and the profile say of an
// establishment.
func (s *site) fillKnown(r *http.Request, f *typedNeed) error {
	e, err := s.config.Directory.Establishment(f.siret)
	if err != nil {
		return nil //nolint:nilerr // who is not in the directory has nothing to fill in
	}
	if c, ok := s.config.Places.Commune(e.Commune); ok && e.Mask != directory.MaskedPerson {
		f.near = s.nearOf(c.Code, c.Name)
	}
	said, err := s.config.Profiles.Profile(r.Context(), f.siret)
	if err != nil {
		return err
	}
	if n, err := strconv.Atoi(said.Zone); err == nil {
		f.content.RadiusKM = n
	}
	return nil
}

// mayPost reports whether somebody may post for an establishment, and whether
// they do it for somebody else.
func (s *site) mayPost(who *account.Signed, siret register.SIRET) (may, staff bool) {
	o := account.Object{SIRET: siret}
	if e, err := s.config.Directory.Establishment(siret); err == nil {
		o.Territory = e.Territory
	}
	return account.May(who.Person, account.PostNeed, o), !member(who, siret)
}

func (s *site) postNeed(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	return s.keepNeed(w, r, who, form, "")
}

// editNeed shows the form of a need that is there.
func (s *site) editNeed(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	n, err := s.ownNeed(r, who)
	if err != nil {
		return err
	}
	return s.showNeedForm(w, r, http.StatusOK, who, s.typedOf(r, n.Need), needFormPage{Action: needsPath + "/" + n.ID + "/modifier", Draft: n.State == exchange.NeedDraft})
}

func (s *site) changeNeed(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	n, err := s.ownNeed(r, who)
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	form.Set("siret", n.SIRET.String())
	return s.keepNeed(w, r, who, form, n.ID)
}

// ownNeed returns the need of a request, when who asks may change it.
func (s *site) ownNeed(r *http.Request, who *account.Signed) (exchange.FoundNeed, error) {
	n, err := s.config.Needs.Need(r.Context(), r.PathValue("id"))
	if err == nil && !account.May(who.Person, account.PostNeed, n.Object()) {
		return n, account.ErrDenied
	}
	return n, err
}

// keepNeed posts what a form says, or shows it again with what is wrong.
func (s *site) keepNeed(w http.ResponseWriter, r *http.Request, who *account.Signed, form url.Values, id string) error {
	f, faults := s.readNeed(form)
	p := needFormPage{Action: needsPath, Draft: form.Get("brouillon-possible") != ""}
	if id != "" {
		p.Action = needsPath + "/" + id + "/modifier"
	}
	if _, err := s.config.Directory.Establishment(f.siret); err != nil {
		faults = append(faults, exchange.NeedFault{Field: "siret", Key: "siret"})
		return s.needFaults(w, r, who, f, p, faults)
	}
	may, staff := s.mayPost(who, f.siret)
	if !may {
		return account.ErrDenied
	}
	by := by(who)
	if staff {
		if by.Channel = account.Channel(f.channel); by.Channel != account.Desk {
			by.Channel = account.Phone
		}
	}
	posting := exchange.Posting{ID: id, SIRET: f.siret, Content: f.content, By: by, Staff: staff, Draft: form.Get("garder") != "", Anyway: form.Get("malgre") != "", Before: f.before}
	if staff {
		posting.ForName = cut(f.forName, 200)
	}
	if len(faults) > 0 {
		_, more := exchange.CleanNeed(f.content, clock.Day(s.today()))
		return s.needFaults(w, r, who, f, p, append(faults, more...))
	}
	n, faults, twins, err := s.config.Needs.Post(r.Context(), posting)
	switch {
	case errors.Is(err, exchange.ErrNeedFaults):
		return s.needFaults(w, r, who, f, p, faults)
	case errors.Is(err, exchange.ErrTwin):
		for _, t := range twins {
			p.Twins = append(p.Twins, link{Name: t.Title, Path: needsPath + "/" + t.ID})
		}
		return s.showNeedForm(w, r, http.StatusConflict, who, f, p)
	case errors.Is(err, exchange.ErrMany):
		p.Many = true
		return s.showNeedForm(w, r, http.StatusConflict, who, f, p)
	case errors.Is(err, exchange.ErrNeedEnded):
		return s.goOn(w, r, pathIn(r, needsPath+"/"+id))
	case err != nil:
		return err
	}
	said := map[string]string{exchange.NeedLive: "publie", exchange.NeedHeld: "retenue", exchange.NeedDraft: "brouillon"}[n.State]
	return s.goOn(w, r, pathIn(r, needsPath+"/"+n.ID)+"?fait="+said)
}

// needFaults shows the form again with what is wrong.
func (s *site) needFaults(w http.ResponseWriter, r *http.Request, who *account.Signed, f typedNeed, p needFormPage, faults []exchange.NeedFault) error {
	l := s.words(r)
	for _, fault := range faults {
		text := l.T("need.fault." + fault.Key)
		if fault.Value != "" {
			text = l.T("need.fault."+fault.Key, "value", cut(fault.Value, 40))
		}
		p.Faults = append(p.Faults, input{Name: fault.Field, Error: text})
	}
	return s.showNeedForm(w, r, http.StatusUnprocessableEntity, who, f, p)
}

func (s *site) showNeedForm(w http.ResponseWriter, r *http.Request, status int, who *account.Signed, f typedNeed, p needFormPage) error {
	l := s.words(r)
	title := l.T("need_form.title")
	if p.Action != needsPath {
		title = l.T("need_form.edit")
	}
	faults := p.Faults
	p.frame, p.Heading = s.frame(r, needsPath, title), title
	p.Crumbs = []crumb{{Name: l.T("nav./annonces"), Path: needsPath}, {Name: title}}
	p.Path, p.NoIndex, p.Before = needsPath+"/nouvelle", true, f.before
	p.Draft = p.Draft || p.Action == needsPath
	field := func(name, value string) input {
		i := input{Name: name, Label: l.T("need_form.label." + name), Value: value, Free: true}
		if key := "need_form.hint." + name; l.Has(key) {
			i.Hint = l.T(key)
		}
		for _, fault := range faults {
			if fault.Name == name {
				i.Error = fault.Error
			}
		}
		return i
	}
	_, staff := s.mayPost(who, f.siret)
	p.Staff = who.Person.Staff() && staff
	p.NoFirm = !p.Staff && len(who.Person.Memberships) == 0
	p.Firm = field("siret", "")
	if p.Staff {
		if f.siret != 0 {
			p.Firm.Value = f.siret.String()
		}
		p.ForName, p.Channel = field("pour", f.forName), field("canal", "")
		p.Channel.Options = []option{{string(account.Phone), l.T("channel.phone"), f.channel != string(account.Desk)}, {string(account.Desk), l.T("channel.desk"), f.channel == string(account.Desk)}}
	}
	for _, siret := range who.Person.Memberships {
		p.Firm.Options = append(p.Firm.Options, option{siret.String(), s.firmOf(r, siret).Name, siret == f.siret})
	}
	c := f.content
	for _, d := range []exchange.Direction{exchange.Seeking, exchange.Offering} {
		p.Directions = append(p.Directions, option{string(d), l.T("need_form.direction." + string(d)), c.Direction == d})
	}
	p.Kind = field("kind", "")
	for _, k := range exchange.Kinds() {
		p.Kind.Options = append(p.Kind.Options, option{string(k), l.T("need.kind." + string(k)), c.Kind == k})
	}
	p.Headline, p.Words, p.Trades = field("title", c.Title), field("words", c.Words), field("trades", f.trades)
	p.Headline.Free, p.Words.Rows = false, 5
	p.Quantity, p.Unit, p.From, p.Until = field("quantity", f.quantity), field("unit", c.Unit), field("from", string(c.From)), field("until", string(c.Until))
	p.Commune, p.Radius, p.ReplyBy, p.Matches = field("near", f.near), field("radius", ""), field("reply", f.reply), c.Matches
	if f.reply == "" {
		p.ReplyBy.Value = clock.Day(s.today()).Time().AddDate(0, 0, exchange.UsualReply).Format(time.DateOnly)
	}
	for _, i := range []*input{&p.From, &p.Until, &p.ReplyBy} {
		i.Type = "date"
	}
	p.Quantity.Autocomplete, p.Commune.Autocomplete = "off", "address-level2"
	for _, km := range exchange.Radii() {
		name := l.T("need_form.any_radius")
		if km > 0 {
			name = l.T("need_form.km", "n", km)
		}
		p.Radius.Options = append(p.Radius.Options, option{strconv.Itoa(km), name, km == c.RadiusKM})
	}
	p.More = c.Quantity > 0 || c.From != "" || c.Until != "" || p.Quantity.Error+p.Unit.Error+p.From.Error+p.Until.Error != ""
	if len(faults) > 0 {
		p.Title = l.T("form.error_title", "title", p.Title)
	}
	return s.show(w, status, "need/form", &p)
}

// An ownNeedsPage lists the needs of those somebody speaks for.
type ownNeedsPage struct {
	frame
	Crumbs   []crumb
	Rows     []ownNeedRow
	Searches []searchRow
	Kept     bool // a search was just kept
	TooMany  bool // or not, having too many
}

// An ownNeedRow is a need of mine.
type ownNeedRow struct{ Title, Path, Firm, State, Kind string }

func (s *site) ownNeeds(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	l := s.words(r)
	p := &ownNeedsPage{frame: s.frame(r, "/mon-espace", l.T("own_needs.title"))}
	p.Crumbs = []crumb{{Name: l.T("space.title"), Path: "/mon-espace"}, {Name: l.T("own_needs.title")}}
	p.NoIndex = true
	for _, siret := range who.Person.Memberships {
		list, err := s.config.Needs.Of(r.Context(), siret)
		if err != nil {
			return err
		}
		for _, n := range list {
			p.Rows = append(p.Rows, ownNeedRow{Title: n.Title, Path: needsPath + "/" + n.ID, Firm: s.firmOf(r, siret).Name, State: l.T("need.state." + n.State), Kind: l.T("need.kind." + string(n.Kind))})
		}
	}
	var err error
	if p.Searches, err = s.ownSearches(r, who); err != nil {
		return err
	}
	p.Kept, p.TooMany = r.URL.Query().Has("gardee"), r.URL.Query().Has("trop")
	return s.show(w, http.StatusOK, "need/own", p)
}

// heldNeeds returns the needs that wait for a facilitator.
func (s *site) heldNeeds(r *http.Request, who *account.Signed) ([]ownNeedRow, error) {
	list, err := s.config.Needs.Held(r.Context())
	if err != nil {
		return nil, err
	}
	l := s.words(r)
	var rows []ownNeedRow
	for _, n := range list {
		if account.May(who.Person, account.ModerateNeeds, n.Object()) {
			rows = append(rows, ownNeedRow{Title: n.Title, Path: needsPath + "/" + n.ID, Firm: s.firmOf(r, n.SIRET).Name, State: l.T("desk.since", "at", l.Moment(n.ChangedAt)), Kind: l.T("need.kind." + string(n.Kind))})
		}
	}
	return rows, nil
}
