package mail

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestRead(t *testing.T) {
	got, err := Read(open(t, "gmail-reply"))
	if err != nil {
		t.Fatal(err)
	}
	if got.From != "Amina@lys.fr" || got.FromName != "Amina Ben Salah" || got.Subject != "Re: Votre place est gardée" || got.MessageID != "CAF+abc@mail.gmail.com" ||
		got.InReplyTo != "01k000amina@passerelle.example" || got.Attachments != 1 || got.Auto || got.Cut || got.Date.UTC().Format("15:04") != "09:15" || got.hops != 1 {
		t.Errorf("read %+v", got)
	}
	if want := "Oui, nous viendrons à deux. L’atelier a un accès de plain-pied ?"; got.Answer != want {
		t.Errorf("answer %q, want %q", got.Answer, want)
	}
	if !strings.Contains(got.Text, "> Votre place est gardée.") {
		t.Errorf("text %q", got.Text)
	}
	got, err = Read(open(t, "outlook-html"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "Bonjour,\n\nJe ne peux pas jeudi\u00a0: l’atelier est fermé.\nLe 10 décembre\u00a0?"; got.Answer != want || got.Subject != "RE: Votre place est gardée" || got.FromName != "Brochard Jean" {
		t.Errorf("answer %q, want %q; %+v", got.Answer, want, got)
	}
	if strings.Contains(got.Text, "alert") || strings.Contains(got.Text, "color") {
		t.Errorf("text %q", got.Text)
	}
}

func TestReadCharsets(t *testing.T) {
	const want = "Fermé l’été"
	for name, m := range map[string]string{
		"utf-8": "Content-Type: text/plain; charset=UTF-8\r\n\r\nFermé l’été", "nothing said": "Subject: x\r\n\r\nFermé l’été",
		"nothing said, 8 bits": "Subject: x\r\n\r\nFerm\xe9 l\x92\xe9t\xe9", "a lie": "Content-Type: text/plain; charset=utf-8\r\n\r\nFerm\xe9 l\x92\xe9t\xe9",
		"latin1": "Content-Type: text/plain; charset=ISO-8859-1\r\n\r\nFerm\xe9 l\x92\xe9t\xe9", "unknown": "Content-Type: text/plain; charset=martien\r\n\r\nFerm\xe9 l\x92\xe9t\xe9",
		"quoted":          "Content-Type: text/plain; charset=windows-1252\r\nContent-Transfer-Encoding: Quoted-Printable\r\n\r\nFerm=E9 l=92=E9t=\r\n=E9",
		"base64":          "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nRmVybcOpIGzigJnDqXTDqQ==",
		"utf-16":          "Content-Type: text/plain; charset=utf-16le\r\nContent-Transfer-Encoding: base64\r\n\r\nRgBlAHIAbQDpACAAbAAZIOkAdADpAA==",
		"no header":       "\r\nFermé l’été",
		"a broken type":   "Content-Type: text/plain; charset=\r\n\r\nFermé l’été",
		"without an end":  "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nFermé l’été",
		"only HTML":       "Content-Type: text/html\r\n\r\n<p hidden>Fermé <b>l&rsquo;été</b>",
		"an empty text":   "Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\n\r\n \r\n--x\r\nContent-Type: text/html\r\n\r\n<div>Fermé l’été</div>\r\n--x--",
		"a file of words": "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nFermé l’été\r\n--x\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nsecret\r\n--x--",
	} {
		got, err := Read(strings.NewReader(m))
		if err != nil || got.Text != want {
			t.Errorf("%s: %q, %v", name, got.Text, err)
		}
	}
}

func TestReadBounds(t *testing.T) {
	got, err := Read(strings.NewReader("Subject: x\r\n\r\n" + strings.Repeat("é", maxText)))
	if err != nil || !got.Cut || len(got.Text) > maxText || !utf8.ValidString(got.Text) {
		t.Errorf("a long text: %d bytes, cut %t, %v", len(got.Text), got.Cut, err)
	}
	if _, err := Read(strings.NewReader("Subject: " + strings.Repeat("x", maxHeader) + "\r\n\r\n")); !errors.Is(err, errUnreadable) {
		t.Errorf("a long header: %v", err)
	}
	var deep strings.Builder
	for i := range 50 {
		fmt.Fprintf(&deep, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
	}
	deep.WriteString("\r\ntext\r\n")
	if got, err := Read(strings.NewReader(deep.String())); err != nil || got.Attachments != 1 || got.Text != "" {
		t.Errorf("a deep mail: %+v, %v", got, err)
	}
	many := "Content-Type: multipart/mixed; boundary=x\r\n\r\n" + strings.Repeat("--x\r\n\r\nmot\r\n", 1000) + "--x--"
	if got, err := Read(strings.NewReader(many)); err != nil || !got.Cut || strings.Count(got.Text, "mot") != maxParts {
		t.Errorf("a mail of many parts: %d, %v", strings.Count(got.Text, "mot"), err)
	}
}

func TestAutomatic(t *testing.T) {
	for head, want := range map[string]bool{
		"Subject: Bonjour": false, "Auto-Submitted: no": false, "Auto-Submitted: auto-replied (vacation)": true, "auto-submitted: auto-generated; owner=x": true,
		"X-Autoreply: yes": true, "X-Autorespond: x": true, "Precedence: bulk": true, "Precedence: Auto_Reply": true, "Precedence: first-class": false, "Return-Path: <>": true, "X-Auto-Response-Suppress: OOF, AutoReply": true, "X-Auto-Response-Suppress: None": false,
		"Return-Path: <a@lys.fr>": false, "List-Id: <x.example>": true, "Subject: Automatic reply: your seat": true, "Subject: Absence du bureau : 3 jours": true,
		"Subject: Re: la réponse automatique du four": false, "Subject: Autoportrait": false,
	} {
		got, err := Read(strings.NewReader(head + "\r\n\r\ntexte"))
		if err != nil || got.Auto != want {
			t.Errorf("%s: %t, %v", head, got.Auto, err)
		}
	}
	if got, err := Read(open(t, "away")); err != nil || !got.Auto {
		t.Errorf("away: %+v, %v", got, err)
	}
}

func TestReply(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"no history":      {"Oui.\n\nÀ jeudi.", "Oui.\n\nÀ jeudi."},
		"French":          {"Oui.\n\nLe 23/11/2026 à 09:00, Passerelle a écrit :\n> Votre place\n> est gardée", "Oui."},
		"French, no sign": {"Oui.\n\nLe lundi 23 novembre 2026 à 09:00:01 UTC+1, Passerelle <a@b.fr> a écrit\u00a0:\n\nVotre place\nest gardée", "Oui."},
		"broken line":     {"Oui.\nLe lun. 23 nov. 2026 à 09:00, Le Relais potager de Lillers\n<bonjour@passerelle.example>\na écrit :\n> x", "Oui."},
		"English":         {"Yes.\n\nOn Mon, 23 Nov 2026 at 09:00, Passerelle <a@b.fr> wrote:\n\n> Your seat", "Yes."},
		"name first":      {"Oui.\nPasserelle <a@b.fr> a écrit :\n> x", "Oui."},
		"between":         {"Le 23/11/2026 à 09:00, Passerelle a écrit :\n> À quelle heure ?\nÀ 14 h.\n> Combien ?\nDeux.", "À 14 h.\nDeux."},
		"under":           {"Le 23/11/2026 à 09:00, Passerelle a écrit :\n\n> À quelle heure ?\n\nÀ 14 h.", "À 14 h."},
		"Outlook":         {"Oui.\n\n-----Message d'origine-----\nDe : Passerelle\nEnvoyé : lundi\nTexte", "Oui."},
		"Outlook, typed":  {"Oui.\n-----Message d’origine-----\nTexte", "Oui."},
		"Outlook header":  {"Oui.\n\n________________________________\nDe : Passerelle <a@b.fr>\nEnvoyé : lundi 23 novembre\nÀ : Amina\nObjet : Votre place\n\nTexte", "Oui."},
		"English header":  {"Yes.\n\nFrom: Passerelle <a@b.fr>\nSent: Monday\nTo: Amina\nSubject: seat\n\nText", "Yes."},
		"a person's own": {
			"Le 3 décembre, Jean a écrit : « venez »\nDe : la gare\nOn wrote it down: 3 times\nLe prix est de 10 :\nvoilà", "Le 3 décembre, Jean a écrit : « venez »\nDe : la gare\nOn wrote it down: 3 times\nLe prix est de 10 :\nvoilà",
		},
		"one sign":          {"Nous en prenons\n> 10 kg\npar semaine", "Nous en prenons\n> 10 kg\npar semaine"},
		"signs alone":       {"Oui.\n\n> a\n> b", "Oui."},
		"nothing to tell":   {"Le 23/11/2026 à 09:00, Passerelle a écrit :\n\nVotre place\n\nOui.", "Le 23/11/2026 à 09:00, Passerelle a écrit :\n\nVotre place\n\nOui."},
		"nothing written":   {"Le 23/11/2026 à 09:00, Passerelle a écrit :\n> Votre place", ""},
		"a signature stays": {"Oui.\n-- \nAmina, Au Pain d’Isbergues", "Oui.\n--\nAmina, Au Pain d’Isbergues"},
		"ends of lines":     {"Oui.\r\n\r\nOn 23/11/2026, x wrote:\r\n> y\r\n", "Oui."},
		"empty":             {"", ""},
	} {
		if got := Reply(c.in); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Whatever comes is read or refused, within bounds, and says nothing hidden.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"postfix-hard", "exchange-soft", "full", "gmail-reply", "outlook-html", "away"} {
		r := open(f, name)
		b := make([]byte, r.Len())
		if _, err := r.Read(b); err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := Read(bytes.NewReader(b))
		if err != nil {
			return
		}
		const room = 3 * (maxText + maxParts) // latin1 grows in UTF-8
		for name, s := range map[string]string{"subject": got.Subject, "name": got.FromName, "text": got.Text, "answer": got.Answer, "id": got.MessageID} {
			if !utf8.ValidString(s) || len(s) > room || strings.ContainsFunc(s, hidden) {
				t.Errorf("%s: %d bytes %.60q", name, len(s), s)
			}
			if name != "text" && name != "answer" && strings.ContainsAny(s, "\r\n") {
				t.Errorf("%s has two lines: %q", name, s)
			}
		}
		if got.From != "" {
			if a, err := Address(got.From); err != nil || a != got.From {
				t.Errorf("from %q: %v", got.From, err)
			}
		}
		if r := got.Report; r != nil && (len(r.Recipients) == 0 || len(r.Recipients) > maxOutcomes || !got.Auto) {
			t.Errorf("report %+v", r)
		}
	})
}

// A report is read or refused, and what it tells stays within bounds.
func FuzzReadBounce(f *testing.F) {
	f.Add("Reporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; amina@lys.fr\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 no\r\n")
	f.Fuzz(func(t *testing.T, s string) {
		report, err := ReadBounce(strings.NewReader("Content-Type: message/delivery-status\r\n\r\n" + s))
		if err != nil {
			return
		}
		for _, o := range report.Recipients {
			if len(o.Diagnostic) > maxDiagnostic || strings.ContainsAny(o.Diagnostic+o.Status+o.Recipient, "\r\n") || o.Hard() && o.Soft() {
				t.Errorf("outcome %+v", o)
			}
		}
	})
}

// What a person wrote above a history stays, whatever it is.
func FuzzReply(f *testing.F) {
	f.Add("Oui.\n> 10 kg")
	f.Fuzz(func(t *testing.T, s string) {
		if got := Reply(s); len(got) > len(s) {
			t.Errorf("Reply(%q) = %q", s, got)
		}
		if strings.ContainsAny(s, ">:-_") || strings.Contains(s, "\r") {
			return
		}
		if got, want := Reply(s+"\n\nOn 23/11/2026, Passerelle wrote:\n> x\n"), strings.Fields(s); strings.Join(strings.Fields(got), " ") != strings.Join(want, " ") {
			t.Errorf("of %q only %q is left", s, got)
		}
	})
}
