package web

import (
	"errors"
	"io"
	"net/http"
	"net/url"
)

// Where establishments are told of, and a file may be sent along.
const (
	firmsPath = "/mon-espace/entreprises/"
	photosEnd = "/photos"
	labelsEnd = "/labels"
)

// maxPiece bounds a request with a file. It is more than any file that is
// taken: a file too long is read to its end and refused in words, where
// stopping half way would show a broken connection.
const maxPiece = 48 << 20

// A piece is a form with one file.
type piece struct {
	form url.Values
	file []byte // nil when none was chosen
	name string // of the file, as it was sent
	long bool   // the file has more bytes than are taken
}

// pieceOf reads a form with a file of at most so many bytes, which stays in
// memory: what people send leaves nothing behind.
func pieceOf(r *http.Request, most int64) (*piece, error) {
	p := &piece{form: url.Values{}}
	parts, err := r.MultipartReader()
	if err != nil {
		return p, nil // sent without a file: the form tells what is missing
	}
	left := int64(maxForm)
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return p, nil
		}
		if err != nil {
			return p, pieceError(err)
		}
		if part.FileName() == "" {
			text, err := io.ReadAll(io.LimitReader(part, left+1))
			if err != nil {
				return p, pieceError(err)
			}
			if left -= int64(len(text)); left < 0 {
				return p, errForm
			}
			p.form.Add(part.FormName(), readable(string(text)))
			continue
		}
		p.name = cut(readable(part.FileName()), 200)
		if p.file, err = io.ReadAll(io.LimitReader(part, most+1)); err != nil {
			return p, pieceError(err)
		}
		if int64(len(p.file)) > most {
			p.long, p.file = true, nil
			if _, err := io.Copy(io.Discard, part); err != nil {
				return p, pieceError(err)
			}
		}
	}
}

// pieceError keeps that a request was too long; anything else is a form that
// cannot be read.
func pieceError(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return err
	}
	return errForm
}
