package app

import (
	"context"
	"errors"
	"fmt"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/directory/query"
	"passerelle/internal/exchange"
	"passerelle/internal/register"
)

// A demoNeed is an invented need or offer, and whose it is.
type demoNeed struct {
	of      query.Query // finds its establishment: the first that has none yet
	what    exchange.NeedContent
	answers []query.Query // who is interested
	asked   string        // a question, of the first of them
	answer  string
	met     bool // the first of them is chosen
	pool    *demoPool
	phone   string
}

// A demoPool is how far an invented purchase has come.
type demoPool struct {
	threshold exchange.Quantity
	share     exchange.Quantity // of each
	group     bool              // it is made
}

func craftIn(territory, slug string) query.Query {
	return query.Query{World: query.Craft, Trades: []string{slug}, Territories: []string{territory}, Page: 1, PerPage: 40}
}

func essIn(territory, label string) query.Query {
	return query.Query{World: query.ESS, Labels: []string{label}, Territories: []string{territory}, Page: 1, PerPage: 40}
}

// demoNeeds are needs and offers such as one meets in the Pas-de-Calais.
func demoNeeds() []demoNeed {
	seeking, offering := exchange.Seeking, exchange.Offering
	return []demoNeed{
		{
			of: craftIn("artois", "menuisier"), answers: []query.Query{essIn("artois", "siae"), craftIn("artois", "ebeniste")}, asked: "Les panneaux sont-ils mélaminés ?", answer: "Oui, 19 mm, tous du même format.",
			what: exchange.NeedContent{Direction: seeking, Kind: exchange.Machine, Title: "Scie à format pour deux jours", Words: "Nous avons quarante panneaux à débiter pour une école. Nous venons avec un opérateur.", Trades: []string{"menuisier"}, RadiusKM: 30},
		},
		{of: essIn("artois", "siae"), what: exchange.NeedContent{Direction: offering, Kind: exchange.Materials, Title: "Palettes de chêne à donner", Words: "Des palettes perdues, propres et sèches, triées par notre équipe. À enlever le vendredi.", Quantity: 60_000, Unit: "palettes", RadiusKM: 20}},
		{of: craftIn("artois", "boulanger"), what: exchange.NeedContent{Direction: offering, Kind: exchange.Materials, Title: "Pain de la veille, chaque matin", Words: "Une quinzaine de kilos par jour, plutôt que de le jeter. Pour une épicerie solidaire ou une association.", Quantity: 15_000, Unit: "kg par jour", RadiusKM: 10}},
		{of: essIn("audomarois", "siae"), what: exchange.NeedContent{Direction: seeking, Kind: exchange.Service, Title: "Entretien de six fourgons", Words: "Vidange, freins, contrôle technique : un garage qui accepte de former un salarié en insertion.", Trades: []string{"garagiste"}, Quantity: 6_000, Unit: "fourgons", RadiusKM: 20}},
		{of: craftIn("audomarois", "couvreur"), answers: []query.Query{craftIn("audomarois", "charpentier")}, met: true, what: exchange.NeedContent{Direction: seeking, Kind: exchange.Staff, Title: "Un couvreur pour trois semaines", Words: "Un chantier à Saint-Omer, un salarié prêté par une entreprise qui a un creux.", Trades: []string{"couvreur", "charpentier"}, RadiusKM: 30}},
		{of: craftIn("calaisis", "macon"), what: exchange.NeedContent{Direction: seeking, Kind: exchange.Works, Title: "Lot plomberie d’une maison des associations", Words: "Rénovation de 240 m². Clause sociale : nous cherchons un plombier et une entreprise d’insertion.", Trades: []string{"plombier"}, RadiusKM: 50}},
		{of: essIn("boulonnais", "scop"), what: exchange.NeedContent{Direction: offering, Kind: exchange.Room, Title: "Salle de 20 places le lundi", Words: "Tables, écran, parking. Pour une formation ou une réunion d’artisans.", Quantity: 20_000, Unit: "places", RadiusKM: 20}},
		{of: craftIn("boulonnais", "paysagiste"), what: exchange.NeedContent{Direction: offering, Kind: exchange.Vehicle, Title: "Camion-benne à prêter le week-end", Words: "Contre le plein et un coup de main. Permis B.", RadiusKM: 20}},
		{of: craftIn("artois", "coiffeur"), what: exchange.NeedContent{Direction: seeking, Kind: exchange.Mentoring, Title: "Parrainage pour une reprise", Words: "Je reprends un salon dans un an. Je cherche quelqu’un qui l’a fait, pour deux rencontres.", Trades: []string{"coiffeur"}}},
		{of: essIn("arrageois", "siae"), what: exchange.NeedContent{Direction: offering, Kind: exchange.Skills, Title: "Deux jours d’atelier couture", Words: "Notre équipe a des heures en janvier : retouches, petites séries, nappes.", Trades: []string{"couturier"}, Quantity: 14_000, Unit: "heures", RadiusKM: 30}},
		{of: craftIn("arrageois", "traiteur"), phone: "la gérante", what: exchange.NeedContent{Direction: seeking, Kind: exchange.Storage, Title: "Un coin de chambre froide", Words: "Six mètres cubes, du jeudi au dimanche, autour d’Arras.", Quantity: 6_000, Unit: "m³", RadiusKM: 10}},
		{of: craftIn("artois", "plombier"), what: exchange.NeedContent{Direction: seeking, Kind: exchange.Service, Title: "Nettoyage d’atelier, une fois par semaine", Words: "250 m², le vendredi après-midi. Une structure d’insertion serait la bienvenue.", Quantity: 3_000, Unit: "h par semaine", RadiusKM: 20}},
		{
			of: craftIn("artois", "boulanger"), answers: []query.Query{craftIn("artois", "boulanger"), craftIn("artois", "boulanger")}, pool: &demoPool{threshold: 10_000, share: 2_500},
			what: exchange.NeedContent{Direction: seeking, Kind: exchange.Purchase, Title: "Farine de meule, à la palette", Words: "Un moulin du Haut-Pays livre à partir de dix tonnes.", Trades: []string{"boulanger"}, Unit: "t", RadiusKM: 30},
		},
		{
			of: craftIn("audomarois", "menuisier"), answers: []query.Query{craftIn("audomarois", "menuisier"), craftIn("audomarois", "charpentier")}, pool: &demoPool{threshold: 6_000, share: 3_000, group: true},
			what: exchange.NeedContent{Direction: seeking, Kind: exchange.Purchase, Title: "Chêne de pays, un camion", Words: "Scié et séché, pour l’hiver.", Trades: []string{"menuisier", "charpentier"}, Unit: "m³", RadiusKM: 30},
		},
		{of: craftIn("artois", "electricien"), what: exchange.NeedContent{Direction: offering, Kind: exchange.Machine, Title: "Nacelle de 12 mètres", Words: "Libre en janvier. Avec un certificat d’aptitude à la conduite.", RadiusKM: 30}},
	}
}

