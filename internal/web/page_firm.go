package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/locale"
	"passerelle/internal/profile"
	"passerelle/internal/register"
)

// A firmPage is the form in which people say what their establishment does.
// A facilitator fills it for somebody on the phone or at a desk.
type firmPage struct {
	frame
	Crumbs         []crumb
	Firm           firm
	Action         string
	Saved          bool
	Faults         []input
	Missing        []missingLine
	Staff          bool
	ForName        input
	Channel        input
	Words          input
	Story          input
	Sells          input
	Buys           input
	Contact        input
	Phone          input
	Mail           input
	Web            input
	Hours          input
	Languages      input
	Certifications input
	Zone           input
	Territories    []option // to tick
	ZoneIs         string
	Zones          []zoneRow
	ZonesSaid      bool
	Trades         []string // suggestions of what is bought and sold
	SellsAre       []string // trades recognised in the words
	BuysAre        []string
	Kinds          []resourceKind
	Visits         bool
	Apprentices    bool
	Masked         bool // a person whom the register does not disclose
	Shown          bool // who wishes to be shown with these words
	Revisions      []string
	Old            bool // nobody confirmed it for a year
}

// A missingLine is something that would help, and where it is said.
type missingLine struct{ Name, Href string }

// mostMissing is how many lines are asked for at a time.
const mostMissing = 4

// missing lists what would help most to add.
func missing(c profile.Content) (lines []missingLine) {
	for _, name := range c.Missing() {
		at := "#" + name
		if name == "resources" {
			at = "#partager"
		}
		lines = append(lines, missingLine{name, at})
	}
	return lines
}

// A zoneRow is how far one activity goes.
type zoneRow struct{ Activity, Zone input }

// A resourceKind is boxes to tick under one title.
type resourceKind struct {
	Name    string
	Open    bool
	Options []option
}

// ownFirm returns the establishment of a request, when who asks may speak for
// it: one of its people, or a facilitator of its territory.
func (s *site) ownFirm(r *http.Request, who *account.Signed) (register.SIRET, error) {
	siret, err := siretOf(r)
	if err != nil {
		return 0, err
	}
	o := account.Object{SIRET: siret}
	e, err := s.config.Directory.Establishment(siret)
	if err == nil {
		o.Territory = e.Territory
	}
	if !account.May(who.Person, account.OwnFirm, o) {
		return 0, account.ErrDenied
	}
	return siret, err
}

// member reports whether somebody is one of an establishment's people.
func member(who *account.Signed, siret register.SIRET) bool {
	return slices.Contains(who.Person.Memberships, siret)
}

func (s *site) firmForm(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	siret, err := s.ownFirm(r, who)
	if err != nil {
		return err
	}
	p, err := s.config.Profiles.Profile(r.Context(), siret)
	if err != nil {
		return err
	}
	return s.showFirm(w, r, who, siret, http.StatusOK, p.Content, nil)
}

// contentOf reads what a form says.
func contentOf(form url.Values) profile.Content {
	return profile.Content{
		Words: form.Get("words"), Story: form.Get("story"), Hours: form.Get("hours"), Contact: form.Get("contact"), Phone: form.Get("phone"), Mail: form.Get("mail"),
		Web: form.Get("web"), Languages: form.Get("languages"), Certifications: form.Get("certifications"), Resources: form["resource"], Buys: form.Get("buys"), Sells: form.Get("sells"), Zone: form.Get("zone"),
		Visits: form.Get("visits") != "", Apprentices: form.Get("apprentices") != "", Shown: form.Get("shown") != "",
		Territories: form["territoire"], Zones: zonesOf(form),
	}
}

// zonesOf reads the zones of activities.
func zonesOf(form url.Values) []profile.ZoneOf {
	var zones []profile.ZoneOf
	for i := range min(len(form["activite"]), len(form["zone-activite"]), profile.MostZones) {
		zones = append(zones, profile.ZoneOf{Activity: form["activite"][i], Zone: form["zone-activite"][i]})
	}
	return zones
}

