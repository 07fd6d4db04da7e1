package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"passerelle/internal/backup"
	"passerelle/internal/clock"
	"passerelle/internal/db"
)

type backupCommand struct {
	File             string   `arg:"" placeholder:"FICHIER" help:"Le fichier à écrire ; il ne doit pas exister."`
	Recipient        []string `placeholder:"CLÉ" help:"Chiffrer pour une clé publique age (age1…) ; peut se répéter."`
	PassphraseFile   string   `placeholder:"FICHIER" help:"Chiffrer par la phrase secrète que contient ce fichier."`
	Identity         string   `placeholder:"FICHIER" help:"Clé secrète age, pour vérifier ce qu'une clé publique a chiffré."`
	WithoutRegisters bool     `help:"Laisser de côté les registres, qui s'importent à nouveau."`
	Verify           bool     `help:"Relire le fichier, le restaurer à part et comparer."`
}

// leftOut are the tables that begin empty again in a house put back: everybody
// signs in anew, so that a session ended since then does not come back.
var leftOut = []string{"attempt", "ceremony", "session"}

// Run writes the whole house into a file, while it serves.
func (c backupCommand) Run(x *Context) error {
	key, err := readKey(c.Recipient, c.PassphraseFile, c.Identity)
	if err != nil {
		return err
	}
	if len(c.Recipient) > 0 && c.PassphraseFile != "" {
		return Usagef("--recipient et --passphrase-file ne vont pas ensemble : choisissez l'un")
	}
	if c.Verify && len(c.Recipient) > 0 && c.Identity == "" {
		return Usagef("pour vérifier ce qu'une clé publique a chiffré, donnez la clé secrète : --identity FICHIER")
	}
	d, err := openAsIs(x)
	if err != nil {
		return err
	}
	h, m, err := c.write(x, d, key)
	if err = errors.Join(err, d.Close()); err != nil {
		return tellBackup(c.File, err)
	}
	info, err := os.Stat(c.File)
	if err != nil {
		return err
	}
	fmt.Fprintf(x.Stdout, "%s : %d lignes de %d tables (version %d, %s), %d fichiers ; %s.\n", c.File, m.Rows(), len(m.Tables), h.Schema, h.Engine, len(m.Files), size(info.Size()))
	if key.Plain() {
		fmt.Fprintln(x.Stdout, "Cette sauvegarde n'est pas chiffrée : qui lit ce fichier lit les personnes. --recipient ou --passphrase-file la chiffre.")
	}
	fmt.Fprintf(x.Stdout, "Gardez aussi, à part et plus souvent, %s : il permet d'effacer à nouveau qui l'aura demandé depuis.\n", filepath.Join(x.Config.Data, erasuresFile))
	if !c.Verify {
		return nil
	}
	return verifyBackup(x, c.File, key)
}

// write writes the file, which it removes when it cannot be whole.
func (c backupCommand) write(x *Context, d *db.DB, key backup.Key) (h backup.Head, m backup.Manifest, err error) {
	files, err := worthKeeping(x.Config.Data, !c.WithoutRegisters)
	if err != nil {
		return h, m, err
	}
	f, err := os.OpenFile(c.File, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return h, m, fmt.Errorf("%s existe déjà : une sauvegarde n'en écrase jamais une autre ; donnez un autre nom", c.File)
	}
	if err != nil {
		return h, m, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(c.File))
		}
	}()
	w, err := key.Seal(f)
	if err != nil {
		return h, m, errors.Join(err, f.Close())
	}
	h, m, err = backup.Write(x.Ctx, w, backup.Source{DB: d, Files: files, Left: leftOut, Program: version(), Now: x.Clock.Now()})
	return h, m, errors.Join(err, w.Close(), f.Sync(), f.Close())
}

