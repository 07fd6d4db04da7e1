package web

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
)

// A reply holds an answer back until it is whole, so that a fault can still
// become an error page, then gives it an ETag, leaves out a body that the
// reader already has, and compresses the rest. An answer that outgrows
// holdLimit, or asks to be flushed, goes out as it comes, without ETag.
type reply struct {
	http.ResponseWriter
	r      *http.Request
	body   []byte
	status int
	out    bool           // the header has been sent
	coder  io.WriteCloser // compresses what goes out as it comes
	sent   int64          // bytes of body, before compression
	broken error          // of a write
}

const (
	holdLimit   = 2 << 20
	worthCoding = 1 << 10 // a shorter body grows, or fits a packet anyway
)

func newReply(w http.ResponseWriter, r *http.Request) *reply {
	return &reply{ResponseWriter: w, r: r, body: (*bodies.Get().(*[]byte))[:0]}
}

// bodies keeps the buffers of answers.
var bodies = sync.Pool{New: func() any { b := make([]byte, 0, 16<<10); return &b }}

// held reports whether nothing has been sent yet.
func (p *reply) held() bool { return !p.out }

// forget drops the answer made so far, all but the headers that are set for
// every answer.
func (p *reply) forget() {
	p.body, p.status, p.sent = p.body[:0], 0, 0
	for _, name := range []string{"Content-Type", "Content-Length", "Content-Encoding", "ETag", "Last-Modified"} {
		p.Header().Del(name)
	}
}

// WriteHeader keeps the status of the answer.
func (p *reply) WriteHeader(status int) {
	if p.out {
		return
	}
	if status >= 100 && status < 200 && status != http.StatusSwitchingProtocols {
		p.ResponseWriter.WriteHeader(status)
		return
	}
	if p.status == 0 {
		p.status = status
	}
}

// Write keeps b, or sends it when the answer goes out as it comes.
func (p *reply) Write(b []byte) (int, error) {
	if p.status == 0 {
		p.status = http.StatusOK
	}
	p.sent += int64(len(b))
	if !p.out && len(p.body)+len(b) <= holdLimit {
		p.body = append(p.body, b...)
		return len(b), nil
	}
	if err := p.release(); err != nil {
		return 0, err
	}
	return p.send(b)
}

func (p *reply) send(b []byte) (int, error) {
	w := io.Writer(p.ResponseWriter)
	if p.coder != nil {
		w = p.coder
	}
	n, err := w.Write(b)
	if err != nil {
		p.broken = err
	}
	return n, err
}

// release sends what was kept; from here on the answer goes out as it comes.
func (p *reply) release() error {
	if p.out {
		return nil
	}
	p.out = true
	if p.status == 0 {
		p.status = http.StatusOK
	}
	if name := p.coding(); name != "" && p.r.Method != http.MethodHead {
		p.Header().Set("Content-Encoding", name)
		p.Header().Del("Content-Length")
		p.coder = newCoder(name, p.ResponseWriter)
	}
	p.ResponseWriter.WriteHeader(p.status)
	_, err := p.send(p.body)
	p.body = p.body[:0]
	return err
}

// Flush sends what was written so far.
func (p *reply) Flush() {
	if p.release() != nil {
		return
	}
	if f, ok := p.coder.(interface{ Flush() error }); ok {
		if err := f.Flush(); err != nil {
			p.broken = err
			return
		}
	}
	if err := http.NewResponseController(p.ResponseWriter).Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		p.broken = err
	}
}

