package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"passerelle/internal/backup"
	"passerelle/internal/db"
)

type restoreCommand struct {
	File            string `arg:"" placeholder:"FICHIER" help:"La sauvegarde."`
	PassphraseFile  string `placeholder:"FICHIER" help:"Le fichier de la phrase secrète, si elle en a une."`
	Identity        string `placeholder:"FICHIER" help:"La clé secrète age, si elle est chiffrée pour une clé publique."`
	Erasures        string `placeholder:"FICHIER" help:"La liste des effacements faits depuis (erasures.log) ; celle du dossier de données est lue d'elle-même."`
	WithoutErasures bool   `help:"Restaurer sans cette liste : qui fut effacé depuis la sauvegarde revient."`
	WithoutMail     bool   `help:"Ne pas envoyer les courriels qui attendaient : ils sont sans doute partis depuis."`
	Verify          bool   `help:"Vérifier seulement : restaurer à part, comparer, et tout retirer."`
}

// Run puts a house back into an empty folder and an empty database, erases
// again whoever was erased since, and verifies. Killed in the middle and run
// again, it ends with the same house.
func (c restoreCommand) Run(x *Context) error {
	key, err := readKey(nil, c.PassphraseFile, c.Identity)
	if err != nil {
		return err
	}
	if c.Verify {
		return verifyBackup(x, c.File, key)
	}
	if err := emptyFolder(x); err != nil {
		return err
	}
	if err := c.readLists(x); err != nil {
		return err
	}
	r, end, err := openBackup(c.File, key)
	if err != nil {
		return tellBackup(c.File, err)
	}
	err = c.restore(x, r)
	return tellBackup(c.File, errors.Join(err, end()))
}

// emptyFolder refuses a data folder that holds anything but a list of
// erasures, or what a restore that was stopped left.
func emptyFolder(x *Context) error {
	dir := x.Config.Data
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("dossier de données : %w", err)
	}
	if s := readStage(dir); s.State == stageWhole {
		return nil // all but moved in
	}
	allowed := []string{erasuresFile, restoring, "lost+found"}
	if path, lite := strings.CutPrefix(x.Config.Database, "sqlite:"); lite {
		for _, end := range liteFiles {
			allowed = append(allowed, filepath.Base(path)+"."+restoring+end)
		}
	}
	for _, e := range entries {
		if !slices.Contains(allowed, e.Name()) {
			return fmt.Errorf("le dossier %s n'est pas vide (%s) : restaurez dans un dossier neuf, ou écartez celui-ci d'abord (mv %s %s.avant) ; rien n'a été changé", dir, e.Name(), dir, dir)
		}
	}
	return nil
}

// readLists reads the lists of the erasures that were made since the backup,
// to refuse what is none before anything is changed.
func (c restoreCommand) readLists(x *Context) error {
	own, unread := filepath.Join(x.Config.Data, erasuresFile), 0
	for e, err := range erasuresIn(own) {
		if unread += e.Unread; err != nil {
			return err
		}
	}
	if c.Erasures != "" {
		if _, err := os.Stat(c.Erasures); err != nil {
			return fmt.Errorf("liste des effacements : %w ; vérifiez le nom du fichier", err)
		}
		for e, err := range erasuresIn(c.Erasures) {
			if unread += e.Unread; err != nil {
				return fmt.Errorf("%w ; elle commence par « %s »", err, erasuresHead)
			}
		}
	} else if _, err := os.Stat(own); err != nil && !c.WithoutErasures {
		return Usagef("qui a été effacé depuis la sauvegarde reviendrait : donnez la liste des effacements, --erasures %s\n(celle de la maison d'avant ; si elle n'en a fait aucun, ou si la liste est perdue, --without-erasures)", erasuresFile)
	}
	if unread > 0 {
		fmt.Fprintf(x.Stderr, "Liste des effacements : %d lignes ne se lisent pas.\n", unread)
	}
	return nil
}