// readKey reads the options by which a backup is sealed and opened.
func readKey(recipients []string, passphraseFile, identity string) (k backup.Key, err error) {
	k.Recipients = recipients
	if passphraseFile != "" {
		text, err := os.ReadFile(passphraseFile)
		if err != nil {
			return k, fmt.Errorf("phrase secrète : %w ; vérifiez le nom du fichier", err)
		}
		if k.Passphrase = strings.TrimRight(string(text), "\r\n"); k.Passphrase == "" {
			return k, Usagef("la phrase secrète de %s est vide", passphraseFile)
		}
	}
	if identity != "" {
		if k.Identities, err = os.ReadFile(identity); err != nil {
			return k, fmt.Errorf("clé secrète : %w ; vérifiez le nom du fichier", err)
		}
	}
	return k, nil
}

// openAsIs opens the database of the configuration, which must be there, and
// leaves it at its version: a house is kept before it is brought up to date.
func openAsIs(x *Context) (*db.DB, error) {
	if path, lite := strings.CutPrefix(x.Config.Database, "sqlite:"); lite {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("base de données : %w ; vérifiez --data ou PASSERELLE_DATA", err)
		}
	}
	d, err := db.OpenThrough(x.Ctx, x.Config.Database, x.Config.Direct)
	if err != nil {
		return nil, fmt.Errorf("base de données : %w", err)
	}
	have, want, err := d.Version(x.Ctx)
	switch {
	case err != nil:
	case have > want:
		err = fmt.Errorf("cette base a été mise à niveau par une version plus récente du programme (%d, et non %d) : sauvegardez-la avec celle-ci", have, want)
	case have == 0:
		err = errors.New("cette base est vide : il n'y a rien à sauvegarder")
	}
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// worthKeeping lists the files of a data folder that a house cannot do
// without: its identity and logos, its addresses, and with the registers their
// sources and the snapshot it serves.
func worthKeeping(dir string, registers bool) ([]backup.File, error) {
	var paths []string
	add := func(path string) {
		if info, err := os.Stat(filepath.Join(dir, path)); err == nil && info.Mode().IsRegular() {
			paths = append(paths, path)
		}
	}
	add("instance.json")
	add(addressesFile)
	instance, err := readInstance(dir)
	if err != nil {
		return nil, err
	}
	for _, p := range instance.Partners {
		if p.Logo != "" {
			add(filepath.Clean(p.Logo))
		}
	}
	if registers {
		sources, err := filepath.Glob(filepath.Join(dir, "sources", "*"))
		if err != nil {
			return nil, err
		}
		for _, path := range sources {
			add(filepath.Join("sources", filepath.Base(path)))
		}
		current, err := os.ReadFile(filepath.Join(dir, "snapshots", "CURRENT"))
		if err == nil {
			add(filepath.Join("snapshots", filepath.Base(strings.TrimSpace(string(current)))))
			add(filepath.Join("snapshots", "CURRENT"))
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	files := make([]backup.File, len(paths))
	for i, path := range paths {
		full := filepath.Join(dir, path)
		info, err := os.Stat(full)
		if err != nil {
			return nil, err
		}
		files[i] = backup.File{Path: filepath.ToSlash(path), Size: info.Size(), Open: func() (io.ReadCloser, error) { return os.Open(full) }}
	}
	return files, nil
}

// verifyBackup restores a backup aside, in a folder that is removed, and
// compares row by row.
func verifyBackup(x *Context, path string, key backup.Key) (err error) {
	dir, err := os.MkdirTemp("", "passerelle-verify-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	r, end, err := openBackup(path, key)
	if err != nil {
		return tellBackup(path, err)
	}
	d, err := db.Open(x.Ctx, "sqlite:"+filepath.Join(dir, "passerelle.db"))
	if err != nil {
		return errors.Join(err, end())
	}
	m, err := r.Restore(x.Ctx, d, func(_ string, _ int64, content io.Reader) error {
		_, err := io.Copy(io.Discard, content)
		return err
	})
	if err == nil {
		err = backup.Compare(x.Ctx, d, r.Head, m)
	}
	if err == nil {
		err = d.Check(x.Ctx)
		if have, want, e := d.Version(x.Ctx); e == nil && have < want {
			err = nil // an older house: its version is right for it
		}
	}
	if err = errors.Join(err, d.Close(), end()); err != nil {
		return tellBackup(path, err)
	}
	_, err = fmt.Fprintf(x.Stdout, "Vérifiée : restaurée à part, %d lignes de %d tables et %d fichiers sont ce qui fut gardé le %s.\n", m.Rows(), len(m.Tables), len(m.Files), moment(r.Head))
	return err
}

// openBackup opens the file of a backup; end closes it.
func openBackup(path string, key backup.Key) (r *backup.Reader, end func() error, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	plain, err := key.Unseal(f)
	if err == nil {
		r, err = backup.Open(plain)
	}
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return r, f.Close, nil
}

// moment is when a backup was made, at Paris.
func moment(h backup.Head) string { return h.MadeAt.In(clock.Paris).Format("02/01/2006 à 15 h 04") }

// size is a number of bytes in words.
func size(n int64) string {
	switch {
	case n >= 1<<30:
		return strings.Replace(fmt.Sprintf("%.1f Go", float64(n)/(1<<30)), ".", ",", 1)
	case n >= 1<<20:
		return strings.Replace(fmt.Sprintf("%.1f Mo", float64(n)/(1<<20)), ".", ",", 1)
	}
	return fmt.Sprintf("%d Ko", (n+1023)>>10)
}

// tellBackup tells in French, with what to do, why a backup cannot be made or
// read.
func tellBackup(path string, err error) error {
	for _, f := range []struct {
		kind error
		text string
	}{
		{backup.ErrKey, "cette clé n'ouvre pas %s ; vérifiez la phrase secrète, ou la clé de --identity"},
		{backup.ErrSealed, "%s est chiffré ; donnez --passphrase-file, ou --identity avec la clé secrète age"},
		{backup.ErrNotBackup, "%s n'est pas une sauvegarde de Passerelle ; vérifiez le nom du fichier"},
		{backup.ErrCut, "%s est coupé : il s'arrête avant sa fin. Copiez-le de nouveau depuis son origine, ou prenez une autre sauvegarde"},
		{backup.ErrAltered, "%s est altéré : ce n'est plus ce qui fut écrit. Copiez-le de nouveau depuis son origine, ou prenez une autre sauvegarde"},
		{backup.ErrNewer, "%s a été fait par une version plus récente du programme ; installez-la, puis restaurez"},
		{backup.ErrTable, "%s contient une table que ce programme ne connaît pas ; prenez la version du programme qui a fait la sauvegarde"},
		{backup.ErrDiffers, "%s, relu et restauré à part, n'est pas ce qui fut gardé : ne comptez pas sur cette sauvegarde, faites-en une autre et signalez-le"},
		{backup.ErrRecipient, "%s n'est pas écrit : la clé de --recipient n'est pas une clé publique age ; elle commence par age1 et « age-keygen » en fait une"},
		{backup.ErrIdentity, "%s reste fermé : le fichier de --identity n'a pas de clé secrète age ; elle commence par AGE-SECRET-KEY-"},
		{syscall.ENOSPC, "%s : il n'y a plus de place sur le disque ; libérez-en, ou choisissez un autre disque"},
		{db.ErrFull, "%s : il n'y a plus de place sur le disque de la base ; libérez-en, ou choisissez un autre disque"},
		{fs.ErrPermission, "%s : le droit de lire ou d'écrire manque ; vérifiez à qui est le dossier"},
		{fs.ErrNotExist, "%s : ce fichier ou son dossier n'existe pas ; vérifiez le nom"},
		{context.Canceled, "%s : interrompu"},
	} {
		if errors.Is(err, f.kind) {
			return fmt.Errorf(f.text+" (%w)", path, err)
		}
	}
	return err
}
