package app

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"passerelle/internal/directory"
	"passerelle/internal/fold"
)

// addresses are where the producers publish their files. A file of the same
// form in the data folder, addresses.json, replaces what it names.
//
//go:embed addresses.json
var addresses []byte

// addressesFile is the operator's own.
const addressesFile = "addresses.json"

// A feed is a file that a producer publishes.
type feed struct {
	URL    string `json:"url"`
	SHA256 string `json:"sha256,omitempty"` // where the producer gives it
}

// A listFeed is a list that update imports.
type listFeed struct {
	feed
	Label      string `json:"label"`
	ESS        bool   `json:"ess"`
	Column     string `json:"column"`
	KindColumn string `json:"kind_column"`
}

// feeds are the files of update and of --download.
type feeds struct {
	Units          feed       `json:"units"`
	Establishments feed       `json:"establishments"`
	Geolocation    feed       `json:"geolocation"`
	Successions    feed       `json:"successions"`
	Lists          []listFeed `json:"lists"`
	Departments    []string   `json:"departments"` // of update
}

// readFeeds reads the addresses.
func readFeeds(dir string) (feeds, error) {
	var f feeds
	if err := json.Unmarshal(addresses, &f); err != nil {
		return f, fmt.Errorf("addresses: %w", err)
	}
	path := filepath.Join(dir, addressesFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return f, err
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return f, fmt.Errorf("%s : %w", path, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return f, fmt.Errorf("%s : du texte suit l'objet JSON", path)
	}
	if f.Units.URL == "" || f.Establishments.URL == "" {
		return f, fmt.Errorf("%s : il faut une adresse (url) à units et à establishments", path)
	}
	for i, l := range f.Lists {
		if l.URL == "" || fold.Slug(l.Label) == "" {
			return f, fmt.Errorf("%s : il faut une adresse (url) et un nom (label) à la liste %d", path, i+1)
		}
	}
	return f, nil
}

// sum returns the sum that the file at an address must have, if one is known.
func (f *feeds) sum(address string) string {
	for _, known := range []feed{f.Units, f.Establishments, f.Geolocation, f.Successions} {
		if known.URL == address {
			return known.SHA256
		}
	}
	for _, l := range f.Lists {
		if l.URL == address {
			return l.SHA256
		}
	}
	return ""
}

// downloads makes an import of what the producers publish now.
func downloads(x *Context, o *directory.SireneImport) error {
	f, err := readFeeds(x.Config.Data)
	if err != nil {
		return err
	}
	o.Files.Units, o.Files.Establishments, o.Files.Geolocation = f.Units.URL, f.Establishments.URL, f.Geolocation.URL
	o.Successions = f.Successions.URL
	return nil
}

// The patience of a download.
const (
	stallTime  = 30 * time.Second // without a byte
	maxRetries = 8                // in a row
)

// A download reads a file over HTTP as one stream: when the line breaks or
// stalls it goes on where it was, and it refuses a file that changed in
// between or that has another length than was said.
type download struct {
	ctx    context.Context
	client *http.Client
	url    string
	wait   func(time.Duration) // between tries
	body   io.ReadCloser
	at     int64
	size   int64 // -1 while it is not known
	tag    string
	fails  int
	want   string    // sum the producer gives, in hexadecimal; empty when it gives none
	sum    hash.Hash // of what was read
	ended  error     // what the last Read returned
}

// fetch opens an address.
func (x *Context) fetch(address string) (io.ReadCloser, error) {
	f, err := readFeeds(x.Config.Data)
	if err != nil {
		return nil, err
	}
	d := newDownload(x.Ctx, address, stallTime)
	d.want = f.sum(address)
	if err := d.open(); err != nil {
		return nil, err
	}
	return d, nil
}

func newDownload(ctx context.Context, address string, stall time.Duration) *download {
	dial := &net.Dialer{Timeout: stall}
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		ResponseHeaderTimeout: stall,
		DisableCompression:    true,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := dial.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &impatient{c, stall}, nil
		},
	}
	return &download{
		ctx: ctx, client: &http.Client{Transport: transport}, url: address, size: -1, sum: sha256.New(),
		wait: func(t time.Duration) {
			select {
			case <-time.After(t):
			case <-ctx.Done():
			}
		},
	}
}

// An impatient connection gives up when no byte comes for a while.
type impatient struct {
	net.Conn
	stall time.Duration
}

func (c *impatient) Read(p []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.stall)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

// permanent is an error that no further try would mend.
type permanent struct{ error }

// open asks for the file, again and again if need be.
func (d *download) open() error {
	if u, err := url.Parse(d.url); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("%s : ce n'est pas une adresse http:// ou https:// ; corrigez %s dans le dossier de données", d.url, addressesFile)
	}
	if err := d.connect(); err != nil {
		return d.retry(err)
	}
	return nil
}

