package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A postgres is a PostgreSQL server of this run: its data in a temporary
// folder, reached by a socket there and by no network, without the care for
// power cuts that real data deserve.
type postgres struct {
	version string
	url     string
	dir     string
	server  *exec.Cmd
	ended   chan error
}

// startPostgres makes a server and waits until it answers.
func startPostgres(ctx context.Context, out io.Writer) (_ *postgres, err error) {
	bin, err := postgresBin(ctx, out)
	if err != nil {
		return nil, err
	}
	p := &postgres{ended: make(chan error, 1)}
	// A socket's path has at most 107 letters: the system's folder, not TMPDIR.
	if p.dir, err = os.MkdirTemp("/tmp", "passerelle-pg-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(p.dir))
		}
	}()
	attr, err := p.owner()
	if err != nil {
		return nil, err
	}
	data := filepath.Join(p.dir, "data")
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "--pgdata", data, "--username", "passerelle",
		"--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync", "--no-instructions")
	initdb.Dir, initdb.SysProcAttr = p.dir, attr
	if text, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, text)
	}

	log, err := os.Create(filepath.Join(p.dir, "log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p.server = exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-k", p.dir,
		"-c", "listen_addresses=", "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off",
		"-c", "max_connections=300", "-c", "shared_buffers=64MB", "-c", "autovacuum=off")
	p.server.Dir, p.server.SysProcAttr, p.server.Stdout, p.server.Stderr = p.dir, attr, log, log
	if err := p.server.Start(); err != nil {
		return nil, err
	}
	go func() { p.ended <- p.server.Wait() }()

	u := url.URL{Scheme: "postgres", Path: "/postgres", RawQuery: url.Values{"host": {p.dir}, "user": {"passerelle"}}.Encode()}
	p.url = u.String()
	if err := p.await(ctx, bin); err != nil {
		text, _ := os.ReadFile(log.Name())
		return nil, errors.Join(fmt.Errorf("%w\n%s", err, text), p.stop())
	}
	if v, err := os.ReadFile(filepath.Join(data, "PG_VERSION")); err == nil {
		p.version = strings.TrimSpace(string(v))
	}
	return p, nil
}

// owner returns the attributes of the server's processes: initdb and postgres
// refuse to run as root, who then lends them an unprivileged user. The server
// gets a fast shutdown should this process be killed.
func (p *postgres) owner() (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGINT}
	if os.Getuid() != 0 {
		return attr, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			return nil, fmt.Errorf("PostgreSQL refuses to run as root, and neither the user postgres nor nobody exists: %w", err)
		}
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return nil, err
	}
	attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attr, os.Chown(p.dir, uid, gid)
}

// await waits until the server answers.
func (p *postgres) await(ctx context.Context, bin string) error {
	deadline := time.Now().Add(30 * time.Second)
	for {
		err := exec.CommandContext(ctx, filepath.Join(bin, "pg_isready"), "-q", "-h", p.dir, "-U", "passerelle").Run()
		if err == nil {
			return nil
		}
		select {
		case ended := <-p.ended:
			p.ended <- ended
			return fmt.Errorf("PostgreSQL ended at once: %w", ended)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("PostgreSQL does not answer: %w", err)
		}
	}
}

// stop ends the server and removes its folder.
func (p *postgres) stop() error {
	// An ended process makes these signals fail: then there is nothing to do.
	_ = p.server.Process.Signal(syscall.SIGINT) // fast shutdown
	select {
	case <-p.ended:
	case <-time.After(20 * time.Second):
		_ = syscall.Kill(-p.server.Process.Pid, syscall.SIGKILL)
		<-p.ended
	}
	return os.RemoveAll(p.dir)
}

// postgresBin returns the folder of PostgreSQL's programs: Debian's, of the
// newest version, else the one of the path.
func postgresBin(ctx context.Context, out io.Writer) (string, error) {
	find := func() string {
		dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // the pattern is right
		slices.SortFunc(dirs, func(a, b string) int { return pgMajor(b) - pgMajor(a) })
		for _, initdb := range dirs {
			dir := filepath.Dir(initdb)
			if _, err := os.Stat(filepath.Join(dir, "postgres")); err == nil {
				return dir
			}
		}
		if path, err := exec.LookPath("postgres"); err == nil {
			return filepath.Dir(path)
		}
		return ""
	}
	if dir := find(); dir != "" {
		return dir, nil
	}
	if err := installPostgres(ctx, out); err != nil {
		return "", fmt.Errorf("PostgreSQL is missing (%w): install it with `sudo apt-get install postgresql`, or name a server with PASSERELLE_TEST_POSTGRES=postgres://…", err)
	}
	if dir := find(); dir != "" {
		return dir, nil
	}
	return "", errors.New("PostgreSQL was installed, but its programs are not in /usr/lib/postgresql/*/bin")
}

// pgMajor returns the version in /usr/lib/postgresql/15/bin/initdb.
func pgMajor(path string) int {
	n, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	if err != nil {
		return 0
	}
	return n
}
