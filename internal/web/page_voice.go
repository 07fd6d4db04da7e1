package web

import (
	"net/http"
	"net/url"
	"strings"

	"passerelle/internal/locale"
	"passerelle/internal/profile"
	"passerelle/internal/register"
)

// A voice is what an establishment says of itself, on its page.
type voice struct {
	Words, Story, Sells, Buys, Hours, Contact, Phone, Mail, Web, WebName, Languages, Certifications, Zone string
	Resources                                                                                             []string
	Zones                                                                                                 []string // of activities that go another way
	SellsTrades, BuysTrades                                                                               []link   // trades recognised in the words
	Photos                                                                                                []photo
	World                                                                                                 string // whose corners the photos have
	Visits, Apprentices                                                                                   bool
	Shown                                                                                                 bool // at the wish of a person whom the register does not disclose
	Doubtful                                                                                              bool
	At                                                                                                    string // when it was last confirmed
	By                                                                                                    string // who did it for them, empty for themselves
}

// voiceOf returns what an establishment says of itself, nil when it says
// nothing or its words sleep.
func (s *site) voiceOf(r *http.Request, siret register.SIRET) (*voice, error) {
	if s.config.Profiles == nil {
		return nil, nil
	}
	p, err := s.config.Profiles.Profile(r.Context(), siret)
	if err != nil || p.ChangedAt.IsZero() {
		return nil, err
	}
	l := s.words(r)
	state := p.State(s.config.Clock.Now())
	if state == profile.Sleeping {
		return nil, nil
	}
	v := &voice{
		Words: p.Words, Story: p.Story, Sells: p.Sells, Buys: p.Buys, Hours: p.Hours, Contact: p.Contact, Phone: p.Phone, Mail: p.Mail, Web: p.Web, Languages: p.Languages, Certifications: p.Certifications,
		Shown: p.Shown, Visits: p.Visits, Apprentices: p.Apprentices, Doubtful: state == profile.ToTell, At: l.Moment(p.ConfirmedAt),
	}
	if u, err := url.Parse(p.Web); err == nil {
		v.WebName = u.Hostname()
	}
	v.Zone = s.zoneText(l, &p.Content)
	for _, z := range p.Zones {
		v.Zones = append(v.Zones, l.T("profile.zone_line", "activity", z.Activity, "zone", zoneName(l, z.Zone)))
	}
	v.SellsTrades, v.BuysTrades = s.tradeLinks(l, p.SellsTrades(s.config.Trades)), s.tradeLinks(l, p.BuysTrades(s.config.Trades))
	for _, slug := range p.Resources {
		if res, ok := s.config.Profiles.Vocabulary.Resource(slug); ok {
			v.Resources = append(v.Resources, res.Name(l.Code()))
		}
	}
	if v.Photos, err = s.photosOf(r, siret); err != nil {
		return nil, err
	}
	last, err := s.config.Profiles.Revisions(r.Context(), siret, 1)
	if err != nil {
		return nil, err
	}
	if len(last) > 0 && last[0].ForName != "" {
		v.By = l.T("profile.written_for", "how", l.T("channel."+string(last[0].Channel)))
	}
	return v, nil
}

// zoneText tells how far an establishment goes, empty when it does not say.
func (s *site) zoneText(l *locale.Language, c *profile.Content) string {
	if c.Zone == "" {
		return ""
	}
	if c.Zone != profile.InTerritories {
		return zoneName(l, c.Zone)
	}
	var names []string
	for _, slug := range c.Territories {
		if t, ok := s.config.Places.Territory(slug); ok {
			names = append(names, t.Name)
		}
	}
	return strings.Join(names, ", ")
}

// sleeps reports whether nobody has confirmed for long what an establishment
// says: nothing that it told is on its page then.
func (s *site) sleeps(r *http.Request, siret register.SIRET) (bool, error) {
	if s.config.Profiles == nil {
		return false, nil
	}
	p, err := s.config.Profiles.Profile(r.Context(), siret)
	return err == nil && !p.ChangedAt.IsZero() && p.State(s.config.Clock.Now()) == profile.Sleeping, err
}
