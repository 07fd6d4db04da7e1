package register

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// A Formality is what the national register of enterprises says of a unit.
type Formality struct {
	SIREN SIREN
	Craft bool // it declares a craft activity
}

// maxFormality bounds one formality, in bytes.
const maxFormality = 16 << 20

// ReadRNE reads formalities of INPI's national register, as JSON: one a line,
// or in an array; a .zip may hold several files. A broken one goes to reject.
func ReadRNE(ctx context.Context, paths []string, each func(Formality) error, reject func(Reject) error) (rows int64, err error) {
	for _, path := range paths {
		n, err := readRNE(ctx, path, each, reject)
		rows += n
		if err != nil {
			return rows, err
		}
	}
	return rows, nil
}

func readRNE(ctx context.Context, path string, each func(Formality) error, reject func(Reject) error) (rows int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, fmt.Errorf("ouverture : %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if !strings.EqualFold(filepath.Ext(path), ".zip") {
		return readFormalities(ctx, path, f, each, reject)
	}
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	z, err := zip.NewReader(f, info.Size())
	if err != nil {
		return 0, fmt.Errorf("%s : zip coupé ou abîmé, téléchargez-le à nouveau : %w", path, err)
	}
	for _, e := range z.File {
		if e.FileInfo().IsDir() || !strings.EqualFold(filepath.Ext(e.Name), ".json") {
			continue
		}
		r, err := e.Open()
		if err != nil {
			return rows, fmt.Errorf("%s, %s : %w", path, e.Name, err)
		}
		n, err := readFormalities(ctx, path+", "+e.Name, r, each, reject)
		rows += n
		if err := errors.Join(err, r.Close()); err != nil {
			return rows, err
		}
	}
	return rows, nil
}

// formality is the part of a formality that is read.
type formality struct {
	SIREN     string `json:"siren"`
	Formality struct {
		SIREN   string          `json:"siren"`
		Content json.RawMessage `json:"content"`
	} `json:"formality"`
}

func readFormalities(ctx context.Context, name string, text io.Reader, each func(Formality) error, reject func(Reject) error) (rows int64, err error) {
	b := bufio.NewReaderSize(text, 1<<18)
	if head, _ := b.Peek(3); string(head) == "\xef\xbb\xbf" {
		b.Discard(3)
	}
	for {
		c, err := b.ReadByte()
		if err == io.EOF {
			return 0, fmt.Errorf("%s : fichier vide (%w)", name, ErrFormat)
		}
		if err != nil {
			return 0, fmt.Errorf("%s : %w", name, err)
		}
		if c == ' ' || c == '\n' || c == '\r' || c == '\t' {
			continue
		}
		if err := b.UnreadByte(); err != nil {
			return 0, err
		}
		if c == '[' {
			return readArray(ctx, name, b, each, reject)
		}
		break
	}
	s := bufio.NewScanner(b)
	s.Buffer(make([]byte, 1<<16), maxFormality)
	for line := int64(1); s.Scan(); line++ {
		if err := ctx.Err(); err != nil {
			return rows, err
		}
		row := bytes.TrimSpace(s.Bytes())
		if len(row) == 0 {
			continue
		}
		rows++
		if err := readFormality(name, line, row, each, reject); err != nil {
			return rows, err
		}
	}
	if err := s.Err(); err != nil {
		return rows, fmt.Errorf("%s, après %d formalités : illisible : %w", name, rows, err)
	}
	return rows, nil
}

// readArray reads formalities in one JSON array, one at a time.
func readArray(ctx context.Context, name string, r io.Reader, each func(Formality) error, reject func(Reject) error) (rows int64, err error) {
	d := json.NewDecoder(r)
	if _, err := d.Token(); err != nil {
		return 0, fmt.Errorf("%s : %w", name, err)
	}
	for d.More() {
		if err := ctx.Err(); err != nil {
			return rows, err
		}
		var one json.RawMessage
		if err := d.Decode(&one); err != nil {
			return rows, fmt.Errorf("%s, après la formalité %d (octet %d) : JSON abîmé, téléchargez-le à nouveau : %w", name, rows, d.InputOffset(), err)
		}
		rows++
		if err := readFormality(name, rows, one, each, reject); err != nil {
			return rows, err
		}
	}
	if _, err := d.Token(); err != nil {
		return rows, fmt.Errorf("%s : JSON coupé après la formalité %d, téléchargez-le à nouveau : %w", name, rows, err)
	}
	return rows, nil
}

func readFormality(name string, line int64, text []byte, each func(Formality) error, reject func(Reject) error) error {
	var f formality
	err := json.Unmarshal(text, &f)
	if err != nil {
		return reject(Reject{File: name, Line: line, Reason: "JSON abîmé", Text: quoted(text)})
	}
	id := f.SIREN
	if id == "" {
		id = f.Formality.SIREN
	}
	siren, err := ParseSIREN(id)
	if err != nil {
		return reject(Reject{File: name, Line: line, Reason: "SIREN inutilisable", Text: quoted(text)})
	}
	var content any
	if len(f.Formality.Content) > 0 {
		if err := json.Unmarshal(f.Formality.Content, &content); err != nil {
			return reject(Reject{File: name, Line: line, Reason: "JSON abîmé", Text: quoted(text)})
		}
	}
	return each(Formality{SIREN: siren, Craft: declaresCraft(content)})
}

// declaresCraft reports whether a formality declares a craft activity: as the
// main form of its exercise, or as that of any activity.
func declaresCraft(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if key == "formeExerciceActivitePrincipale" || key == "formeExercice" {
				if value == "ARTISANALE" || value == "ARTISANALE_REGLEMENTEE" {
					return true
				}
				continue
			}
			if declaresCraft(value) {
				return true
			}
		}
	case []any:
		for _, value := range v {
			if declaresCraft(value) {
				return true
			}
		}
	}
	return false
}