func (s *site) saveFirm(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	siret, err := s.ownFirm(r, who)
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	c, named := speaking(form, who, siret)
	c.Content = contentOf(form)
	if !member(who, siret) { // to be shown is for themselves to choose
		was, err := s.config.Profiles.Profile(r.Context(), siret)
		if err != nil {
			return err
		}
		c.Content.Shown = was.Shown
	}
	if !named {
		faults := []profile.Fault{{Field: "pour", Key: "for"}}
		_, more := profile.Clean(c.Content, s.config.Profiles.Vocabulary.Known)
		return s.showFirm(w, r, who, siret, http.StatusUnprocessableEntity, c.Content, append(faults, more...))
	}
	faults, err := s.config.Profiles.Change(r.Context(), c)
	if errors.Is(err, profile.ErrFaults) {
		return s.showFirm(w, r, who, siret, http.StatusUnprocessableEntity, c.Content, faults)
	}
	if err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, "/mon-espace/entreprises/"+siret.String())+"?fait=1")
}

// speaking returns who says something of an establishment, and for whom; not
// ok when a facilitator does not tell for whom.
func speaking(form url.Values, who *account.Signed, siret register.SIRET) (c profile.Change, ok bool) {
	c = profile.Change{SIRET: siret, By: by(who)}
	if member(who, siret) {
		return c, true
	}
	c.ForName = cut(one(form, "pour"), profile.MaxLine)
	if c.By.Channel = account.Channel(form.Get("canal")); c.By.Channel != account.Phone && c.By.Channel != account.Desk {
		c.By.Channel = account.Phone
	}
	return c, c.ForName != ""
}

// forWhom are the fields in which a facilitator tells for whom they act, and
// how they were asked.
func forWhom(l *locale.Language, form url.Values, missing bool) (name, channel input) {
	name = input{Name: "pour", Label: l.T("profile.label.pour"), Hint: l.T("profile.hint.pour"), Value: form.Get("pour")}
	if missing {
		name.Error = l.T("profile.fault.for")
	}
	return name, input{Name: "canal", Label: l.T("profile.label.canal"), Options: []option{
		{string(account.Phone), l.T("channel.phone"), form.Get("canal") != string(account.Desk)}, {string(account.Desk), l.T("channel.desk"), form.Get("canal") == string(account.Desk)},
	}}
}

func (s *site) showFirm(w http.ResponseWriter, r *http.Request, who *account.Signed, siret register.SIRET, status int, c profile.Content, faults []profile.Fault) error {
	l := s.words(r)
	f := s.firmOf(r, siret)
	p := &firmPage{frame: s.frame(r, "/mon-espace", f.Name), Firm: f, Saved: r.URL.Query().Has("fait") && len(faults) == 0, Staff: !member(who, siret), Visits: c.Visits, Apprentices: c.Apprentices, Shown: c.Shown}
	e, err := s.config.Directory.Establishment(siret)
	if err != nil {
		return err
	}
	p.Masked = e.Mask == directory.MaskedPerson
	p.Crumbs = []crumb{{Name: l.T("space.title"), Path: "/mon-espace"}, {Name: f.Name}}
	p.Action, p.NoIndex = "/mon-espace/entreprises/"+siret.String(), true
	p.Path, p.Missing = p.Action, missing(c)
	field := func(name, value string) input {
		i := input{Name: name, Label: l.T("profile.label." + name), Value: value, Free: true}
		if key := "profile.hint." + name; l.Has(key) {
			i.Hint = l.T(key)
		}
		for _, fault := range faults {
			if fault.Field == name {
				i.Error = l.T("profile.fault." + fault.Key)
				p.Faults = append(p.Faults, i)
			}
		}
		return i
	}
	area := func(name, value string, rows int) input {
		i := field(name, value)
		i.Rows = rows
		return i
	}
	if p.Staff {
		p.ForName, p.Channel = forWhom(l, r.PostForm, slices.ContainsFunc(faults, func(f profile.Fault) bool { return f.Field == "pour" }))
		if p.ForName.Error != "" {
			p.Faults = append(p.Faults, p.ForName)
		}
	}
	p.Words, p.Sells, p.Buys, p.Story = area("words", c.Words, 3), field("sells", c.Sells), field("buys", c.Buys), area("story", c.Story, 6)
	p.Contact, p.Phone, p.Mail, p.Web = field("contact", c.Contact), field("phone", c.Phone), field("mail", c.Mail), field("web", c.Web)
	p.Phone.Type, p.Phone.Autocomplete, p.Mail.Type, p.Mail.Autocomplete, p.Web.Type, p.Contact.Autocomplete = "tel", "tel", "email", "email", "url", "name"
	p.Hours, p.Languages, p.Certifications = area("hours", c.Hours, 2), field("languages", c.Languages), field("certifications", c.Certifications)
	p.Zone = field("zone", c.Zone)
	s.zones(l, p, c)
	p.Kinds = s.resourceKinds(l, c.Resources)
	if len(p.Faults) > 0 {
		p.Title = l.T("form.error_title", "title", p.Title)
	}
	return s.finishFirm(w, r, siret, status, p)
}

