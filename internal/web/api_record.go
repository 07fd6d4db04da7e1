package web

import (
	"math"

	"passerelle/internal/clock"
	"passerelle/internal/directory"
	"passerelle/internal/place"
	"passerelle/internal/trade"
)

type day = clock.Day

// A claimRecord says that an establishment belongs to a world.
type claimRecord struct {
	World     string `json:"world" enum:"craft,ess"`
	Certainty string `json:"certainty" enum:"registered,recorded,presumed,flag,listed,legal_form"`
	Source    string `json:"source" doc:"Who says so" example:"sirene:aprm"`
	AsOf      day    `json:"as_of" doc:"Date of that source"`
}

// A tradeRecord is what a craft firm does; null for one that is not craft.
type tradeRecord struct {
	Code   string  `json:"code" doc:"NAFA code; NAF code without its dot where the register gives no NAFA" example:"1071CA"`
	Label  string  `json:"label"`
	Sector *string `json:"sector" doc:"food, building, making or services"`
}

// A communeRecord is where an establishment is; null when that is masked.
type communeRecord struct {
	Code string `json:"code" doc:"INSEE code of today" example:"62473"`
	Name string `json:"name"`
}

// A listRecord is an establishment in a list.
type listRecord struct {
	SIRET     string         `json:"siret" pattern:"^[0-9]{14}$"`
	SIREN     string         `json:"siren" pattern:"^[0-9]{9}$"`
	Name      *string        `json:"name" doc:"null when masked"`
	Sign      *string        `json:"sign" doc:"What neighbours know it by, when it is another"`
	Masked    bool           `json:"masked" doc:"A natural person who refused diffusion: name, sign, address, commune and position are null"`
	Worlds    []claimRecord  `json:"worlds" doc:"Each world with the surest claim to it"`
	Trade     *tradeRecord   `json:"trade"`
	NAF       *string        `json:"naf" doc:"NAF rév. 2" example:"10.71C"`
	Family    *string        `json:"family" doc:"cooperative, association, mutual, foundation or company; null outside the ESS"`
	Labels    []string       `json:"labels" doc:"Slugs"`
	Size      *string        `json:"size" doc:"Head-count band of Sirene" example:"01"`
	Commune   *communeRecord `json:"commune"`
	Territory *string        `json:"territory" example:"artois"`
	Lat       *float64       `json:"lat"`
	Lon       *float64       `json:"lon"`
	Position  *string        `json:"position" doc:"address, or commune when it is the commune's centre"`
	Distance  *float64       `json:"distance_km" doc:"From the point of the question; null without one"`
}

// A record is all that is said of one establishment.
type record struct {
	listRecord
	Address   *addressRecord   `json:"address"`
	LegalForm *legalFormRecord `json:"legal_form"`
	Created   *string          `json:"created" doc:"Day of creation; null when unknown"`
	Evidence  []evidenceRecord `json:"evidence" doc:"Everything that puts it in the directory, surest first"`
	Successor *string          `json:"successor" doc:"SIRET of the establishment that took over"`
}

// An addressRecord is a postal address; null when it is masked.
type addressRecord struct {
	Street     *string `json:"street"`
	Complement *string `json:"complement"`
	Postcode   *string `json:"postcode"`
	City       *string `json:"city"`
}

// A legalFormRecord is a legal category.
type legalFormRecord struct {
	Code  string  `json:"code" example:"5499"`
	Label *string `json:"label"`
}

// An evidenceRecord is one reason why an establishment is in the directory.
type evidenceRecord struct {
	World     *string `json:"world" doc:"craft or ess; null for a label that makes neither"`
	Certainty *string `json:"certainty"`
	Source    string  `json:"source"`
	AsOf      day     `json:"as_of"`
	Value     *string `json:"value" doc:"What the source says: a code, the kind of a list"`
}

func ptr[T any](v T) *T { return &v }

// text is null for what is empty.
func text[S ~string](s S) *string {
	if s == "" {
		return nil
	}
	return ptr(string(s))
}

func round6(f float64) float64 { return math.Round(f*1e6) / 1e6 }

// worldsOf returns the surest claim to each world.
func worldsOf(e *directory.Establishment) []claimRecord {
	out := make([]claimRecord, 0, 2)
	for _, c := range e.Claims {
		if len(out) > 0 && out[0].World == c.World || len(out) > 1 {
			continue
		}
		out = append(out, claimRecord{c.World, string(c.Certainty), c.Source, c.AsOf})
	}
	return out
}

// tradeOf returns what a craft firm does: its NAFA code, else its NAF code.
func tradeOf(e *directory.Establishment, trades *trade.Table) (code, label string, ok bool) {
	if !e.In("craft") {
		return "", "", false
	}
	if e.NAFA != "" {
		if c, ok := trades.ByNAFA(e.NAFA); ok {
			return e.NAFA, c.Label, true
		}
		if label, ok := trades.NAFLabel(nafOfNAFA(e.NAFA)); ok {
			return e.NAFA, label, true
		}
		return e.NAFA, tradeName(e, trades), true
	}
	code = e.NAF
	if len(code) == 6 && code[2] == '.' {
		code = code[:2] + code[3:]
	}
	label, known := trades.NAFLabel(e.NAF)
	if !known {
		label = tradeName(e, trades)
	}
	return code, label, true
}