// demoLife fills the demonstration with needs and offers, by the acts that
// people do, once.
func (h *house) demoLife(x *Context) error {
	some, err := h.Needs.Open(x.Ctx, exchange.NeedFilter{})
	if err != nil || len(some) > 0 {
		return err
	}
	nadia, err := h.demoPerson(x.Ctx, "nadia@demo.example")
	if err != nil {
		return err
	}
	taken := map[register.SIRET]string{}
	for i, d := range demoNeeds() {
		mail := fmt.Sprintf("atelier%d@demo.example", i+1)
		if i == 0 {
			mail = demoPeople[0].who.Mail
		}
		if err := h.demoNeed(x.Ctx, d, mail, nadia, taken); err != nil {
			return fmt.Errorf("besoin inventé « %s » : %w", d.what.Title, err)
		}
	}
	return nil
}

// demoPerson returns the id of somebody of the demonstration.
func (h *house) demoPerson(ctx context.Context, mail string) (string, error) {
	token, err := h.Accounts.Add(ctx, byCommand, account.NewPerson{Mail: mail})
	if err != nil {
		return "", err
	}
	e, err := h.Accounts.Enter(ctx, token, account.Device{})
	if err != nil {
		return "", err
	}
	return e.Person.ID, nil
}

// demoFirm lets somebody speak for the first establishment of a question that
// nobody of the demonstration speaks for yet.
func (h *house) demoFirm(ctx context.Context, q query.Query, mail, nadia string, taken map[register.SIRET]string) (directory.Establishment, account.Actor, error) {
	found, err := h.Directory.Search(q)
	if err != nil {
		return directory.Establishment{}, account.Actor{}, err
	}
	for _, hit := range found.Hits {
		if _, is := taken[hit.SIRET]; is || hit.Mask != directory.Shown {
			continue
		}
		id, err := h.demoPerson(ctx, mail)
		if err != nil {
			return directory.Establishment{}, account.Actor{}, err
		}
		by := account.Actor{Who: id, Channel: account.Web}
		taken[hit.SIRET] = id
		return hit.Establishment, by, h.demoClaim(ctx, by, hit.Establishment, nadia)
	}
	return directory.Establishment{}, account.Actor{}, db.ErrNotFound
}