// finishFirm adds who changed what, and shows the page.
func (s *site) finishFirm(w http.ResponseWriter, r *http.Request, siret register.SIRET, status int, p *firmPage) error {
	l := s.words(r)
	said, err := s.config.Profiles.Profile(r.Context(), siret)
	if err != nil {
		return err
	}
	pictures, err := s.config.Profiles.Pictures(r.Context(), siret)
	if err != nil {
		return err
	}
	if len(pictures) == 0 {
		p.Missing = append(p.Missing, missingLine{"photos", hrefIn(l.Code(), p.Action+"/photos")})
	}
	p.Missing = p.Missing[:min(len(p.Missing), mostMissing)]
	p.Old = !said.ConfirmedAt.IsZero() && said.State(s.config.Clock.Now()) != profile.Fresh
	revisions, err := s.config.Profiles.Revisions(r.Context(), siret, 10)
	if err != nil {
		return err
	}
	for _, v := range revisions {
		text, err := s.whoDid(r, l, v)
		if err != nil {
			return err
		}
		p.Revisions = append(p.Revisions, text)
	}
	return s.show(w, status, "account/firm", p)
}

// whoDid tells who changed a profile, and for whom.
func (s *site) whoDid(r *http.Request, l *locale.Language, v profile.Revision) (string, error) {
	who := l.T("profile.somebody")
	p, err := s.config.Accounts.Person(r.Context(), v.Who)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return "", err
	}
	if err == nil {
		who = p.Name()
	}
	if v.ForName != "" {
		return l.T("profile.did_for", "at", l.Moment(v.At), "who", who, "for", v.ForName, "how", l.T("channel."+string(v.Channel))), nil
	}
	return l.T("profile.did", "at", l.Moment(v.At), "who", who), nil
}

// zones asks how far a firm goes, and for which activities otherwise; and shows
// the trades that what it buys and sells names.
func (s *site) zones(l *locale.Language, p *firmPage, c profile.Content) {
	for _, z := range profile.Zones() {
		p.Zone.Options = append(p.Zone.Options, option{z, zoneName(l, z), z == c.Zone})
	}
	for _, t := range s.config.Places.Territories() {
		p.Territories = append(p.Territories, option{t.Slug, t.Name, slices.Contains(c.Territories, t.Slug)})
	}
	p.ZoneIs, p.ZonesSaid = c.Zone, len(c.Zones) > 0
	for i := range profile.MostZones {
		n := strconv.Itoa(i + 1)
		var of profile.ZoneOf
		if i < len(c.Zones) {
			of = c.Zones[i]
		}
		row := zoneRow{
			Activity: input{Name: "activite", ID: "activite-" + n, Label: l.T("profile.zone_for"), Value: of.Activity, Free: true},
			Zone:     input{Name: "zone-activite", ID: "zone-activite-" + n, Label: l.T("profile.zone_goes")},
		}
		for _, z := range profile.Zones() {
			if z != profile.InTerritories {
				row.Zone.Options = append(row.Zone.Options, option{z, zoneName(l, z), z == of.Zone})
			}
		}
		p.Zones = append(p.Zones, row)
	}
	p.Sells.List, p.Buys.List = "metiers", "metiers"
	for _, t := range s.config.Trades.Trades() {
		p.Trades = append(p.Trades, nameOfTrade(l, t))
	}
	for _, link := range s.tradeLinks(l, c.SellsTrades(s.config.Trades)) {
		p.SellsAre = append(p.SellsAre, link.Name)
	}
	for _, link := range s.tradeLinks(l, c.BuysTrades(s.config.Trades)) {
		p.BuysAre = append(p.BuysAre, link.Name)
	}
}

