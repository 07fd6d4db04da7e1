package app

import (
	"errors"
	"fmt"

	"passerelle/internal/directory"
	"passerelle/internal/register"
)

type updateCommand struct {
	reportFlags
	Departments []string `placeholder:"62,59" help:"Départements à garder ; sans eux, ceux du dernier import, ou d'addresses.json."`
}

// Run is the monthly import of every source that has an address: the stock of
// Sirene, then the lists. It is made for a timer: what fails leaves the
// directory as it was, and the exit code says so.
func (c updateCommand) Run(x *Context) error {
	im, close, err := newImporter(x, c.JSON)
	if err != nil {
		return err
	}
	defer close()
	f, err := readFeeds(x.Config.Data)
	if err != nil {
		return err
	}
	departments, known, err := directory.StockDepartments(x.Config.Data)
	if err != nil {
		return err
	}
	given := c.Departments
	if len(given) == 0 && !known {
		given = f.Departments
	}
	if len(given) > 0 {
		if departments, err = departmentsOf(given, im.Places); err != nil {
			return err
		}
	} else if !known {
		return Usagef("aucun département n'a encore été importé : donnez --departments 62,59 ou all")
	}
	day, err := dayOf(x, "")
	if err != nil {
		return err
	}
	o := directory.SireneImport{Files: register.SireneFiles{Open: x.openInput}, Departments: departments, AsOf: day}
	if err := downloads(x, &o); err != nil {
		return err
	}
	im.NoSnapshot = len(f.Lists) > 0 // one is made of all, at the end
	r, err := im.Sirene(x.Ctx, o)
	if err != nil {
		return refused(err)
	}
	if err := x.tell(c.JSON, &r, im.NoSnapshot); err != nil || !im.NoSnapshot {
		return err
	}
	var failed error
	for _, l := range f.Lists {
		r, err := im.List(x.Ctx, directory.ListImport{File: l.URL, Label: l.Label, ESS: l.ESS, AsOf: day, Column: l.Column, KindColumn: l.KindColumn})
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("liste %s : %w", l.Label, refused(err)))
			continue
		}
		if err := x.tell(c.JSON, &r, true); err != nil {
			return err
		}
	}
	if r, err = im.Rebuild(x.Ctx); err != nil {
		return errors.Join(failed, fmt.Errorf("les sources sont gardées, mais l'annuaire n'est pas refait ; relancez la commande : %w", err))
	}
	return errors.Join(failed, x.tell(c.JSON, &r, false))
}
