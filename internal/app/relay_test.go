package app

import (
	"context"
	"fmt"
	"net"
	"net/smtp"
	"strings"
	"testing"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/directory"
	"passerelle/internal/directory/directorytest"
	"passerelle/internal/exchange"
	"passerelle/internal/mail/mailtest"
)

// A relay is a conversation between jean, of the carpenters, who has an account
// and amina, of the garage; mails come in and go out over real SMTP.
type relay struct {
	*mailroom
	in      string // where mails are taken
	meeting string // id
	asked   mailtest.Received
}

func openRelay(t *testing.T) *relay {
	t.Helper()
	r := &relay{mailroom: openMailroom(t, "sqlite", directorytest.Establishments())}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan bool)
	go func() {
		r.Post.receive(ctx, l, func(err error) { t.Error(err) })
		close(done)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	r.in = l.Addr().String()
	m, err := r.Introductions.Ask(t.Context(), exchange.Request{Seeker: directorytest.Charpentiers, Wanted: directorytest.Garage, Words: "Du bois contre des palettes", Who: r.nadia, By: byNadia(r.mailroom)})
	if err != nil {
		t.Fatal(err)
	}
	r.meeting = m.ID
	if _, err := r.Introductions.Answer(t.Context(), m.ID, exchange.IntroductionAnswer{Step: exchange.Accept, By: account.Actor{Who: r.amina.ID, Channel: account.Web}}); err != nil {
		t.Fatal(err)
	}
	r.goes(t)
	if err := r.Introductions.Say(t.Context(), m.ID, exchange.Seeker, "Quand passer ?", account.Actor{Who: r.jean.ID, Channel: account.Web}); err != nil {
		t.Fatal(err)
	}
	went := r.goes(t)
	if len(went) != 1 || went[0].To[0] != "amina@lys.example" {
		t.Fatalf("passed on: %+v", went)
	}
	r.asked = went[0]
	return r
}

// goes sends what is due now.
func (r *relay) goes(t *testing.T) []mailtest.Received {
	t.Helper()
	before := len(r.sink.Mails())
	r.now.Pass(time.Minute)
	if _, err := r.Post.outbox.SendDue(t.Context(), "bulk"); err != nil {
		t.Fatal(err)
	}
	return r.sink.Mails()[before:]
}

// comes brings a mail to the address by which amina answers.
func (r *relay) comes(envelope, text string) error {
	to := r.asked.Header.Get("Reply-To")
	return smtp.SendMail(r.in, nil, envelope, []string{strings.Trim(to, "<>")}, []byte(strings.ReplaceAll(text, "\n", "\r\n")))
}

