package app

import (
	"bytes"
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

// restoring is where the files of a house wait until all of it is right.
const restoring = "restoring"

// Run puts a house back into an empty folder and an empty database, erases
// again whoever was erased since, and verifies.
func (c restoreCommand) Run(x *Context) error {
	key, err := readKey(nil, c.PassphraseFile, c.Identity)
	if err != nil {
		return err
	}
	if c.Verify {
		return verifyBackup(x, c.File, key)
	}
	if err := emptyFolder(x.Config.Data); err != nil {
		return err
	}
	list, err := c.erasures(x)
	if err != nil {
		return err
	}
	r, end, err := openBackup(c.File, key)
	if err != nil {
		return tellBackup(c.File, err)
	}
	err = c.restore(x, r, list)
	return tellBackup(c.File, errors.Join(err, end()))
}

// emptyFolder refuses a data folder that holds anything but a list of
// erasures, or what a restore that was stopped left.
func emptyFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("dossier de données : %w", err)
	}
	for _, e := range entries {
		if !slices.Contains([]string{erasuresFile, restoring, "lost+found"}, e.Name()) {
			return fmt.Errorf("le dossier %s n'est pas vide (%s) : restaurez dans un dossier neuf, ou écartez celui-ci d'abord (mv %s %s.avant) ; rien n'a été changé", dir, e.Name(), dir, dir)
		}
	}
	return nil
}

// erasures reads the list of erasures that were made since the backup.
func (c restoreCommand) erasures(x *Context) (erasures, error) {
	own, err := erasuresIn(x.Config.Data)
	if err != nil {
		return own, err
	}
	if c.Erasures != "" {
		text, err := os.ReadFile(c.Erasures)
		if err != nil {
			return own, fmt.Errorf("liste des effacements : %w ; vérifiez le nom du fichier", err)
		}
		given, err := readErasures(bytes.NewReader(text))
		if err != nil {
			return own, fmt.Errorf("%s : %w ; elle commence par « %s »", c.Erasures, err, erasuresHead)
		}
		more := given.without(own)
		own.People, own.Objections, own.Unread = append(own.People, more.People...), append(own.Objections, more.Objections...), own.Unread+given.Unread
	} else if _, err := os.Stat(filepath.Join(x.Config.Data, erasuresFile)); err != nil && !c.WithoutErasures {
		return own, Usagef("qui a été effacé depuis la sauvegarde reviendrait : donnez la liste des effacements, --erasures %s\n(celle de la maison d'avant ; si elle n'en a fait aucun, ou si la liste est perdue, --without-erasures)", erasuresFile)
	}
	if own.Unread > 0 {
		fmt.Fprintf(x.Stderr, "Liste des effacements : %d lignes ne se lisent pas.\n", own.Unread)
	}
	return own, nil
}

// restore fills the database and a folder aside, and makes them the house when
// all is right.
func (c restoreCommand) restore(x *Context, r *backup.Reader, list erasures) (err error) {
	aside := filepath.Join(x.Config.Data, restoring)
	to := *x
	config := *x.Config
	to.Config = &config
	config.Data = aside
	path, lite := strings.CutPrefix(x.Config.Database, "sqlite:")
	if lite {
		if _, err := os.Stat(path); err == nil {
			return fmt.Errorf("la base %s existe déjà : restaurez ailleurs, ou écartez-la d'abord ; rien n'a été changé", path)
		}
		config.Database = "sqlite:" + path + "." + restoring
		if err := removeLite(path + "." + restoring); err != nil {
			return err
		}
	}
	if err := errors.Join(os.RemoveAll(aside), os.MkdirAll(aside, 0o750)); err != nil {
		return err
	}
	fresh := false
	defer func() {
		if err == nil {
			return
		}
		err = errors.Join(err, os.RemoveAll(aside))
		if lite {
			err = errors.Join(err, removeLite(path+"."+restoring))
		} else if fresh {
			err = errors.Join(err, clearPostgres(&to))
		}
	}()
	// Should this stop in the middle, the list is there for the first start.
	if err := appendErasures(x.Config.Data, list.without(erasures{})); err != nil {
		return err
	}
	d, err := db.OpenThrough(x.Ctx, config.Database, config.Direct)
	if err != nil {
		return fmt.Errorf("base de données : %w", err)
	}
	m, err := c.fill(x.Ctx, d, r, aside, &fresh)
	if err = errors.Join(err, d.Close()); err != nil {
		return err
	}
	report, err := c.settle(&to, list)
	if err != nil {
		return err
	}
	if err := moveIn(aside, x.Config.Data); err != nil {
		return err
	}
	if lite {
		if err := os.Rename(path+"."+restoring, path); err != nil {
			return err
		}
	}
	c.tell(x, r.Head, m, report)
	return nil
}