// tradeLinks names trades.
func (s *site) tradeLinks(l *locale.Language, slugs []string) []link {
	var out []link
	for _, slug := range slugs {
		if t, ok := s.config.Trades.Trade(slug); ok {
			out = append(out, link{nameOfTrade(l, t), "/metiers/" + t.Slug})
		}
	}
	return out
}

// zoneName tells how far an establishment serves.
func zoneName(l *locale.Language, zone string) string {
	switch zone {
	case "":
		return l.T("profile.zone_none")
	case "everywhere":
		return l.T("profile.zone_everywhere")
	case profile.InTerritories:
		return l.T("profile.zone_territories")
	}
	return l.T("profile.zone_km", "n", zone)
}

// resourceKinds are the boxes of what can be shared, kind by kind.
func (s *site) resourceKinds(l *locale.Language, chosen []string) []resourceKind {
	var kinds []resourceKind
	last := ""
	for _, res := range s.config.Profiles.Vocabulary.Resources() {
		if res.Kind != last {
			kinds = append(kinds, resourceKind{Name: l.T("profile.kind." + res.Kind)})
			last = res.Kind
		}
		k := &kinds[len(kinds)-1]
		o := option{res.Slug, capital(res.Name(l.Code())), slices.Contains(chosen, res.Slug)}
		k.Open = k.Open || o.Chosen
		k.Options = append(k.Options, o)
	}
	return kinds
}

// byMember is why an establishment is hidden when its own people asked for it;
// only what they hid can they show again.
const byMember = "objection of its people, on their own space"

// hideFirm takes an establishment out of the directory at the wish of its
// people, at once and everywhere.
func (s *site) hideFirm(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	return s.turnFirm(w, r, who, func(siret register.SIRET, act directory.Act) error {
		return s.config.Directory.Hide(r.Context(), act, siret, byMember)
	}, "profile.hide")
}

// unhideFirm takes that back.
func (s *site) unhideFirm(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	return s.turnFirm(w, r, who, func(siret register.SIRET, act directory.Act) error {
		if !s.hiddenByMember(siret) {
			return account.ErrDenied
		}
		return s.config.Directory.Show(r.Context(), act, siret, byMember)
	}, "profile.unhide")
}

// hiddenByMember reports whether an establishment is hidden at the wish of its
// people.
func (s *site) hiddenByMember(siret register.SIRET) bool {
	o := s.config.Directory.Overlay(siret)
	return o.Hidden && o.Reason == byMember
}

func (s *site) turnFirm(w http.ResponseWriter, r *http.Request, who *account.Signed, turn func(register.SIRET, directory.Act) error, act string) error {
	siret, err := siretOf(r)
	if err != nil {
		return err
	}
	if !account.May(who.Person, account.HoldFirm, account.Object{SIRET: siret}) {
		return account.ErrDenied
	}
	actor := by(who)
	if err := turn(siret, directory.Act{Who: actor.Who, Channel: string(actor.Channel)}); err != nil {
		return err
	}
	if err := s.config.Accounts.Note(r.Context(), account.Entry{Act: act, Kind: "establishment", Object: siret.String(), By: actor}); err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, "/mon-espace"))
}

// confirmFirm says that what an establishment says still holds.
func (s *site) confirmFirm(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	siret, err := s.ownFirm(r, who)
	if err != nil {
		return err
	}
	if err := s.config.Profiles.Confirm(r.Context(), by(who), siret); err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, "/mon-espace/entreprises/"+siret.String())+"?fait=1")
}