// What one side writes reaches the other as words, once, from the house, under
// the name of the firm: whatever the mail says of who sent it.
func TestHardCase19RelayPassesWordsOn(t *testing.T) {
	r := openRelay(t)
	link := "https://passerelle.example/mises-en-relation/" + r.meeting + "/lien/"
	if !strings.Contains(r.asked.Text, link) {
		t.Fatalf("no link in\n%s", r.asked.Text)
	}
	opener := r.asked.Text[strings.Index(r.asked.Text, link):]
	opener = opener[:strings.IndexAny(opener, "\r\n")]
	history := "Le 23/11/2026 à 09:00, Passerelle a écrit :\n" // what a program puts under an answer, without marking it
	quoted := strings.ReplaceAll(r.asked.Text, "\n", "\n> ")
	for name, c := range map[string]struct {
		head, body string
		says, not  []string
	}{
		"from somebody else":          {"From: Un tiers <tiers@faux.example>", "Mardi", []string{"Mardi", "Garage de la Gare"}, []string{"tiers", "faux.example"}},
		"from the other side":         {"From: Jean <jean@lys.example>\nSender: jean@lys.example\nReply-To: piege@faux.example", "Mardi", []string{"Mardi", "Garage de la Gare"}, []string{"piege", "faux.example"}},
		"a name with a header":        {"From: =?utf-8?q?Amina=0D=0ABcc:_tous@faux.example?= <amina@lys.example>\nSubject: =?utf-8?q?a=0D=0ABcc:_tous@faux.example?=", "Mardi", []string{"Mardi"}, []string{"faux.example", "amina@"}},
		"HTML":                        {"From: amina@lys.example\nContent-Type: text/html; charset=utf-8", `<p>Mardi<script>alert(1)</script><img src="https://pisteur.example/1"> <a href="javascript:alert(2)">ici</a></p>`, []string{"Mardi", "ici"}, []string{"alert", "pisteur", "javascript"}},
		"a file":                      {"From: amina@lys.example\nContent-Type: multipart/mixed; boundary=x", "--x\n\nLe devis\n--x\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=devis.pdf\n\nSECRET\n--x--", []string{"Le devis", "pièce"}, []string{"SECRET", "devis.pdf"}},
		"a history that is marked":    {"From: amina@lys.example", "Mardi\n\n" + history + "> " + quoted, []string{"Mardi"}, []string{opener, "@passerelle", "amina@", "Quand passer"}},
		"a history without an answer": {"From: amina@lys.example", history + "\n" + r.asked.Text + "\nÀ : amina@lys.example\nMardi", []string{"Mardi"}, []string{opener, "@passerelle", "amina@", "/contact/"}},
		"a history alone":             {"From: amina@lys.example", "> De : x\n> " + quoted + "\n> Cc : JEAN@lys.example", nil, []string{opener, "@passerelle", "amina@", "JEAN@", "jean@"}},
		"links that were wrapped":     {"From: amina@lys.example", "Mardi https://filtre.example/?u=" + strings.NewReplacer(":", "%3A", "/", "%2F").Replace(opener), []string{"Mardi"}, []string{"filtre.example", "lien%2F"}},
		"one's own address":           {"From: Amina <amina.autre@box.example>", "Mardi\n-- \nAmina, Amina.Autre@box.example ou amina@lys.example", []string{"Mardi"}, []string{"autre@box", "Autre@box", "amina@"}},
	} {
		id := strings.ReplaceAll(name, " ", "-")
		for range 2 { // a server that saw no answer brings it again
			if err := r.comes("amina@lys.example", c.head+"\nMessage-Id: <"+id+"@box.example>\n\n"+c.body); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		went := r.goes(t)
		if len(went) != 1 && c.says != nil || len(went) > 1 {
			t.Errorf("%s: %d mails go", name, len(went))
			continue
		}
		for _, m := range went {
			all := m.Subject + m.Text + m.HTML + fmt.Sprint(m.Header["From"], m.Header["Reply-To"], m.Header["Sender"])
			for _, want := range c.says {
				if !strings.Contains(all, want) {
					t.Errorf("%s: not %q in\n%s", name, want, m.Text)
				}
			}
			own := strings.ReplaceAll(m.Text+m.HTML, m.Header.Get("Reply-To"), "")
			for _, secret := range c.not {
				if strings.Contains(own, secret) || strings.Contains(m.Subject+m.Header.Get("From")+m.Header.Get("Bcc"), secret) && secret != "@passerelle" {
					t.Errorf("%s: %q in\n%s", name, secret, m.Text)
				}
			}
			for _, fault := range harmful(m) {
				t.Errorf("%s: %s", name, fault)
			}
			if m.To[0] != "jean@lys.example" || !strings.HasPrefix(strings.Trim(m.Header.Get("Reply-To"), "<>"), "c-"+r.meeting+"s-") {
				t.Errorf("%s: to %v, answers to %s", name, m.To, m.Header.Get("Reply-To"))
			}
		}
	}
	said, err := r.Introductions.Messages(t.Context(), r.meeting)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range said {
		if m.Side == exchange.Wanted && m.Author == r.jean.ID {
			t.Error("what was forged is taken for the other side's")
		}
	}
}

// What a machine wrote, what the house itself sent, what is too much and what
// went round reaches nobody.
func TestHardCase19RelayPassesNoMachineOn(t *testing.T) {
	r := openRelay(t)
	const from = "From: amina@lys.example\n"
	for name, c := range map[string]struct {
		envelope, mail string
		refused        bool
	}{
		"an answering machine":      {"amina@lys.example", from + "Auto-Submitted: auto-replied\n\nAbsente", false},
		"one of Exchange":           {"amina@lys.example", from + "X-Auto-Response-Suppress: All\n\nAbsente", false},
		"a list":                    {"amina@lys.example", from + "Precedence: bulk\n\nNouvelles", false},
		"a refusal":                 {"", "From: MAILER-DAEMON@lys.example\n\nVotre mail n'est pas passé", false},
		"one of the house":          {"amina@lys.example", from + "Message-Id: " + r.asked.Header.Get("Message-Id") + "\n\nQuand passer ?", false},
		"one that went round":       {"amina@lys.example", strings.Repeat("Received: by x\n", 60) + from + "\nBoucle", true},
		"one that is too long":      {"amina@lys.example", from + "\n" + strings.Repeat("0123456789012345678901234567890123456789\n", 600_000), true},
		"one that says nothing":     {"amina@lys.example", from + "\n", false},
		"the house's, passed round": {"amina@lys.example", from + "Message-Id: <autre@PASSERELLE.example>\n\nQuand passer ?", false},
	} {
		if err := r.comes(c.envelope, c.mail); (err != nil) != c.refused {
			t.Errorf("%s: %v", name, err)
		}
		if went := r.goes(t); len(went) != 0 {
			t.Errorf("%s reaches %v: %s", name, went[0].To, went[0].Text)
		}
	}
	if err := r.comes("amina@lys.example", from+"\nMardi"); err != nil || len(r.goes(t)) != 1 {
		t.Errorf("after all that, a person's own does not go: %v", err)
	}
	// Once one of the two has left the directory, nothing says who it was.
	if err := r.comes("amina@lys.example", from+"\nMercredi"); err != nil {
		t.Fatal(err)
	}
	if err := r.Directory.Hide(t.Context(), directory.Act{Channel: "test"}, directorytest.Garage, "objection"); err != nil {
		t.Fatal(err)
	}
	for _, found := range tells(r.goes(t), "Garage de la Gare", "Mercredi") {
		t.Error(found)
	}
}
