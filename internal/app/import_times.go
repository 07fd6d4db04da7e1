package app

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"passerelle/internal/directory"
	"passerelle/internal/locale"
	"passerelle/internal/place"
)

// An importTimes takes a matrix of travel times, or takes it away.
type importTimes struct {
	File   string `arg:"" optional:"" placeholder:"FICHIER" help:"CSV : from, to (codes INSEE) et minutes ; - pour l'entrée standard."`
	Source string `placeholder:"TEXTE" help:"De qui vient la matrice ; dit avec chaque temps de trajet."`
	AsOf   string `placeholder:"2026-11-01" help:"Date de la matrice ; sans elle, le premier jour du mois en cours."`
	Remove bool   `help:"Retirer la matrice : les distances comptent seules."`
}

// Run imports a matrix.
func (c importTimes) Run(x *Context) error {
	if c.Remove == (c.File != "") {
		return Usagef("un fichier, ou --remove : « passerelle import travel-times --help » en dit plus")
	}
	if c.Remove {
		if err := directory.RemoveTimes(x.Config.Data); err != nil {
			return err
		}
		fmt.Fprintln(x.Stdout, "La matrice est retirée ; un service en marche l'oublie quand il redémarre.")
		return nil
	}
	day, err := dayOf(x, c.AsOf)
	if err != nil {
		return err
	}
	places, err := directory.LoadPlaces(x.Config.Data)
	if err != nil {
		return err
	}
	in := x.Stdin
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return refused(err)
		}
		defer f.Close()
		in = f
	}
	t, err := places.ReadTimes(in)
	if err != nil {
		return timesWords(err)
	}
	t.Source, t.AsOf = strings.Join(strings.Fields(c.Source), " "), day
	if err := directory.SaveTimes(x.Config.Data, t); err != nil {
		return err
	}
	words, err := locale.Load()
	if err != nil {
		return err
	}
	communes, pairs := t.Size()
	fr := words.For(locale.Codes()[0])
	fmt.Fprintf(x.Stdout, "%s temps de trajet entre %s communes. Un service en marche les prend quand il redémarre.\n", fr.Number(int64(pairs)), fr.Number(int64(communes)))
	return nil
}

// timesWords says what is wrong with a matrix.
func timesWords(err error) error {
	var faults *place.TimesError
	switch {
	case errors.As(err, &faults):
		var lines []error
		for _, f := range faults.Faults {
			lines = append(lines, fmt.Errorf("ligne %d : %s « %s »", f.Line, timesFaults[f.What], f.Text))
		}
		if faults.More > 0 {
			lines = append(lines, fmt.Errorf("et %d autres lignes", faults.More))
		}
		return fmt.Errorf("rien n'est importé :\n%w", errors.Join(lines...))
	case errors.Is(err, place.ErrNoTimes):
		return errors.New("ce fichier ne donne aucun temps entre deux communes ; il faut les colonnes from, to et minutes")
	case errors.Is(err, place.ErrManyTimes):
		return errors.New("cette matrice a trop de communes : gardez celles du département et de ses voisins")
	}
	return err
}

// timesFaults says what each fault is.
var timesFaults = map[string]string{
	"columns": "il faut les colonnes from, to et minutes, et non", "commune": "commune inconnue", "minutes": "de 0 à 1440 minutes, et non", "bytes": "ce n'est pas de l'UTF-8 :",
}