// finish sends the answer. It is called once, when the handler has ended.
func (p *reply) finish() error {
	defer func() {
		if cap(p.body) <= 256<<10 {
			b := p.body[:0]
			bodies.Put(&b)
		}
		p.body = nil
	}()
	if p.out {
		if p.coder != nil {
			if err := p.coder.Close(); err != nil && p.broken == nil {
				p.broken = err
			}
			keepCoder(p.coder)
		}
		return p.broken
	}
	p.out = true
	if p.status == 0 {
		p.status = http.StatusOK
	}
	h := p.Header()
	if p.status == http.StatusOK && (p.r.Method == http.MethodGet || p.r.Method == http.MethodHead) {
		if len(h["Etag"]) == 0 && h.Get("Cache-Control") != "no-store" && len(p.body) > 0 {
			sum := sha256.Sum256(p.body)
			h.Set("ETag", `W/"`+hex.EncodeToString(sum[:8])+`"`)
		}
		if sameTag(p.r.Header.Get("If-None-Match"), h.Get("ETag")) {
			p.status, p.sent, p.body = http.StatusNotModified, 0, p.body[:0]
			h.Del("Content-Type")
			h.Del("Content-Length")
		}
	}
	if p.status == http.StatusNotModified || p.status == http.StatusNoContent {
		if p.status == http.StatusNotModified {
			h.Add("Vary", "Accept-Encoding")
		}
		p.ResponseWriter.WriteHeader(p.status)
		return nil
	}
	name := p.coding()
	if name == "" || len(p.body) < worthCoding {
		h.Set("Content-Length", strconv.Itoa(len(p.body)))
		p.ResponseWriter.WriteHeader(p.status)
		_, err := p.ResponseWriter.Write(p.body)
		return err
	}
	h.Set("Content-Encoding", name)
	h.Del("Content-Length")
	p.ResponseWriter.WriteHeader(p.status)
	c := newCoder(name, p.ResponseWriter)
	_, err := c.Write(p.body)
	if e := c.Close(); err == nil {
		err = e
	}
	keepCoder(c)
	return err
}

// Unwrap lets http.ResponseController reach the connection.
func (p *reply) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// coding chooses how the body is compressed, "" for not at all, and says that
// the answer depends on what the reader accepts.
func (p *reply) coding() string {
	h := p.Header()
	if h.Get("Content-Encoding") != "" || h.Get("Content-Range") != "" || !compressible(h.Get("Content-Type")) {
		return ""
	}
	h.Add("Vary", "Accept-Encoding")
	return chooseCoding(p.r.Header.Get("Accept-Encoding"))
}

// compressible reports whether a kind of content shrinks.
func compressible(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	switch kind = strings.TrimSpace(kind); kind {
	case "application/json", "application/javascript", "application/xml", "application/manifest+json",
		"application/problem+json", "application/geo+json", "application/ld+json", "image/svg+xml", "application/wasm":
		return true
	}
	return strings.HasPrefix(kind, "text/")
}

// chooseCoding reads Accept-Encoding (RFC 9110 §12.5.3): brotli where it is as
// welcome as gzip.
func chooseCoding(accept string) string {
	var br, gz, any float64
	br, gz, any = -1, -1, -1
	for part := range strings.SplitSeq(accept, ",") {
		name, params, _ := strings.Cut(part, ";")
		q := 1.0
		if v, ok := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q="); ok {
			f, err := strconv.ParseFloat(v, 64)
			if err != nil {
				continue
			}
			q = f
		}
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "br":
			br = q
		case "gzip", "x-gzip":
			gz = q
		case "*":
			any = q
		}
	}
	if br < 0 {
		br = any
	}
	if gz < 0 {
		gz = any
	}
	switch {
	case br > 0 && br >= gz:
		return "br"
	case gz > 0:
		return "gzip"
	}
	return ""
}

// The writers that compress hold large tables: they are kept.
var (
	brotlis = sync.Pool{New: func() any { return brotli.NewWriterLevel(nil, 4) }}
	gzips   = sync.Pool{New: func() any {
		w, err := gzip.NewWriterLevel(nil, 5)
		if err != nil {
			panic(err) // the level is a constant
		}
		return w
	}}
)

func newCoder(name string, w io.Writer) io.WriteCloser {
	if name == "br" {
		b := brotlis.Get().(*brotli.Writer)
		b.Reset(w)
		return b
	}
	g := gzips.Get().(*gzip.Writer)
	g.Reset(w)
	return g
}

func keepCoder(c io.WriteCloser) {
	switch c := c.(type) {
	case *brotli.Writer:
		brotlis.Put(c)
	case *gzip.Writer:
		gzips.Put(c)
	}
}

// sameTag reports whether an If-None-Match holds tag, compared weakly.
func sameTag(header, tag string) bool {
	if header == "" || tag == "" {
		return false
	}
	if header == "*" {
		return true
	}
	tag = strings.TrimPrefix(tag, "W/")
	for t := range strings.SplitSeq(header, ",") {
		if strings.TrimPrefix(strings.TrimSpace(t), "W/") == tag {
			return true
		}
	}
	return false
}