// nafOfNAFA returns the NAF code that a NAFA code refines: 1071CA → 10.71C.
func nafOfNAFA(code string) string {
	if len(code) != 6 {
		return ""
	}
	return code[:2] + "." + code[2:5]
}

func tradeName(e *directory.Establishment, trades *trade.Table) string {
	t, _ := trades.Trade(e.Trade)
	return t.Name
}

// labelsOf returns the slugs of an establishment's labels, each once.
func labelsOf(e *directory.Establishment) []string {
	out := make([]string, 0, len(e.Marks))
next:
	for _, m := range e.Marks {
		for _, had := range out {
			if had == m.Label {
				continue next
			}
		}
		out = append(out, m.Label)
	}
	return out
}

// facts are what a list says of a hit; what is empty is null. They are the
// one place where the mask decides, for answers of every form.
type facts struct {
	e           *directory.Establishment
	name, sign  string
	masked      bool
	hasTrade    bool
	code, label string // of the trade
	commune     place.Commune
	placed      bool    // has a position
	distance    float64 // metres; below 0 is none
}

// factsOf returns what a list says of a hit. What is masked is not in it: it
// was never in the snapshot, and is left out here again.
func factsOf(h *directory.Hit, places *place.Atlas, trades *trade.Table) facts {
	e := &h.Establishment
	f := facts{e: e, masked: e.Mask == directory.MaskedPerson, distance: -1}
	f.code, f.label, f.hasTrade = tradeOf(e, trades)
	if f.masked {
		return f
	}
	f.name, f.sign = e.Name, e.Sign
	if e.Commune != "" {
		f.commune, _ = places.Commune(e.Commune)
		f.commune.Code = e.Commune
	}
	if e.Precision != directory.Nowhere {
		f.placed, f.distance = true, h.Distance
	}
	return f
}

// listRecordOf returns what a list says of a hit.
func listRecordOf(h *directory.Hit, places *place.Atlas, trades *trade.Table) listRecord {
	f := factsOf(h, places, trades)
	e := f.e
	r := listRecord{
		SIRET: e.SIRET.String(), SIREN: e.SIREN().String(), Name: text(f.name), Sign: text(f.sign),
		Masked: f.masked, Worlds: worldsOf(e), NAF: text(e.NAF), Family: text(e.Family),
		Labels: labelsOf(e), Size: text(e.Size), Territory: text(e.Territory),
	}
	if f.hasTrade {
		r.Trade = &tradeRecord{Code: f.code, Label: f.label, Sector: text(e.Sector)}
	}
	if f.commune.Code != "" {
		r.Commune = &communeRecord{Code: f.commune.Code, Name: f.commune.Name}
	}
	if f.placed {
		r.Lat, r.Lon, r.Position = ptr(round6(e.Point.Lat)), ptr(round6(e.Point.Lon)), text(e.Precision)
	}
	if f.distance >= 0 {
		r.Distance = ptr(inKm(f.distance))
	}
	return r
}

// inKm returns metres as kilometres, to the metre.
func inKm(m float64) float64 { return math.Round(m) / 1000 }

// record returns all that is said of an establishment.
func (s *Server) record(e *directory.Establishment) record {
	r := record{
		listRecord: listRecordOf(&directory.Hit{Establishment: *e, Distance: -1}, s.config.Places, s.config.Trades),
		Created:    text(e.Created),
		Evidence:   evidenceOf(e),
	}
	if e.Successor != 0 {
		r.Successor = ptr(e.Successor.String())
	}
	if e.LegalForm != "" {
		label, _ := s.config.Trades.LegalForm(e.LegalForm)
		r.LegalForm = &legalFormRecord{Code: e.LegalForm, Label: text(label)}
	}
	if e.Mask == directory.Shown && (e.Street != "" || e.Postcode != "") {
		r.Address = &addressRecord{Street: text(e.Street), Complement: text(e.Complement), Postcode: text(e.Postcode)}
		if r.Commune != nil {
			r.Address.City = text(r.Commune.Name)
		}
	}
	return r
}

// evidenceOf tells everything that puts an establishment in the directory.
func evidenceOf(e *directory.Establishment) []evidenceRecord {
	out := make([]evidenceRecord, 0, len(e.Claims)+len(e.Marks))
	for _, c := range e.Claims {
		v := evidenceRecord{World: ptr(c.World), Certainty: ptr(string(c.Certainty)), Source: c.Source, AsOf: c.AsOf}
		switch c.Certainty {
		case directory.Recorded:
			v.Value = text(e.NAFA)
		case directory.Presumed:
			if v.Value = text(e.NAF); c.Source == "sirene:legal_form" {
				v.Value = text(e.LegalForm)
			}
		case directory.LegalForm:
			v.Value = text(e.LegalForm)
		}
		out = append(out, v)
	}
	for _, m := range e.Marks {
		v := evidenceRecord{Source: "list:" + m.Label, AsOf: m.AsOf, Value: text(m.Kind)}
		out = append(out, v)
	}
	return out
}
