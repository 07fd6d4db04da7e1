package lead

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/db"
)

// How much the papers of a lead may be: bytes of one, and how many.
const (
	MostFile  = 5 << 20
	MostFiles = 20
)

// Refusals of a document.
var (
	ErrFileKind = errors.New("neither a PDF, a picture nor an ODT") // lead.error.file_kind
	ErrFileLong = errors.New("a file too long")                     // lead.error.file_long
	ErrFileMany = errors.New("too many files")                      // lead.error.file_many
)

// The types of documents that are kept.
const (
	typePDF  = "application/pdf"
	typeJPEG = "image/jpeg"
	typeODT  = "application/vnd.oasis.opendocument.text"
)

// A Document is a paper of a lead.
type Document struct {
	ID   string
	Lead string
	Name string // without its end
	Type string
	Size int64
	Who  string // id
	At   time.Time
}

// File is what a document is called where it is kept.
func (d *Document) File() string {
	return d.Name + map[string]string{typePDF: ".pdf", typeJPEG: ".jpg", typeODT: ".odt"}[d.Type]
}

// read returns a file as it is kept and its type. A picture is written anew,
// without what a camera wrote into it.
func (ls *Leads) read(ctx context.Context, b []byte) ([]byte, string, error) {
	switch {
	case len(b) > MostFile:
		return nil, "", ErrFileLong
	case bytes.HasPrefix(b, []byte("%PDF-")):
		return b, typePDF, nil
	case bytes.HasPrefix(b, []byte("PK")):
		if !isODT(b) {
			return nil, "", ErrFileKind
		}
		return b, typeODT, nil
	case len(b) == 0 || ls.Pictured == nil:
		return nil, "", ErrFileKind
	}
	made, err := ls.Pictured.Read(ctx, b)
	if ctx.Err() != nil {
		return nil, "", err
	}
	if err != nil {
		return nil, "", ErrFileKind
	}
	return made.Wide.JPEG, typeJPEG, nil
}

// isODT reports whether a file is an OpenDocument text: the first entry of the
// archive, not compressed, says so (OpenDocument 1.3, part 2, 3.3).
func isODT(b []byte) bool {
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil || len(z.File) == 0 || z.File[0].Name != "mimetype" || z.File[0].Method != zip.Store {
		return false
	}
	f, err := z.File[0].Open()
	if err != nil {
		return false
	}
	said, err := io.ReadAll(io.LimitReader(f, 100))
	return errors.Join(err, f.Close()) == nil && string(said) == typeODT
}

// nameOfFile is what a document is called: the last part of what it was sent
// as, without its end.
func nameOfFile(sent string) string {
	sent = path.Base(strings.ReplaceAll(line(sent), `\`, "/"))
	sent = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`"/:*?<>|`, r) {
			return '-'
		}
		return r
	}, strings.TrimSuffix(sent, path.Ext(sent)))
	if sent = cut(strings.Trim(sent, " .-"), MaxName); sent == "" {
		return "document"
	}
	return sent
}

// AddDocument keeps a paper of a lead: a PDF, a picture or an ODT.
func (ls *Leads) AddDocument(ctx context.Context, by account.Actor, id, sent string, b []byte) (*Document, error) {
	file, kind, err := ls.read(ctx, b)
	if err != nil {
		return nil, err
	}
	now := ls.Clock.Now()
	d := &Document{ID: db.NewID(now), Lead: id, Name: nameOfFile(sent), Type: kind, Size: int64(len(file)), Who: by.Who, At: now}
	err = ls.DB.Write(ctx, func(t *db.Tx) error {
		if _, err := leadByID(ctx, t, id); err != nil {
			return err
		}
		known, err := documentsWhere(ctx, t, `lead = $1`, id)
		if err != nil {
			return err
		}
		if len(known) >= MostFiles {
			return ErrFileMany
		}
		if err := addDocument(ctx, t, d, file); err != nil {
			return err
		}
		return account.Record(ctx, t, now, account.Entry{Act: "lead.document", Kind: "lead", Object: id, By: by})
	})
	if err != nil {
		return nil, fmt.Errorf("add a document to lead %s: %w", id, err)
	}
	return d, nil
}

