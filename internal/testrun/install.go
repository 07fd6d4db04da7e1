package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// errNoRight says that this user may not install packages.
var errNoRight = errors.New("neither root nor allowed to use sudo without a password")

// install installs packages of Debian or Ubuntu.
func install(ctx context.Context, out io.Writer, packages ...string) error {
	apt, err := exec.LookPath("apt-get")
	if err != nil {
		return errors.New("this system has no apt-get")
	}
	prefix := []string{"env", "DEBIAN_FRONTEND=noninteractive", apt, "-q", "-y"}
	if os.Getuid() != 0 {
		if exec.CommandContext(ctx, "sudo", "-n", "true").Run() != nil {
			return errNoRight
		}
		prefix = append([]string{"sudo", "-n"}, prefix...)
	}
	fmt.Fprintf(out, "installing %s…\n", strings.Join(packages, ", "))
	for _, args := range [][]string{{"update"}, append([]string{"install", "--no-install-recommends"}, packages...)} {
		args = append(append([]string{}, prefix...), args...)
		if text, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, text)
		}
	}
	return nil
}

// installPostgres installs PostgreSQL without the server that Debian's
// package would make and start: the tests want the programs only.
func installPostgres(ctx context.Context, out io.Writer) error {
	const dir = "/etc/postgresql-common/createcluster.d"
	note := filepath.Join(dir, "passerelle-test.conf")
	if os.Getuid() == 0 {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(note, []byte("create_main_cluster = false\n"), 0o644); err != nil {
			return err
		}
		defer os.Remove(note)
	}
	return install(ctx, out, "postgresql")
}

// browsers are the names a Chromium goes by.
var browsers = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}

// browser returns the path of a Chromium that can be driven, which it
// installs on Debian.
func browser(ctx context.Context, out io.Writer) (string, error) {
	if path := findBrowser(); path != "" {
		return path, nil
	}
	const how = "install Chromium (Debian: `sudo apt-get install chromium`; Ubuntu: `sudo snap install chromium`, or Google Chrome's own package), or name one with CHROMIUM=/path/to/it"
	if ubuntu() {
		// Ubuntu's package chromium is a stub that asks for a snap.
		return "", fmt.Errorf("a browser is missing: %s", how)
	}
	if err := install(ctx, out, "chromium"); err != nil {
		return "", fmt.Errorf("a browser is missing (%w): %s", err, how)
	}
	if path := findBrowser(); path != "" {
		return path, nil
	}
	return "", fmt.Errorf("the browser was installed but is not found: %s", how)
}

func findBrowser() string {
	if path := os.Getenv("CHROMIUM"); path != "" {
		return path
	}
	for _, name := range browsers {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

func ubuntu() bool {
	text, err := os.ReadFile("/etc/os-release")
	return err == nil && strings.Contains(string(text), "\nID=ubuntu")
}
