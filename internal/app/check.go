package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"passerelle/internal/account"
	"passerelle/internal/directory"
)

type checkCommand struct{}

// Run verifies all that can be verified of the data folder.
func (checkCommand) Run(x *Context) error {
	if _, err := os.Stat(x.Config.Data); err != nil {
		return fmt.Errorf("dossier de données : %w ; vérifiez --data ou PASSERELLE_DATA", err)
	}
	faults := 0
	say := func(c directory.Checked) {
		state := "bon  "
		if c.Err != nil {
			state = "FAUTE"
			faults++
		}
		fmt.Fprintf(x.Stdout, "%s  %s", state, c.Path)
		if c.About != "" {
			fmt.Fprintf(x.Stdout, " (%s)", c.About)
		}
		if c.Err != nil {
			fmt.Fprintf(x.Stdout, "\n       %v", c.Err)
		}
		fmt.Fprintln(x.Stdout)
	}
	all, err := directory.Check(x.Config.Data)
	if err != nil {
		return err
	}
	for _, c := range all {
		say(c)
	}
	if _, err := readInstance(x.Config.Data); err != nil {
		say(directory.Checked{Path: "instance.json", Err: err})
	}
	if _, err := readFeeds(x.Config.Data); err != nil {
		say(directory.Checked{Path: addressesFile, Err: err})
	}
	if c, ok := checkTimes(x.Config.Data); ok {
		say(c)
	}
	d, err := openDatabase(x)
	if err == nil {
		err = d.Check(x.Ctx)
		acts := &account.Accounts{DB: d, Clock: x.Clock}
		n, broken := acts.Verify(x.Ctx)
		say(directory.Checked{Path: "journal des actes", About: fmt.Sprintf("%d actes scellés", n), Err: broken})
		if e := d.Close(); err == nil {
			err = e
		}
	}
	say(directory.Checked{Path: redact(x.Config.Database), About: "base de données", Err: err})
	switch {
	case faults == 1:
		fmt.Fprintln(x.Stdout, "1 faute.")
		return Exit(exitFailure)
	case faults > 1:
		fmt.Fprintf(x.Stdout, "%d fautes.\n", faults)
		return Exit(exitFailure)
	}
	fmt.Fprintln(x.Stdout, "Tout est bon.")
	return nil
}

// checkTimes reads the matrix of travel times, if there is one.
func checkTimes(data string) (directory.Checked, bool) {
	info, err := os.Stat(directory.TimesPath(data))
	if errors.Is(err, fs.ErrNotExist) {
		return directory.Checked{}, false
	}
	c := directory.Checked{Path: directory.TimesPath(""), Err: err}
	if err != nil {
		return c, true
	}
	places, err := directory.LoadPlaces(data)
	if err != nil {
		c.Err = err
		return c, true
	}
	t, err := directory.LoadTimes(data, places)
	if err != nil {
		c.Err = err
		return c, true
	}
	communes, pairs := t.Size()
	c.About = fmt.Sprintf("%d temps de trajet entre %d communes, au %s, %d Ko", pairs, communes, t.AsOf, (info.Size()+1023)/1024)
	return c, true
}
