package main

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// inputs are a few lines of each of the producers' layouts.
func inputs() map[string]string {
	return map[string]string{
		"naf": "NIV5,Libelle-NIV5\n10.71A,Fabrication industrielle de pain et de pâtisserie fraîche\n10.71C,Boulangerie et boulangerie-pâtisserie\n" +
			"47.23Z,Commerce de détail de poissons\n81.21Z,Nettoyage courant des bâtiments\n88.10A,Aide à domicile\n",
		"naf25": "code,libelle\n10.71H,Fabrication de pain associée à sa vente\n47.23Y,\"Commerce de détail de poisson, de crustacés et de poissons\"\n" +
			"81.21Y,Nettoyage courant des bâtiments\n43.60Y,Activités d'intermédiation\n",
		"hand": "10.71H\t10.71C\n",
		"nafa": "aprm,ape_naf2008,libelle,secteur\n1071CB,10.71C,Boulangerie-pât isserie,alimentation\n1071CA,10.71C,Boulangerie d’art,alimentation\n",
		"craft": "naf,secteur_artisanat,partiel\n10.71A,alimentation,restreint\n10.71C,alimentation,restreint\n47.23Z,alimentation,oui\n" +
			"81.21Z,services,non\n",
		"forms":  "naf,artisanal,secteur_R111_1\n10.71A,parfois,alimentation\n10.71C,toujours,alimentation\n47.23Z,toujours,alimentation\n81.21Z,toujours,services\n",
		"rome":   "\"code_rome\",\"libelle_rome\"\n\"D1104\",\"Pâtissier\"\n\"D1102\",\"Boulanger\"\n",
		"legal2": "Code,Libellé\n92,Association loi 1901 ou assimilé\n",
		"legal3": "Code,Libellé\n9220,Association déclarée \n9224,Association d'avocats\n1000,Entrepreneur individuel\n",
		"ess":    "categorie_juridique,famille\n9220,association\n9224,association\n",
	}
}

func folder(t *testing.T, files map[string]string) sources {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	in := func(name string) string { return filepath.Join(dir, name) }
	return sources{
		naf: in("naf"), naf25: in("naf25"), naf25Hand: in("hand"), nafa: in("nafa"), craft: in("craft"), forms: in("forms"),
		rome: in("rome"), legal3: in("legal3"), legal2: in("legal2"), ess: in("ess"), out: dir,
	}
}

func TestRun(t *testing.T) {
	s := folder(t, inputs())
	if err := s.run(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"naf.tsv.gz": "10.71A\tFabrication industrielle de pain et de pâtisserie fraîche\tfood\t\n" +
			"10.71C\tBoulangerie et boulangerie-pâtisserie\tfood\t1\n" +
			"47.23Z\tCommerce de détail de poissons\tfood\t\n" +
			"81.21Z\tNettoyage courant des bâtiments\tservices\t1\n" +
			"88.10A\tAide à domicile\t\t\n",
		"naf25.tsv.gz": "10.71H\tFabrication de pain associée à sa vente\t10.71C\thand\n" +
			"47.23Y\tCommerce de détail de poisson, de crustacés et de poissons\t47.23Z\tclass\n" +
			"81.21Y\tNettoyage courant des bâtiments\t81.21Z\tlabel\n" +
			"43.60Y\tActivités d'intermédiation\t\t\n",
		"nafa.tsv.gz": "1071CA\t10.71C\tBoulangerie d'art\tfood\n1071CB\t10.71C\tBoulangerie-pâtisserie\tfood\n",
		"rome.tsv.gz": "D1102\tBoulanger\nD1104\tPâtissier\n",
		"legal.tsv.gz": "92\tAssociation loi 1901 ou assimilé\t\n9220\tAssociation déclarée\tassociation\n" +
			"9224\tAssociation d'avocats\t\n1000\tEntrepreneur individuel\t\n",
	} {
		if got := read(t, filepath.Join(s.out, name)); got != want {
			t.Errorf("%s:\ngot  %q\nwant %q", name, got, want)
		}
	}
}

func TestRunNamesWhatIsWrong(t *testing.T) {
	for _, c := range []struct{ name, file, old, new, want string }{
		{"unknown sector", "craft", "services", "industrie", "industrie"},
		{"unknown family", "ess", "9220,association", "9220,secte", "secte"},
		{"by hand from nowhere", "hand", "10.71C", "10.99Z", "10.99Z"},
		{"by hand for nothing", "hand", "10.71H", "10.99H", "10.99H"},
		{"by hand in one column", "hand", "\t", " ", "column"},
		{"empty file", "rome", inputs()["rome"], "", "empty"},
	} {
		files := inputs()
		files[c.file] = strings.Replace(files[c.file], c.old, c.new, 1)
		if err := folder(t, files).run(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error that says %q", c.name, err, c.want)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
