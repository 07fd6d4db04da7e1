package app

import (
	"errors"
	"fmt"
	"strings"

	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/register"
)

type hideCommand struct {
	Number string `arg:"" placeholder:"SIRET|SIREN" help:"Un établissement, ou tous ceux d'une entreprise."`
	Reason string `required:"" placeholder:"TEXTE" help:"Pourquoi : la date et la forme de la demande."`
}

// Run takes establishments out of the directory, as those who ask for it may:
// on every node within a second, and whatever register comes after.
func (c hideCommand) Run(x *Context) error {
	return overEach(x, c.Number, func(h *house, s register.SIRET) error {
		if err := h.Directory.Hide(x.Ctx, byOperator, s, c.Reason); err != nil {
			return err
		}
		_, err := fmt.Fprintf(x.Stdout, "%s n'est plus dans l'annuaire.\n", s)
		return err
	})
}

type showCommand struct {
	Number string `arg:"" placeholder:"SIRET|SIREN" help:"Un établissement, ou tous ceux d'une entreprise."`
	Reason string `required:"" placeholder:"TEXTE" help:"Pourquoi il revient."`
}

// Run takes a hide back.
func (c showCommand) Run(x *Context) error {
	return overEach(x, c.Number, func(h *house, s register.SIRET) error {
		if err := h.Directory.Show(x.Ctx, byOperator, s, c.Reason); err != nil {
			return err
		}
		_, err := fmt.Fprintf(x.Stdout, "%s est de nouveau dans l'annuaire.\n", s)
		return err
	})
}

// byOperator is who changes the overlay from the command line.
var byOperator = directory.Act{Who: "operator", Channel: "command"}

// overEach does something to an establishment, or to each of a unit, hidden
// ones included.
func overEach(x *Context, number string, do func(*house, register.SIRET) error) (err error) {
	number = strings.Join(strings.Fields(number), "")
	siret, siretErr := register.ParseSIRET(number)
	siren, sirenErr := register.ParseSIREN(number)
	if siretErr != nil && sirenErr != nil {
		return Usagef("%q n'est ni un SIRET ni un SIREN dont la clé est juste", number)
	}
	h, err := openHouse(x)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	sirets := []register.SIRET{siret}
	if siretErr != nil {
		if sirets = h.Directory.InRegister(siren); len(sirets) == 0 {
			return fmt.Errorf("aucun établissement du SIREN %s dans l'annuaire", siren)
		}
	}
	for _, s := range sirets {
		if err := do(h, s); errors.Is(err, db.ErrNotFound) {
			return fmt.Errorf("l'établissement %s n'est pas dans l'annuaire", s)
		} else if err != nil {
			return err
		}
	}
	return nil
}
