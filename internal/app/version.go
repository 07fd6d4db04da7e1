package app

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Version is the version of the program, written by the build from git.
var Version = ""

type versionCommand struct{}

// Run prints the version of the program and of what it was built with.
func (versionCommand) Run(x *Context) error {
	_, err := fmt.Fprintf(x.Stdout, "passerelle %s (%s, %s/%s)\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// version returns the version the build wrote, else the revision the
// compiler noted, else "dev".
func version() string {
	if Version != "" {
		return Version
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				return s.Value[:12]
			}
		}
	}
	return "dev"
}