// connect asks for what is left of the file.
func (d *download) connect() error {
	r, err := http.NewRequestWithContext(d.ctx, http.MethodGet, d.url, nil)
	if err != nil {
		return permanent{fmt.Errorf("%s : %w", d.url, err)}
	}
	r.Header.Set("User-Agent", "passerelle/"+version())
	if d.at > 0 {
		r.Header.Set("Range", "bytes="+strconv.FormatInt(d.at, 10)+"-")
		if d.tag != "" {
			r.Header.Set("If-Range", d.tag)
		}
	}
	a, err := d.client.Do(r)
	if err != nil {
		return err
	}
	switch {
	case a.StatusCode == http.StatusOK && d.at == 0:
		d.size, d.tag = a.ContentLength, tagOf(a)
	case a.StatusCode == http.StatusPartialContent && d.at > 0 && d.tag != "" && tagOf(a) != "" && tagOf(a) != d.tag:
		a.Body.Close() // it did not look at If-Range
		return d.changed()
	case a.StatusCode == http.StatusPartialContent && d.at > 0:
		var from, to, size int64
		if _, err := fmt.Sscanf(a.Header.Get("Content-Range"), "bytes %d-%d/%d", &from, &to, &size); err != nil || from != d.at || d.size >= 0 && size != d.size {
			a.Body.Close()
			return permanent{fmt.Errorf("%s : le serveur reprend ailleurs qu'il ne faut ; recommencez", d.url)}
		}
	case a.StatusCode == http.StatusOK || a.StatusCode == http.StatusPreconditionFailed || a.StatusCode == http.StatusRequestedRangeNotSatisfiable:
		a.Body.Close()
		return d.changed()
	case a.StatusCode >= 500 || a.StatusCode == http.StatusTooManyRequests:
		a.Body.Close()
		return fmt.Errorf("%s : le serveur répond %s", d.url, a.Status)
	default:
		a.Body.Close()
		return permanent{fmt.Errorf("%s : le serveur répond %s ; vérifiez l'adresse, que %s du dossier de données peut remplacer", d.url, a.Status, addressesFile)}
	}
	d.body = a.Body
	return nil
}

// changed is the error of a file that is no more what was begun.
func (d *download) changed() error {
	return permanent{fmt.Errorf("%s : le fichier a changé pendant son téléchargement, ou le serveur ne sait pas reprendre ; recommencez", d.url)}
}

// tagOf returns what tells one version of a file from another: a strong tag,
// else its date, else nothing.
func tagOf(a *http.Response) string {
	if tag := a.Header.Get("ETag"); tag != "" && !strings.HasPrefix(tag, "W/") {
		return tag
	}
	return a.Header.Get("Last-Modified")
}

// retry connects again after err, with longer and longer waits.
func (d *download) retry(err error) error {
	for {
		if d.ctx.Err() != nil {
			return d.ctx.Err()
		}
		var p permanent
		if errors.As(err, &p) {
			return p.error
		}
		if d.fails++; d.fails > maxRetries {
			return fmt.Errorf("%s : téléchargement interrompu après %d octets, malgré %d reprises : %w", d.url, d.at, maxRetries, err)
		}
		d.wait(min(30*time.Second, 200*time.Millisecond<<d.fails))
		if err = d.connect(); err == nil {
			return nil
		}
	}
}

// Read reads on, over as many connections as it takes. At the end it refuses
// a file that has not the sum the producer gives.
func (d *download) Read(p []byte) (n int, err error) {
	if d.ended != nil {
		return 0, d.ended
	}
	n, err = d.read(p)
	if d.want != "" {
		d.sum.Write(p[:n])
	}
	if err == io.EOF && d.want != "" && !strings.EqualFold(d.want, hex.EncodeToString(d.sum.Sum(nil))) {
		err = fmt.Errorf("%s : sa somme SHA-256 est %x, et non %s ; recommencez, ou corrigez %s", d.url, d.sum.Sum(nil), d.want, addressesFile)
	}
	d.ended = err
	return n, err
}

func (d *download) read(p []byte) (int, error) {
	for {
		n, err := d.body.Read(p)
		d.at += int64(n)
		if n > 0 {
			d.fails = 0
			return n, nil
		}
		if err == nil {
			continue
		}
		if err == io.EOF && (d.size < 0 || d.at == d.size) {
			return 0, io.EOF
		}
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		d.body.Close()
		if d.size >= 0 && d.at > d.size {
			return 0, fmt.Errorf("%s : plus long que les %d octets annoncés", d.url, d.size)
		}
		if err := d.retry(err); err != nil {
			return 0, err
		}
	}
}

// maxTail is how much may follow what the reader of a file wants of it: the
// directory of a zip that holds one file.
const maxTail = 1 << 20

// Close ends the download. With a sum to check, it first reads what the reader
// left, unless that is so much that the reading was given up.
func (d *download) Close() error {
	var err error
	if d.want != "" && d.ended == nil && d.body != nil {
		if _, err = io.CopyN(io.Discard, d, maxTail); err == io.EOF {
			err = nil
		} else if err == nil {
			err = fmt.Errorf("%s : lecture abandonnée, sa somme n'a pas été vérifiée", d.url)
		}
	}
	d.client.CloseIdleConnections()
	if d.body == nil {
		return err
	}
	return errors.Join(err, d.body.Close())
}