// Documents returns the papers of a lead, the latest first.
func (ls *Leads) Documents(ctx context.Context, id string) (list []*Document, err error) {
	err = ls.DB.Read(ctx, func(t *db.Tx) error {
		list, err = documentsWhere(ctx, t, `lead = $1`, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("documents of a lead: %w", err)
	}
	return list, nil
}

// Document returns a paper of a lead and its bytes, or db.ErrNotFound.
func (ls *Leads) Document(ctx context.Context, of, id string) (d *Document, b []byte, err error) {
	err = ls.DB.Read(ctx, func(t *db.Tx) error {
		list, err := documentsWhere(ctx, t, `lead = $1 AND id = $2`, of, id)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return db.ErrNotFound
		}
		d = list[0]
		b, err = documentFile(ctx, t, id)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("document of lead %s: %w", of, err)
	}
	return d, b, nil
}

// RemoveDocument removes a paper of a lead.
func (ls *Leads) RemoveDocument(ctx context.Context, by account.Actor, of, id string) error {
	err := ls.DB.Write(ctx, func(t *db.Tx) error {
		if n, err := dropDocument(ctx, t, of, id); err != nil || n == 0 {
			return err
		}
		return account.Record(ctx, t, ls.Clock.Now(), account.Entry{Act: "lead.undocument", Kind: "lead", Object: of, By: by})
	})
	if err != nil {
		return fmt.Errorf("remove a document of lead %s: %w", of, err)
	}
	return nil
}

// filesKept is how long the papers of a lead are kept after it ended.
const filesKept = 2 * 365 * 24 * time.Hour

// ForgetOld removes the papers of leads that ended more than two years ago.
func (ls *Leads) ForgetOld(ctx context.Context) error {
	err := ls.DB.Write(ctx, func(t *db.Tx) error {
		_, err := t.Exec(ctx, `
			DELETE FROM lead_document
			WHERE lead IN (SELECT id FROM lead WHERE stage IN ('done', 'dropped') AND changed_at < $1)`, db.Micros(ls.Clock.Now().Add(-filesKept)))
		return err
	})
	if err != nil {
		return fmt.Errorf("forget the papers of old leads: %w", err)
	}
	return nil
}

func documentsWhere(ctx context.Context, t *db.Tx, condition string, args ...any) ([]*Document, error) {
	return db.All(ctx, t, func(r *db.Row) (*Document, error) {
		var d Document
		var at int64
		err := r.Scan(&d.ID, &d.Lead, &d.Name, &d.Type, &d.Size, &d.Who, &at)
		d.At = db.Time(at)
		return &d, err
	}, `
		SELECT id, lead, name, type, size, who, at
		FROM lead_document
		WHERE `+condition+`
		ORDER BY at DESC, id DESC`, args...)
}

func documentFile(ctx context.Context, t *db.Tx, id string) (b []byte, err error) {
	err = t.One(ctx, []any{&b}, `SELECT file FROM lead_document WHERE id = $1`, id)
	return b, err
}

func addDocument(ctx context.Context, t *db.Tx, d *Document, file []byte) error {
	_, err := t.Exec(ctx, `
		INSERT INTO lead_document (id, lead, name, type, size, file, who, at)
		VALUES (`+db.In(1, 8)+`)`, d.ID, d.Lead, d.Name, d.Type, d.Size, file, d.Who, db.Micros(d.At))
	return err
}

func dropDocument(ctx context.Context, t *db.Tx, of, id string) (int64, error) {
	return t.Exec(ctx, `DELETE FROM lead_document WHERE lead = $1 AND id = $2`, of, id)
}
