package app

import (
	"fmt"
	"text/tabwriter"
)

type settingsCommand struct {
	serverFlags
}

// Run prints every setting as the program understands it, and where it comes
// from.
func (settingsCommand) Run(x *Context) error {
	w := tabwriter.NewWriter(x.Stdout, 0, 4, 2, ' ', 0)
	for _, s := range settings() {
		fmt.Fprintf(w, "%s\t%s\t(%s)\n", s.Env, s.show(x.Config), x.Config.From[s.Env])
	}
	return w.Flush()
}