// restore fills the database and a folder aside, and makes them the house when
// all is right. Each stage that is over is noted, and not done again after a
// stop.
func (c restoreCommand) restore(x *Context, r *backup.Reader) (err error) {
	aside := filepath.Join(x.Config.Data, restoring)
	to := *x
	config := *x.Config
	to.Config = &config
	config.Data = filepath.Join(aside, "house")
	path, lite := strings.CutPrefix(x.Config.Database, "sqlite:")
	if lite {
		config.Database = "sqlite:" + path + "." + restoring
	}
	of, err := stageOf(c.File, r.Head, x.Config.Database)
	if err != nil {
		return err
	}
	s := readStage(x.Config.Data)
	if s.Of != of {
		if s.State == stageWhole {
			return fmt.Errorf("dans %s, une autre restauration s'est arrêtée juste avant sa fin : relancez-la, ou restaurez ailleurs ; rien n'a été changé", x.Config.Data)
		}
		s = stage{Of: of}
	}
	if lite && s.State != stageWhole {
		if _, err := os.Stat(path); err == nil {
			return fmt.Errorf("la base %s existe déjà : restaurez ailleurs, ou écartez-la d'abord ; rien n'a été changé", path)
		}
	}
	fresh := false
	defer func() {
		if err == nil || s.State == stageWhole {
			return // what is whole needs only be moved in
		}
		err = errors.Join(err, os.RemoveAll(aside))
		if lite {
			err = errors.Join(err, removeLite(path+"."+restoring))
		} else if fresh {
			err = errors.Join(err, clearPostgres(&to))
		}
	}()
	// Should this stop in the middle, the list is there for the first start.
	own := filepath.Join(x.Config.Data, erasuresFile)
	if c.Erasures != "" && s.State != stageWhole {
		if err := errors.Join(os.MkdirAll(x.Config.Data, 0o750), addErasures(own, erasuresIn(c.Erasures))); err != nil {
			return err
		}
	}
	switch s.State {
	case "", stageBegun:
		if s.Head, s.Manifest, err = c.begin(&to, r, x.Config.Data, s, &fresh); err != nil {
			return err
		}
		s.State = stageFilled
		if err := s.write(x.Config.Data); err != nil {
			return err
		}
		fallthrough
	case stageFilled:
		if s.Report, err = c.settle(&to, own); err != nil {
			return err
		}
		s.State = stageWhole
		if err := s.write(x.Config.Data); err != nil {
			return err
		}
	}
	if err := moveIn(config.Data, x.Config.Data); err != nil {
		return err
	}
	if lite {
		if err := os.Rename(path+"."+restoring, path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := os.RemoveAll(aside); err != nil {
		return err
	}
	c.tell(x, s.Head, s.Manifest, s.Report)
	return nil
}

// begin fills the database anew, whatever a stop left of an earlier attempt.
func (c restoreCommand) begin(to *Context, r *backup.Reader, data string, s stage, fresh *bool) (h backup.Head, m backup.Manifest, err error) {
	if path, lite := strings.CutPrefix(to.Config.Database, "sqlite:"); lite {
		if err := removeLite(path); err != nil {
			return h, m, err
		}
	}
	if err := errors.Join(os.RemoveAll(filepath.Join(data, restoring)), os.MkdirAll(to.Config.Data, 0o750)); err != nil {
		return h, m, err
	}
	d, err := db.OpenThrough(to.Ctx, to.Config.Database, to.Config.Direct)
	if err != nil {
		return h, m, fmt.Errorf("base de données : %w", err)
	}
	// Tables without a row were made by the attempt that was stopped.
	if s.State == stageBegun {
		var blank bool
		if blank, err = withoutRows(to.Ctx, d); err == nil && blank {
			err = d.Clear(to.Ctx)
		}
	}
	if err == nil {
		err = emptyDatabase(to.Ctx, d)
	}
	if err == nil {
		*fresh = true
		s.State = stageBegun
		err = s.write(data)
	}
	if err == nil {
		m, err = c.fill(to.Ctx, d, r, to.Config.Data)
	}
	return r.Head, m, errors.Join(err, d.Close())
}

// emptyDatabase refuses a database that has tables.
func emptyDatabase(ctx context.Context, d *db.DB) error {
	return d.Read(ctx, func(t *db.Tx) error {
		tables, version, err := t.Tables(ctx)
		if err == nil && (len(tables) > 0 || version > 0) {
			err = errors.New("la base de données n'est pas vide : créez-en une autre (CREATE DATABASE …) et donnez son adresse ; rien n'a été changé")
		}
		return err
	})
}

// withoutRows reports whether no table of a database has a row.
func withoutRows(ctx context.Context, d *db.DB) (blank bool, err error) {
	err = d.Read(ctx, func(t *db.Tx) error {
		blank = true
		tables, _, err := t.Tables(ctx)
		for _, table := range tables {
			for _, err := range t.Rows(ctx, table) {
				blank = false
				return err
			}
		}
		return err
	})
	return blank, err
}

// fill fills an empty database and the folder aside.
func (c restoreCommand) fill(ctx context.Context, d *db.DB, r *backup.Reader, aside string) (backup.Manifest, error) {
	root, err := os.OpenRoot(aside)
	if err != nil {
		return backup.Manifest{}, err
	}
	m, err := r.Restore(ctx, d, func(path string, _ int64, content io.Reader) error {
		if err := root.MkdirAll(filepath.Dir(filepath.FromSlash(path)), 0o750); err != nil {
			return err
		}
		f, err := root.OpenFile(filepath.FromSlash(path), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640)
		if err != nil {
			return err
		}
		_, err = io.Copy(f, content)
		return errors.Join(err, f.Sync(), f.Close())
	})
	return m, errors.Join(err, root.Close())
}

// settle brings the house up to date, erases again whoever is in the list of a
// file, and verifies its record. It may be done again.
func (c restoreCommand) settle(x *Context, list string) (s settled, err error) {
	h, err := openHouse(x)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	if err := h.unlock(x.Ctx); err != nil {
		return s, err
	}
	if s.Again, err = h.replay(x.Ctx, list); err != nil {
		return s, err
	}
	if c.WithoutMail {
		if s.Dropped, err = h.Post.outbox.DropWaiting(x.Ctx); err != nil {
			return s, err
		}
	}
	queues, err := h.Post.outbox.Queues(x.Ctx)
	if err != nil {
		return s, err
	}
	for _, q := range queues {
		if q.State == "waiting" {
			s.Waiting += q.N
		}
	}
	if err := h.Accounts.Seal(x.Ctx); err != nil {
		return s, err
	}
	if s.Acts, err = h.Accounts.Verify(x.Ctx); err != nil {
		return s, fmt.Errorf("le journal des actes de la sauvegarde n'est pas entier : %w", err)
	}
	if err := h.DB.Rewrite(x.Ctx); err != nil {
		return s, err
	}
	return s, h.DB.Analyze(x.Ctx)
}

// moveIn moves what is in a folder into another, and removes the folder; where
// that is done already it does nothing.
func moveIn(from, to string) error {
	entries, err := os.ReadDir(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := os.Rename(filepath.Join(from, e.Name()), filepath.Join(to, e.Name())); err != nil {
			return err
		}
	}
	return os.Remove(from)
}

// removeLite removes a SQLite database that was not to be.
func removeLite(path string) error {
	for _, end := range liteFiles {
		if err := os.Remove(path + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// clearPostgres makes a database empty again that was so before.
func clearPostgres(x *Context) error {
	ctx := context.WithoutCancel(x.Ctx)
	d, err := db.OpenThrough(ctx, x.Config.Database, x.Config.Direct)
	if err != nil {
		return err
	}
	return errors.Join(d.Clear(ctx), d.Close())
}

// tell says what was done and what is left to do.
func (c restoreCommand) tell(x *Context, h backup.Head, m backup.Manifest, s settled) {
	fmt.Fprintf(x.Stdout, "La maison est comme le %s : %d lignes de %d tables, %d fichiers. Le journal de %d actes est entier.\n", moment(h), m.Rows(), len(m.Tables), len(m.Files), s.Acts)
	fmt.Fprintf(x.Stdout, "Effacés de nouveau : %d comptes, %d contacts.\n", s.Again.People, s.Again.Contacts)
	if s.Dropped > 0 {
		fmt.Fprintf(x.Stdout, "%d courriels qui attendaient ne partiront pas.\n", s.Dropped)
	}
	if s.Waiting > 0 {
		fmt.Fprintf(x.Stdout, "%d courriels attendent et partiront au prochain démarrage. S'ils sont partis depuis la sauvegarde, recommencez avec --without-mail.\n", s.Waiting)
	}
	if !slices.ContainsFunc(m.Files, func(f backup.Filed) bool { return f.Path == "snapshots/CURRENT" }) {
		fmt.Fprintln(x.Stdout, "Aucun registre n'était gardé : importez-les (« passerelle import --help »).")
	}
	fmt.Fprintln(x.Stdout, "À faire : relire les rôles (« passerelle user list ») et les établissements retirés depuis, puis « passerelle check » et « passerelle serve ». Chacun se connectera de nouveau.")
}
