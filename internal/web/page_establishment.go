package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"passerelle/internal/clock"
	"passerelle/internal/directory"
	"passerelle/internal/directory/query"
	"passerelle/internal/lead"
	"passerelle/internal/locale"
	"passerelle/internal/trade"
)

// An establishmentPage is the facts page of one establishment. Of a masked
// natural person it has the SIREN and nothing else.
type establishmentPage struct {
	frame
	Crumbs     []crumb
	Masked     bool
	Notes      notesHere
	SIRET      string
	SIREN      string
	Name       string
	Legal      string // the name, under a sign
	World      string
	What       string
	Trade      *link
	Sector     string
	Family     string
	Address    []string
	HideStreet bool // a legal person that masks its address
	Approx     bool // placed at the commune's centre
	Commune    *link
	Territory  *link
	Facts      []fact
	Claims     []claimLine
	Labels     []labelLine
	Siblings   []link
	Siblings1  int // how many more there are
	Successor  *link
	Others     []entry
	OtherWorld string
	OthersPath string
	Pane       *pane
	LD         *linkedData
	Voice      *voice // nil when it says nothing
	Meet       string // where one asks to meet it
	Partners   string // who could do something with it
	Mine       string // where its people say that it is theirs
	Object     string // address to write to, empty when it is not known
	Natural    bool
}

// A fact is a line of the facts.
type fact struct {
	Name  string
	Value string
	Note  string
	Code  bool
}

// A claimLine tells a claim in plain words.
type claimLine struct {
	World   string
	Text    string
	Source  string
	AsOf    clock.Day
	Sure    string
	Certain bool
}

type labelLine struct {
	Slug, Name, Full, Meaning, Path string
	AsOf                            clock.Day
	Verified                        string // by whom, when and until when; empty for one out of a list
	Proof                           string // where anybody can check it
}

// linkedData is what search engines read of an establishment (schema.org).
type linkedData struct {
	Context    string         `json:"@context"`
	Type       string         `json:"@type"`
	ID         string         `json:"@id"`
	Name       string         `json:"name"`
	LegalName  string         `json:"legalName,omitempty"`
	URL        string         `json:"url"`
	Identifier []linkedValue  `json:"identifier"`
	Founded    clock.Day      `json:"foundingDate,omitempty"`
	Address    *linkedAddress `json:"address,omitempty"`
	Geo        *linkedPoint   `json:"geo,omitempty"`
	Image      []string       `json:"image,omitempty"`
}

type linkedValue struct {
	Type  string `json:"@type"`
	Name  string `json:"propertyID"`
	Value string `json:"value"`
}

type linkedAddress struct {
	Type     string `json:"@type"`
	Street   string `json:"streetAddress,omitempty"`
	Postcode string `json:"postalCode,omitempty"`
	Locality string `json:"addressLocality,omitempty"`
	Country  string `json:"addressCountry"`
}

type linkedPoint struct {
	Type string  `json:"@type"`
	Lat  float64 `json:"latitude"`
	Lon  float64 `json:"longitude"`
}

// neighbours is how many establishments of the other world a page shows.
const neighbours = 6

func (s *site) establishment(w http.ResponseWriter, r *http.Request) error {
	siret, err := siretOf(r)
	if err != nil {
		return err
	}
	e, err := s.config.Directory.Establishment(siret)
	if err != nil {
		return err
	}
	l := s.words(r)
	p := &establishmentPage{frame: s.frame(r, "/annuaire", ""), SIRET: spaced(siret.String()), SIREN: spaced(e.SIREN().String()), World: worldOf(&e), Natural: e.Natural}
	p.Crumbs = []crumb{{Name: l.T("nav./annuaire"), Path: "/annuaire"}}
	p.Object = s.objection(l, e.SIREN().String())
	p.Mine, p.Meet, p.Partners = "/mon-espace/revendiquer/"+siret.String(), introducePath(siret), "/entreprises/"+siret.String()+"/partenaires"
	if e.Mask == directory.MaskedPerson {
		p.Masked, p.NoIndex = true, true
		p.Title = l.T("directory.masked")
		p.Crumbs = append(p.Crumbs, crumb{Name: p.Title})
		if p.Voice, err = s.voiceOf(r, siret); err != nil {
			return err
		}
		if p.Voice != nil && !p.Voice.Shown {
			p.Voice = nil
		}
		return s.show(w, http.StatusOK, "establishment/establishment", p)
	}
	if p.Voice, err = s.voiceOf(r, siret); err != nil {
		return err
	}
	if p.Voice != nil {
		p.Voice.World = p.World
	}
	p.NoIndex = e.Natural
	s.describe(l, p, &e)
	if err := s.verify(r, siret, p.Labels); err != nil {
		return err
	}
	if err := s.surround(l, p, &e); err != nil {
		return err
	}
	asleep, err := s.sleeps(r, siret)
	if err != nil {
		return err
	}
	if !asleep {
		if p.Notes, err = s.notesAbout(r, lead.NoteFilter{Party: siret}, url.Values{"entreprise": {siret.String()}}); err != nil {
			return err
		}
	}
	return s.show(w, http.StatusOK, "establishment/establishment", p)
}