// fill fills an empty database and the folder aside.
func (c restoreCommand) fill(ctx context.Context, d *db.DB, r *backup.Reader, aside string, fresh *bool) (backup.Manifest, error) {
	err := d.Read(ctx, func(t *db.Tx) error {
		tables, version, err := t.Tables(ctx)
		if err == nil && (len(tables) > 0 || version > 0) {
			err = errors.New("la base de données n'est pas vide : créez-en une autre (CREATE DATABASE …) et donnez son adresse ; rien n'a été changé")
		}
		return err
	})
	if err != nil {
		return backup.Manifest{}, err
	}
	*fresh = true
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

// A settled is what was done once the rows were there.
type settled struct {
	again   again
	acts    int64
	waiting int
	dropped int64
}

// settle brings the house up to date, erases again, and verifies its record.
func (c restoreCommand) settle(x *Context, list erasures) (s settled, err error) {
	h, err := openHouse(x)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	if err := h.unlock(x.Ctx); err != nil {
		return s, err
	}
	if s.again, err = h.replay(x.Ctx, list); err != nil {
		return s, err
	}
	if c.WithoutMail {
		if s.dropped, err = h.Post.outbox.DropWaiting(x.Ctx); err != nil {
			return s, err
		}
	}
	queues, err := h.Post.outbox.Queues(x.Ctx)
	if err != nil {
		return s, err
	}
	for _, q := range queues {
		if q.State == "waiting" {
			s.waiting += q.N
		}
	}
	if err := h.Accounts.Seal(x.Ctx); err != nil {
		return s, err
	}
	if s.acts, err = h.Accounts.Verify(x.Ctx); err != nil {
		return s, fmt.Errorf("le journal des actes de la sauvegarde n'est pas entier : %w", err)
	}
	if err := h.DB.Flush(x.Ctx); err != nil {
		return s, err
	}
	return s, h.DB.Analyze(x.Ctx)
}

// moveIn moves what is in a folder into another, and removes the folder.
func moveIn(from, to string) error {
	entries, err := os.ReadDir(from)
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
	for _, end := range []string{"", "-wal", "-shm"} {
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
	fmt.Fprintf(x.Stdout, "La maison est comme le %s : %d lignes de %d tables, %d fichiers. Le journal de %d actes est entier.\n", moment(h), m.Rows(), len(m.Tables), len(m.Files), s.acts)
	fmt.Fprintf(x.Stdout, "Effacés de nouveau : %d comptes, %d contacts.\n", s.again.People, s.again.Contacts)
	if s.dropped > 0 {
		fmt.Fprintf(x.Stdout, "%d courriels qui attendaient ne partiront pas.\n", s.dropped)
	}
	if s.waiting > 0 {
		fmt.Fprintf(x.Stdout, "%d courriels attendent et partiront au prochain démarrage. S'ils sont partis depuis la sauvegarde, recommencez avec --without-mail.\n", s.waiting)
	}
	if !slices.ContainsFunc(m.Files, func(f backup.Filed) bool { return f.Path == "snapshots/CURRENT" }) {
		fmt.Fprintln(x.Stdout, "Aucun registre n'était gardé : importez-les (« passerelle import --help »).")
	}
	fmt.Fprintln(x.Stdout, "À faire : relire les rôles (« passerelle user list ») et les établissements retirés depuis, puis « passerelle check » et « passerelle serve ». Chacun se connectera de nouveau.")
}
