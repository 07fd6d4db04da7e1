package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// pooledPackages are those whose stores are tried through a pooler: whatever
// writes at the same time as others.
var pooledPackages = []string{"./internal/db", "./internal/account", "./internal/mail", "./internal/contact", "./internal/profile", "./internal/lead", "./internal/booking", "./internal/meeting", "./internal/visit", "./internal/backup"}

// pooledLong are those that take longer, and are tried so with the long sizes.
var pooledLong = []string{"./internal/exchange", "./internal/team"}

// pooled runs the tests of stores again on PostgreSQL behind a PgBouncer in
// transaction mode, where no two transactions need have the same session.
func (r *runner) pooled() {
	if r.ctx.Err() != nil {
		return
	}
	path, err := pgbouncer()
	if err != nil {
		if err = install(r.ctx, r.out, "pgbouncer"); err == nil {
			path, err = pgbouncer()
		}
	}
	if err != nil {
		r.skipped = append(r.skipped, fmt.Sprintf("pooler: PgBouncer is missing (%v): install it with `sudo apt-get install pgbouncer`", err))
		return
	}
	start := time.Now()
	pg, err := startPostgres(r.ctx, r.out)
	if err != nil {
		r.fail("PostgreSQL", err.Error())
		return
	}
	defer func() {
		if err := pg.stop(); err != nil {
			r.fail("stop PostgreSQL", err.Error())
		}
	}()
	address, stop, err := pg.pool(path)
	if err != nil {
		r.fail("PgBouncer", err.Error())
		return
	}
	defer stop()
	packages := pooledPackages
	if r.torture {
		packages = slices.Concat(packages, pooledLong)
	}
	c := r.command(append([]string{"go", "test", "-count=1", "-run", "/^postgres$", "-timeout", "10m"}, packages...)...)
	c.Env = append(c.Env, "PASSERELLE_TEST_POSTGRES="+pg.url, "PASSERELLE_TEST_POOLER="+address)
	if text, err := c.CombinedOutput(); err != nil {
		r.fail("stores through PgBouncer", string(text))
		return
	}
	r.passed++
	fmt.Fprintf(r.out, "ok  \tstores of %d packages through PgBouncer\t%.1fs\n", len(packages), time.Since(start).Seconds())
}

// pgbouncer returns the path of PgBouncer: Debian keeps it where only root
// looks.
func pgbouncer() (string, error) {
	if path, err := exec.LookPath("pgbouncer"); err == nil {
		return path, nil
	}
	const path = "/usr/sbin/pgbouncer"
	_, err := os.Stat(path)
	return path, err
}

// poolerPort names the socket of the pooler in the folder of the server.
const poolerPort = "6432"

// pool starts a PgBouncer in front of the server, in transaction mode, and
// returns its address.
func (p *postgres) pool(path string) (address string, stop func(), err error) {
	settings := filepath.Join(p.dir, "pgbouncer.ini")
	text := fmt.Sprintf(`[databases]
* = host=%[1]s user=passerelle
[pgbouncer]
pool_mode = transaction
listen_addr =
listen_port = %[2]s
unix_socket_dir = %[1]s
auth_type = any
max_client_conn = 2000
default_pool_size = 12
server_idle_timeout = 2
logfile = %[1]s/pgbouncer.log
`, p.dir, poolerPort)
	if err := os.WriteFile(settings, []byte(text), 0o644); err != nil {
		return "", nil, err
	}
	attr, err := p.owner()
	if err != nil {
		return "", nil, err
	}
	c := exec.Command(path, "-q", settings)
	c.Dir, c.SysProcAttr = p.dir, attr
	if err := c.Start(); err != nil {
		return "", nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	stop = func() {
		_ = c.Process.Signal(syscall.SIGTERM) // an ended one is as good
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			_ = c.Process.Kill()
			<-ended
		}
	}
	if err := awaitSocket(filepath.Join(p.dir, ".s.PGSQL."+poolerPort), ended); err != nil {
		log, _ := os.ReadFile(filepath.Join(p.dir, "pgbouncer.log"))
		return "", nil, fmt.Errorf("%w\n%s", err, log)
	}
	u := url.URL{Scheme: "postgres", Path: "/postgres", RawQuery: url.Values{"host": {p.dir}, "port": {poolerPort}, "user": {"passerelle"}}.Encode()}
	return u.String(), stop, nil
}

// awaitSocket waits until a socket is there.
func awaitSocket(path string, ended chan error) error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for {
		if _, err := os.Stat(path); err == nil {
			return nil
		}
		select {
		case err := <-ended:
			ended <- err
			return fmt.Errorf("PgBouncer ended at once: %w", err)
		case <-ctx.Done():
			return errors.New("PgBouncer does not answer")
		case <-time.After(50 * time.Millisecond):
		}
	}
}
