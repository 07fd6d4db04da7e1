package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"passerelle/internal/clock"
	"passerelle/internal/contact"
	"passerelle/internal/locale"
)

func consentText(l *locale.Language, c contact.Consent) string {
	switch c {
	case contact.Given:
		return l.T("contacts.consent.given")
	case contact.Refused:
		return l.T("contacts.consent.refused")
	}
	return ""
}

func wayText(l *locale.Language, w contact.Way) string {
	if w == "" {
		return ""
	}
	return l.T("contacts.way." + string(w))
}

// consentInputs ask what somebody answered, on which day, to which words and by
// which way.
func consentInputs(l *locale.Language, a contact.Answer, faults map[string]string) []input {
	answer := input{Name: "consent", Label: l.T("contacts.field.consent")}
	for value, of := range []contact.Consent{contact.NotAsked, contact.Given, contact.Refused} {
		name := []string{"not_asked", "given", "refused"}[value]
		answer.Options = append(answer.Options, option{Value: name, Name: l.T("contacts.consent." + name), Chosen: a.Consent == of})
	}
	way := input{Name: "consent_way", Label: l.T("contacts.field.consent_way"), Options: []option{{Name: l.T("contacts.way.none")}}}
	for _, w := range contact.Ways() {
		way.Options = append(way.Options, option{Value: string(w), Name: wayText(l, w), Chosen: a.Way == w})
	}
	return []input{
		answer,
		{Name: "consent_day", Label: l.T("contacts.field.consent_day"), Hint: l.T("contacts.hint.consent_day"), Type: "date", Value: string(a.Day), Error: faults["consent_day"], Free: true},
		{Name: "consent_words", Label: l.T("contacts.field.consent_words"), Hint: l.T("contacts.hint.consent_words"), Value: a.Words, Error: faults["consent_words"], Rows: 2, Free: true},
		way,
	}
}

// answerOf reads what somebody answered. A yes that is new says to which words:
// without them it could not be shown later. Its day is today where none is
// given.
func (s *site) answerOf(l *locale.Language, form url.Values, old *contact.Contact, faults map[string]string) contact.Answer {
	a := contact.Answer{
		Consent: map[string]contact.Consent{"given": contact.Given, "refused": contact.Refused}[form.Get("consent")],
		Words:   cut(one(form, "consent_words"), 500),
	}
	for _, w := range contact.Ways() {
		if form.Get("consent_way") == string(w) {
			a.Way = w
		}
	}
	typed := strings.TrimSpace(form.Get("consent_day"))
	today := clock.Day(s.today())
	if _, err := time.Parse(time.DateOnly, typed); typed != "" && err != nil || typed > string(today) {
		faults["consent_day"] = l.T("contacts.error.consent_day")
		return a
	}
	a.Day = clock.Day(typed)
	last := contact.Answer{}
	if old != nil {
		last = old.Answered()
	}
	if a.Consent == last.Consent && a.Day == last.Day && a.Words == last.Words && a.Way == last.Way {
		return a // as it was: nobody was asked again
	}
	switch {
	case a.Consent == contact.NotAsked:
		a.Day, a.Words, a.Way = "", "", ""
	case a.Consent == contact.Given && a.Words == "":
		faults["consent_words"] = l.T("contacts.error.consent_words")
	}
	if a.Day == "" && a.Consent != last.Consent {
		a.Day = today
	}
	return a
}

// answerLine tells what somebody answered, to what, when, and who wrote it
// down.
func (s *site) answerLine(r *http.Request, l *locale.Language, a contact.Answer) string {
	said := consentText(l, a.Consent)
	if said == "" {
		said = l.T("contacts.consent.not_asked")
	}
	parts := []string{said}
	if a.Day != "" {
		parts = append(parts, l.Day(a.Day))
	} else {
		parts = append(parts, l.T("contacts.day_unknown"))
	}
	if way := wayText(l, a.Way); way != "" {
		parts = append(parts, way)
	}
	if a.Words != "" {
		parts = append(parts, l.T("contacts.to_words", "words", a.Words))
	}
	if p, err := s.config.Accounts.Person(r.Context(), a.Author); err == nil {
		parts = append(parts, l.T("contacts.recorded_by", "who", p.Name()))
	}
	return strings.Join(parts, " · ")
}
