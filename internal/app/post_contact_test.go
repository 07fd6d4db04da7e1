package app

import (
	"strings"
	"testing"

	"passerelle/internal/account"
	"passerelle/internal/contact"
	"passerelle/internal/db"
	"passerelle/internal/directory/directorytest"
	"passerelle/internal/exchange"
	"passerelle/internal/mail"
)

// Whatever is written to somebody without account says where the house has
// their address from, and leads to where one press erases them; a member is
// told neither.
func TestMailToAContactSaysWhereFrom(t *testing.T) {
	ctx := t.Context()
	h := houseOn(t, "sqlite")
	nadia := &account.Person{ID: "nadia", Duties: []account.Duty{{Role: account.Facilitator, Institution: account.CMA}}}
	var keys, tokens []string
	for _, k := range []struct{ mail, source string }{{"petit@lys.fr", "salon de mars"}, {"grand@lys.fr", ""}} {
		id, err := h.Contacts.Save(ctx, account.Actor{Who: "nadia"}, nadia, contact.Contact{FamilyName: "Petit", Mail: k.mail, SIRET: directorytest.Garage}, contact.Origin{Source: k.source})
		if err != nil {
			t.Fatal(err)
		}
		if err := h.DB.Read(ctx, func(tx *db.Tx) error {
			c, err := contact.KnownIn(ctx, tx, id)
			keys, tokens = append(keys, exchange.ContactKey(c)), append(tokens, c.Token)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	letter := mail.Letter{Language: "fr", Subject: "Une question", Title: "Une question", Preheader: "Oui ?", Blocks: []mail.Block{mail.Para("Oui ?")}, Why: "Parce que."}
	words := h.Words.For("fr")
	for _, to := range []exchange.Recipient{{Key: keys[0], Mail: "petit@lys.fr", Language: "fr"}, {Key: keys[1], Mail: "grand@lys.fr", Language: "fr"}, {Key: "amina", Mail: "amina@lys.fr", Language: "fr", Member: true}} {
		err := h.DB.Write(ctx, func(tx *db.Tx) error {
			if _, err := h.Post.solicit(ctx, tx, to, "", "team.ask", letter); err != nil {
				return err
			}
			if err := h.Post.send(ctx, tx, mail.Posted{Person: to.Key, Class: mail.Answer, Kind: "team.agreed"}, letter, to.Mail); err != nil {
				return err
			}
			i := &exchange.Introduction{ID: "i1", Seeker: directorytest.Garage, Wanted: directorytest.Brochard, State: exchange.Accepted}
			return h.Post.passOn(ctx, tx, words, exchange.IntroductionLetter{Kind: "introduction.message", Introduction: i, To: to, Side: exchange.Seeker, Token: "t", Message: &exchange.Message{Side: exchange.Wanted, Words: "Bonjour"}})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	box, err := h.Post.outbox.Mailbox(ctx, "", 100)
	if err != nil || len(box) != 9 {
		t.Fatalf("%d mails, %v", len(box), err)
	}
	for _, m := range box {
		for _, text := range []string{m.Message.Text, m.Message.HTML} {
			text = strings.Join(strings.Fields(text), " ")
			from, erase := strings.Contains(text, "Votre adresse nous vient de : salon de mars."), strings.Contains(text, "/contact/"+tokens[0])
			switch m.Message.To {
			case "petit@lys.fr":
			case "grand@lys.fr":
				from, erase = strings.Contains(text, "Votre adresse nous vient d’un fichier"), strings.Contains(text, "/contact/"+tokens[1])
			default:
				if strings.Contains(text, "nous vient d") || strings.Contains(text, "/contact/") {
					t.Errorf("%s to a member:\n%s", m.Kind, text)
				}
				continue
			}
			if !from || !erase {
				t.Errorf("%s to %s says where from: %t, how to be erased: %t\n%s", m.Kind, m.Message.To, from, erase, text)
			}
		}
	}
}
