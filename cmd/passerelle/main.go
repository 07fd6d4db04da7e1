// Command passerelle serves a directory of the craft trades and of the social
// and solidarity economy, read from the public registers, and reads the
// registers into it. `passerelle --help` tells its commands.
package main

import (
	"context"
	"os"

	"passerelle/internal/app"
	"passerelle/internal/clock"
)

func main() {
	os.Exit(app.Run(context.Background(), app.Process{
		Args:   os.Args[1:],
		Env:    os.Environ(),
		Stdin:  os.Stdin,
		Stdout: os.Stdout,
		Stderr: os.Stderr,
		Clock:  clock.System{},
	}))
}
