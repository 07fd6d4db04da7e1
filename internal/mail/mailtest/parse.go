package mailtest

import (
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
)

// parse reads the parts of a mail. It is strict: what is not made by the book
// is refused, and the sender's test fails.
func (r *Received) parse(h mail.Header, body []byte) error {
	var err error
	if r.Subject, err = new(mime.WordDecoder).DecodeHeader(h.Get("Subject")); err != nil {
		return err
	}
	return r.part(textproto.MIMEHeader(h), strings.NewReader(string(body)))
}

func (r *Received) part(h textproto.MIMEHeader, body io.Reader) error {
	content := h.Get("Content-Type")
	if content == "" {
		content = "text/plain"
	}
	kind, params, err := mime.ParseMediaType(content)
	if err != nil {
		return err
	}
	if strings.HasPrefix(kind, "multipart/") {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			p, err := parts.NextRawPart()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			if err := r.part(p.Header, p); err != nil {
				return err
			}
		}
	}
	switch h.Get("Content-Transfer-Encoding") {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	b, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	text := strings.ReplaceAll(string(b), "\r\n", "\n")
	switch disposition, names, _ := mime.ParseMediaType(h.Get("Content-Disposition")); {
	case disposition == "attachment":
		name, err := new(mime.WordDecoder).DecodeHeader(names["filename"])
		if err != nil {
			return err
		}
		r.Files = append(r.Files, File{Name: name, Type: content, Content: b})
	case kind == "text/html":
		r.HTML = text
	case kind == "text/plain":
		r.Text = text
	}
	return nil
}