// demoClaim gives somebody an establishment, as a facilitator would.
func (h *house) demoClaim(ctx context.Context, by account.Actor, e directory.Establishment, nadia string) error {
	person, err := h.Accounts.Person(ctx, by.Who)
	if err != nil {
		return err
	}
	c, err := h.Accounts.ClaimFirm(ctx, by, person, e.SIRET, e.Territory)
	if errors.Is(err, account.ErrMember) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = h.Accounts.Approve(ctx, account.Actor{Who: nadia, Channel: account.Web}, c.ID, account.ByDecision, "")
	return err
}

// demoNeed posts a need, has it released, and lets it live as far as it is
// told. A territory without such an establishment has no such need.
func (h *house) demoNeed(ctx context.Context, d demoNeed, mail, nadia string, taken map[register.SIRET]string) error {
	e, by, err := h.demoFirm(ctx, d.of, mail, nadia, taken)
	if errors.Is(err, db.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	d.what.Commune = e.Commune
	p := exchange.Posting{SIRET: e.SIRET, Content: d.what, By: by}
	if d.phone != "" {
		p.By, p.Staff, p.ForName = account.Actor{Who: nadia, Channel: account.Phone}, true, d.phone
	}
	n, _, _, err := h.Needs.Post(ctx, p)
	if err != nil {
		return err
	}
	if n.State == exchange.NeedHeld {
		if err := h.Needs.Release(ctx, account.Actor{Who: nadia, Channel: account.Web}, n.ID); err != nil {
			return err
		}
	}
	if d.pool != nil {
		return h.demoPurchase(ctx, d, n.ID, e.SIRET, by, mail, nadia, taken)
	}
	for i, q := range d.answers {
		other, who, err := h.demoFirm(ctx, q, fmt.Sprintf("reponse%d-%s", i+1, mail), nadia, taken)
		if errors.Is(err, db.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if err := h.demoAnswer(ctx, d, n.ID, other.SIRET, who, by, i == 0); err != nil {
			return err
		}
	}
	return nil
}

// demoAnswer answers a need; the first who does asks something, and may be
// chosen.
func (h *house) demoAnswer(ctx context.Context, d demoNeed, need string, s register.SIRET, who, author account.Actor, first bool) error {
	i, err := h.Needs.Interest(ctx, exchange.Answer{Need: need, SIRET: s, Words: "Nous pouvons, dès la semaine prochaine.", By: who})
	if err != nil || !first {
		return err
	}
	if d.asked != "" {
		if err := h.Needs.Ask(ctx, exchange.Answer{Need: need, SIRET: s, Words: d.asked, By: who}); err != nil {
			return err
		}
		questions, err := h.Needs.Questions(ctx, need)
		if err != nil {
			return err
		}
		if err := h.Needs.AnswerQuestion(ctx, author, need, questions[0].ID, d.answer); err != nil {
			return err
		}
	}
	if d.met {
		return h.Needs.Choose(ctx, author, need, i.ID)
	}
	return nil
}

// demoPurchase opens a purchase to others, lets them in, compares two offers,
// and makes the group where there is to be one.
func (h *house) demoPurchase(ctx context.Context, d demoNeed, need string, s register.SIRET, by account.Actor, mail, nadia string, taken map[register.SIRET]string) error {
	until := clock.Day(h.Needs.Clock.Now().In(clock.Paris).AddDate(0, 0, 20).Format("2006-01-02"))
	if err := h.Needs.OpenPool(ctx, by, need, d.pool.threshold, until); err != nil {
		return err
	}
	join := func(s register.SIRET, who account.Actor) error {
		return h.Needs.Join(ctx, exchange.Answer{Need: need, SIRET: s, By: who}, d.pool.share)
	}
	if err := join(s, by); err != nil {
		return err
	}
	for i, q := range d.answers {
		other, who, err := h.demoFirm(ctx, q, fmt.Sprintf("achat%d-%s", i+1, mail), nadia, taken)
		if errors.Is(err, db.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if err := join(other.SIRET, who); err != nil {
			return err
		}
	}
	for _, o := range []exchange.Offer{{Supplier: "Coopérative du Haut-Pays", Unit: 48_000, Delivery: 12_000, Delivers: true}, {Supplier: "Négoce de la Lys", Unit: 45_500, Delivery: 30_000, Minimum: 5_000, Delivers: true}} {
		if err := h.Needs.AddOffer(ctx, by, need, o); err != nil {
			return err
		}
	}
	p, err := h.Needs.Pool(ctx, need)
	if err != nil || !d.pool.group || !p.Enough() {
		return err
	}
	return h.Needs.Form(ctx, by, need, p.Offers[0].ID, s)
}