// describe tells what the registers say.
func (s *site) describe(l *locale.Language, p *establishmentPage, e *directory.Establishment) {
	p.Name = cmp.Or(e.Title(), l.T("directory.masked")) // a firm may have no name in the register
	if e.Sign != "" && e.Name != "" {
		p.Legal = e.Name
	}
	p.Title = p.Name
	p.What = s.activity(l, e)
	commune, inCommune := s.config.Places.Commune(e.Commune)
	if inCommune {
		p.Title += ", " + commune.Name
		p.Commune = &link{commune.Name, "/annuaire?commune=" + commune.Code}
		p.Crumbs = append(p.Crumbs, crumb{commune.Name, p.Commune.Path})
	}
	p.Crumbs = append(p.Crumbs, crumb{Name: p.Name})
	p.Description = l.T("establishment.description", "name", p.Name, "what", cmp.Or(p.What, l.T("world."+p.World)), "place", commune.Name)
	if t, ok := s.config.Places.Territory(e.Territory); ok {
		p.Territory = &link{t.Name, "/territoires/" + t.Slug}
	}
	if t, ok := s.config.Trades.Trade(e.Trade); ok {
		p.Trade = &link{nameOfTrade(l, t), "/metiers/" + t.Slug}
	}
	p.HideStreet = e.Mask == directory.MaskedAddress
	p.Approx = e.Precision == directory.AtCommune
	for _, line := range []string{e.Street, e.Complement, strings.TrimSpace(e.Postcode + " " + commune.Name)} {
		if line != "" {
			p.Address = append(p.Address, line)
		}
	}
	p.Facts = s.facts(l, e)
	for _, c := range e.Claims {
		p.Claims = append(p.Claims, s.claimLine(l, e, c))
	}
	for _, m := range e.Marks {
		if label, ok := s.config.Trades.Label(m.Label); ok {
			p.Labels = append(p.Labels, labelLine{Slug: label.Slug, Name: label.Name, Full: nameOfLabel(l, label), Meaning: meaningOf(l, label), Path: "/annuaire?label=" + label.Slug, AsOf: m.AsOf})
		}
	}
	s.unit(l, p, e)
	if !e.Natural && e.Title() != "" {
		p.LD = s.linked(p, e, commune.Name)
	}
}

func (s *site) facts(l *locale.Language, e *directory.Establishment) []fact {
	var out []fact
	add := func(f fact) {
		if f.Value != "" {
			f.Name = l.T(f.Name)
			out = append(out, f)
		}
	}
	if e.Sector != "" {
		add(fact{Name: "fact.sector", Value: l.T("sector." + string(e.Sector))})
	}
	if e.Family != "" {
		add(fact{Name: "fact.family", Value: capital(l.T("family.one." + string(e.Family)))})
	}
	if form, ok := s.config.Trades.LegalForm(e.LegalForm); ok {
		add(fact{Name: "fact.form", Value: form})
	}
	add(fact{Name: "fact.size", Value: trade.SizeLabel(e.Size, l.Code())})
	add(fact{Name: "fact.created", Value: l.Day(e.Created)})
	add(fact{Name: "fact.siret", Value: spaced(e.SIRET.String()), Code: true})
	if c, ok := s.config.Trades.ByNAFA(e.NAFA); ok {
		add(fact{Name: "fact.nafa", Value: e.NAFA, Note: c.Label, Code: true})
	} else {
		add(fact{Name: "fact.nafa", Value: e.NAFA, Code: true})
	}
	label, _ := s.config.Trades.NAFLabel(e.NAF)
	add(fact{Name: "fact.naf", Value: e.NAF, Note: label, Code: true})
	label, _ = s.config.Trades.NAF25Label(e.NAF25)
	add(fact{Name: "fact.naf25", Value: e.NAF25, Note: label, Code: true})
	add(fact{Name: "fact.rna", Value: e.RNA, Code: true})
	if e.FormerCommune != "" {
		add(fact{Name: "fact.former", Value: s.config.Places.FormerName(e.FormerCommune), Note: l.T("fact.former_note")})
	}
	return out
}

