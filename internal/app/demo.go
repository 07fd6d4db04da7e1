package app

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/directory"
	"passerelle/internal/register"
	"passerelle/internal/register/synth"
)

// demoFolder holds the invented registers of a demonstration; it is there as
// soon as something was invented.
const demoFolder = "registres-inventes"

// demoDay is the date of the invented registers.
const demoDay clock.Day = "2026-11-01"

type demoCommand struct {
	serverFlags
}

// Run makes an invented Pas-de-Calais if the data folder has no register,
// imports it as the real one would be, and serves it.
func (demoCommand) Run(x *Context) (err error) {
	_, known, err := directory.StockDepartments(x.Config.Data)
	if err != nil {
		return err
	}
	if !known {
		if err := makeDemo(x); err != nil {
			return err
		}
	}
	h, err := openHouse(x)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	if !h.Directory.Ready() { // it was stopped between its stock and its snapshot
		im, close, err := newImporter(x, true)
		if err != nil {
			return err
		}
		defer close()
		if _, err := im.Rebuild(x.Ctx); err != nil {
			return err
		}
	}
	_, err = os.Stat(filepath.Join(x.Config.Data, demoFolder))
	invented := err == nil
	h.demo = invented
	if invented {
		if err := h.demoStory(x); err != nil {
			return err
		}
	}
	return h.serve(x, func(address string) {
		if !invented {
			fmt.Fprintf(x.Stdout, "\nPasserelle est ouverte : %s\n  %s a déjà un registre, qui n'est pas inventé : c'est lui qui est servi.\n  Ctrl+C arrête le serveur.\n", address, x.Config.Data)
			return
		}
		fmt.Fprintf(x.Stdout, `
Passerelle est ouverte : %[1]s
  %[2]d établissements d'un Pas-de-Calais inventé. À essayer :
    %[1]s/annuaire?q=boulanger&near=isbergues      un boulanger près d'Isbergues
    %[1]s/annuaire?label=scop&near=isbergues       une Scop près d'Isbergues
    %[1]s/annonces                                 ce qu'ils cherchent et proposent
    %[1]s/carte                                    la carte, avec ou sans réseau
    %[1]s/api/v1/establishments?q=resto&near=62041&radius_km=10
    %[1]s/courriels                                ce que chacun recevrait : rien ne part
`, address, h.Directory.Size())
		if err := h.live(x.Ctx, x.Clock.Now()); err != nil {
			h.failed("give life to the demonstration")(err)
		}
		if err := h.demoLife(x); err != nil {
			h.failed("fill the demonstration with life")(err)
		}
		links, err := h.demoLinks(x)
		if err != nil {
			h.failed("give the roles of the demonstration")(err)
		}
		fmt.Fprint(x.Stdout, links)
		fmt.Fprintf(x.Stdout, "  Le dossier %s marche aussi avec « passerelle serve », « search » et « check ».\n  Ctrl+C arrête le serveur.\n", x.Config.Data)
	})
}

// demoPeople are those who try the demonstration, one of each role.
var demoPeople = []struct {
	about string
	who   account.NewPerson
}{
	{"une artisane", account.NewPerson{Mail: "amina@demo.example", Duty: account.Duty{Role: account.Member}}},
	{"l'animatrice de l'Artois, à la CMA", account.NewPerson{Mail: "nadia@demo.example", Duty: account.Duty{Role: account.Facilitator, Institution: account.CMA}, Territories: []string{"artois"}}},
	{"l'animateur du Département", account.NewPerson{Mail: "marc@demo.example", Duty: account.Duty{Role: account.Facilitator, Institution: account.Departement}}},
	{"le comité de pilotage", account.NewPerson{Mail: "comite@demo.example", Duty: account.Duty{Role: account.Committee}}},
	{"l'exploitant", account.NewPerson{Mail: "exploitant@demo.example", Duty: account.Duty{Role: account.Operator}}},
}

// demoLinks gives one person each role and returns the links that sign them
// in.
func (h *house) demoLinks(x *Context) (string, error) {
	var b strings.Builder
	b.WriteString("  Entrer dans la peau de quelqu'un (chaque lien sert une fois) :\n")
	for _, p := range demoPeople {
		token, err := h.Accounts.Add(x.Ctx, byCommand, p.who)
		if err != nil {
			return b.String(), err
		}
		fmt.Fprintf(&b, "    %-36s %s\n", p.about, h.Post.link("fr", "/connexion/lien/"+token))
	}
	return b.String(), nil
}

// demoStory gives a demonstration what people would have done in it.
func (h *house) demoStory(x *Context) error {
	if err := h.unlock(x.Ctx); err != nil {
		return err
	}
	return errors.Join(h.demoMeetings(x.Ctx, x.Clock.Now()), h.demoContacts(x.Ctx), h.demoOpen(x.Ctx, x.Clock.Now()))
}

// makeDemo generates registers and imports them.
func makeDemo(x *Context) error {
	from := filepath.Join(x.Config.Data, demoFolder)
	if err := os.MkdirAll(from, 0o750); err != nil {
		return fmt.Errorf("dossier de données : %w", err)
	}
	fmt.Fprintln(x.Stdout, "Invention d'un registre du Pas-de-Calais…")
	if _, err := synth.Sirene(x.Ctx, from, synth.Options{Departments: []string{"62"}, Seed: 1, AsOf: demoDay, Overwrite: true}); err != nil {
		return fmt.Errorf("inventer un registre : %w", err)
	}
	quiet := *x
	quiet.Stdout, quiet.Stderr = io.Discard, io.Discard
	im, close, err := newImporter(&quiet, true)
	if err != nil {
		return err
	}
	defer close()
	fmt.Fprintln(x.Stdout, "Import, par le même chemin que les vrais fichiers…")
	im.NoSnapshot = true
	file := func(name string) string { return filepath.Join(from, name) }
	for _, l := range []directory.ListImport{
		{File: file("siae.csv"), Label: "siae", ESS: true, KindColumn: "kind"},
		{File: file("scop.csv"), Label: "scop", ESS: true},
		{File: file("rge.csv"), Label: "rge"},
		{File: file("metiers_art.csv"), Label: "metiers-art"},
	} {
		l.AsOf = demoDay
		if _, err := im.List(x.Ctx, l); err != nil {
			return err
		}
	}
	if _, err := im.RNE(x.Ctx, []string{file("rne.json")}, demoDay); err != nil {
		return err
	}
	im.NoSnapshot = false
	_, err = im.Sirene(x.Ctx, directory.SireneImport{
		Files: register.SireneFiles{
			Units: file("StockUniteLegale_utf8.csv"), Establishments: file("StockEtablissement_utf8.csv"),
			Geolocation: file("GeolocalisationEtablissement_Sirene_pour_etudes_statistiques_utf8.csv"),
		},
		Successions: file("StockEtablissementLiensSuccession_utf8.csv"), Departments: []string{"62"}, AsOf: demoDay,
	})
	return err
}