// claimLine tells a claim in a sentence that needs no glossary.
func (s *site) claimLine(l *locale.Language, e *directory.Establishment, c directory.Claim) claimLine {
	line := claimLine{World: c.World, AsOf: c.AsOf, Certain: c.Certainty != directory.Presumed, Source: sourceName(l, c.Source)}
	line.Sure = l.T("claim.sure")
	if !line.Certain {
		line.Sure = l.T("claim.unsure")
	}
	switch c.Certainty {
	case directory.Presumed:
		naf, _ := s.config.Trades.NAFLabel(e.NAF)
		line.Text = l.T("claim.long.presumed", "activity", cmp.Or(naf, e.NAF))
	case directory.LegalForm:
		form, _ := s.config.Trades.LegalForm(e.LegalForm)
		line.Text = l.T("claim.long.legal_form", "form", cmp.Or(form, e.LegalForm))
	case directory.Listed:
		slug := strings.TrimPrefix(c.Source, "list:")
		line.Text = l.T("claim.long.listed", "label", s.labelName(l, slug))
	default:
		line.Text = l.T("claim.long." + string(c.Certainty))
	}
	return line
}

// siblings bounds the other addresses of the same enterprise that a page
// lists.
const siblings = 8

// unit lists the other establishments of the enterprise, and the one that
// took over.
func (s *site) unit(l *locale.Language, p *establishmentPage, e *directory.Establishment) {
	for _, o := range s.config.Directory.Unit(e.SIREN()) {
		if o.SIRET == e.SIRET {
			continue
		}
		if len(p.Siblings) == siblings {
			p.Siblings1++
			continue
		}
		c, _ := s.config.Places.Commune(o.Commune)
		name := cmp.Or(o.Title(), l.T("directory.masked"))
		if c.Name != "" {
			name += ", " + c.Name
		}
		p.Siblings = append(p.Siblings, link{name, "/entreprises/" + o.SIRET.String()})
	}
	if e.Successor != 0 {
		p.Successor = &link{spaced(e.Successor.String()), "/entreprises/" + e.Successor.String()}
	}
}

// surround draws the neighbours of the other world.
func (s *site) surround(l *locale.Language, p *establishmentPage, e *directory.Establishment) error {
	other := query.Any
	switch p.World {
	case "craft":
		other = query.ESS
	case "ess":
		other = query.Craft
	}
	found, err := s.config.Directory.Nearby(e.SIRET, other, neighbours)
	if errors.Is(err, directory.ErrPlaceless) {
		return nil
	}
	if err != nil {
		return err
	}
	p.OtherWorld = cmp.Or(string(other), "any")
	p.Others = s.entries(l, found, 1)
	v := url.Values{"near": {query.NearCode(e.Commune)}, "radius_km": {"15"}}
	if other != query.Any {
		v.Set("world", string(other))
	}
	p.OthersPath = "/annuaire?" + v.Encode()
	point := e.Point
	q := query.Query{Near: &point}
	p.Pane = s.outlines.paneOf(p.Others, &q, 0)
	if p.Pane != nil {
		p.Pane.Key = true
	}
	return nil
}

// linked makes the data for search engines.
func (s *site) linked(p *establishmentPage, e *directory.Establishment, commune string) *linkedData {
	address := p.BaseURL + "/entreprises/" + e.SIRET.String()
	d := &linkedData{
		Context: "https://schema.org", Type: "LocalBusiness", ID: address, URL: address, Name: p.Name, LegalName: e.Name, Founded: e.Created,
		Identifier: []linkedValue{{"PropertyValue", "SIRET", e.SIRET.String()}, {"PropertyValue", "SIREN", e.SIREN().String()}},
	}
	if commune != "" {
		d.Address = &linkedAddress{Type: "PostalAddress", Street: e.Street, Postcode: e.Postcode, Locality: commune, Country: "FR"}
	}
	if p.Voice != nil {
		for _, v := range p.Voice.Photos {
			d.Image = append(d.Image, p.BaseURL+v.Wide)
		}
	}
	if e.Precision == directory.AtAddress && e.Mask == directory.Shown {
		d.Geo = &linkedPoint{"GeoCoordinates", e.Point.Lat, e.Point.Lon}
	}
	if e.In("ess") && !e.In("craft") {
		d.Type = "Organization"
		d.Geo = nil
	}
	return d
}

// objection returns the address to write to in order to leave the directory.
func (s *site) objection(l *locale.Language, siren string) string {
	to := cmp.Or(s.config.Instance.DPO, s.config.Instance.Contact)
	if !strings.Contains(to, "@") {
		return ""
	}
	return "mailto:" + to + "?subject=" + url.PathEscape(l.T("establishment.object_subject", "siren", siren))
}

func meaningOf(l *locale.Language, label trade.Label) string {
	if l.Code() == "en" {
		return cmp.Or(label.MeaningEN, label.Meaning)
	}
	return label.Meaning
}

// spaced writes a SIREN or a SIRET as people read it: 382 695 187 00049.
func spaced(id string) string {
	if len(id) < 9 {
		return id
	}
	out := id[:3] + "\u00a0" + id[3:6] + "\u00a0" + id[6:9]
	if len(id) > 9 {
		out += "\u00a0" + id[9:]
	}
	return out
}

func capital(s string) string {
	r := []rune(s)
	if len(r) == 0 {
		return s
	}
	return strings.ToUpper(string(r[:1])) + string(r[1:])
}
