package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A producer is a server of one file, with the faults a test gives it.
type producer struct {
	file     []byte
	tag      string
	breaks   []int // how many bytes each answer gives before the line is cut; then whole ones
	stalls   bool  // it falls silent there instead
	announce int   // what is added to the length it tells
	status   []int // of the first answers
	deaf     bool  // to Range
	careless bool  // about If-Range
	from     int   // what is added to where it says it goes on
	chunked  bool  // it does not tell the length
	change   func(p *producer, answer int)

	asked []string // Range and If-Range of each request
	ended context.Context
}

func (p *producer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := len(p.asked)
	p.asked = append(p.asked, strings.TrimSpace(r.Header.Get("Range")+" "+r.Header.Get("If-Range")))
	if p.change != nil {
		p.change(p, answer)
	}
	if answer < len(p.status) && p.status[answer] != 0 {
		http.Error(w, "no", p.status[answer])
		return
	}
	from := 0
	if s, ok := strings.CutPrefix(r.Header.Get("Range"), "bytes="); ok && !p.deaf {
		n, err := strconv.Atoi(strings.TrimSuffix(s, "-"))
		if tag := r.Header.Get("If-Range"); err == nil && (p.careless || tag == "" || tag == p.tag) {
			from = n
		}
	}
	if p.tag != "" {
		w.Header().Set("ETag", p.tag)
	}
	if from > len(p.file) {
		w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
		return
	}
	body := p.file[from:]
	if !p.chunked {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)+p.announce))
	}
	if from > 0 {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from+p.from, len(p.file)-1+p.announce, len(p.file)+p.announce))
		w.WriteHeader(http.StatusPartialContent)
	}
	if answer >= len(p.breaks) {
		w.Write(body) //nolint:errcheck // a client that went away is part of the tests
		return
	}
	w.Write(body[:min(p.breaks[answer], len(body))]) //nolint:errcheck // the same
	if err := http.NewResponseController(w).Flush(); err != nil {
		panic(err)
	}
	if p.stalls {
		select {
		case <-r.Context().Done():
		case <-p.ended.Done():
		}
	}
	panic(http.ErrAbortHandler)
}

// pattern is n bytes, no two stretches of which are the same.
func pattern(n int) []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "%d\n", i)
	}
	return b.Bytes()[:n]
}

// served downloads what a producer publishes, without waiting between tries.
func served(t *testing.T, p *producer, stall time.Duration) (text []byte, waits []time.Duration, err error) {
	t.Helper()
	ended, end := context.WithCancel(t.Context())
	p.ended = ended
	s := httptest.NewServer(p)
	defer s.Close()
	defer end()
	d := newDownload(t.Context(), s.URL+"/stock.csv", stall)
	d.wait = func(w time.Duration) { waits = append(waits, w) }
	if err := d.open(); err != nil {
		return nil, waits, err
	}
	text, err = io.ReadAll(d)
	return text, waits, errors.Join(err, d.Close())
}

func TestDownload(t *testing.T) {
	file := pattern(200_000)
	other := slices.Clone(file)
	other[150_000]++
	for _, c := range []struct {
		about string
		p     producer
		asked []string // "" for any
		waits int
		want  string // of the error; empty when the whole file must come
	}{
		{"whole", producer{tag: `"a"`}, []string{""}, 0, ""},
		{"without a length", producer{chunked: true}, []string{""}, 0, ""},
		{
			"broken three times",
			producer{tag: `"a"`, breaks: []int{1000, 50_000, 1}},
			[]string{"", `bytes=1000- "a"`, `bytes=51000- "a"`, `bytes=51001- "a"`},
			3, "",
		},
		{"broken without a length", producer{tag: `"a"`, chunked: true, breaks: []int{1000}}, []string{"", `bytes=1000- "a"`}, 1, ""},
		{"broken before its first byte", producer{tag: `"a"`, breaks: []int{0, 0}}, []string{"", "", ""}, 2, ""},
		{"a weak tag says nothing", producer{tag: `W/"a"`, breaks: []int{1000}}, []string{"", "bytes=1000-"}, 1, ""},
		{"silent in the middle", producer{tag: `"a"`, stalls: true, breaks: []int{70_000, 10}}, []string{"", `bytes=70000- "a"`, `bytes=70010- "a"`}, 2, ""},
		{"busy, then not", producer{status: []int{503, 429, 500}}, []string{"", "", "", ""}, 3, ""},
		{"busy when it goes on", producer{tag: `"a"`, breaks: []int{1000}, status: []int{0, 502}}, []string{"", `bytes=1000- "a"`, `bytes=1000- "a"`}, 2, ""},

		{"longer than there is", producer{tag: `"a"`, announce: 5}, nil, -1, "malgré 8 reprises"},
		{"never a byte", producer{breaks: slices.Repeat([]int{0}, 20)}, slices.Repeat([]string{""}, 9), 8, "téléchargement interrompu après 0 octets, malgré 8 reprises"},
		{"always busy", producer{status: slices.Repeat([]int{500}, 20)}, slices.Repeat([]string{""}, 9), 8, "500 Internal Server Error"},
		{"not there", producer{status: []int{404}}, []string{""}, 0, "404 Not Found ; vérifiez l'adresse, que addresses.json"},
		{"not there any more", producer{tag: `"a"`, breaks: []int{1000}, status: []int{0, 404}}, nil, 1, "404 Not Found"},
		{"deaf to Range", producer{tag: `"a"`, deaf: true, breaks: []int{1000}}, nil, 1, "ne sait pas reprendre ; recommencez"},
		{"goes on elsewhere", producer{tag: `"a"`, from: 1, breaks: []int{1000}}, nil, 1, "reprend ailleurs"},
		{"changed in between", producer{tag: `"a"`, breaks: []int{1000}, change: func(p *producer, answer int) {
			if answer == 1 {
				p.file, p.tag = other, `"b"`
			}
		}}, nil, 1, "a changé pendant son téléchargement"},
		{"changed, and careless about it", producer{tag: `"a"`, careless: true, breaks: []int{1000}, change: func(p *producer, answer int) {
			if answer == 1 {
				p.file, p.tag = other, `"b"`
			}
		}}, nil, 1, "a changé pendant son téléchargement"},
		{"changed, without a tag, to another length", producer{breaks: []int{1000}, change: func(p *producer, answer int) {
			if answer == 1 {
				p.file = other[:199_000]
			}
		}}, nil, 1, "reprend ailleurs"},
		{"shrunk under where it was", producer{breaks: []int{1000}, change: func(p *producer, answer int) {
			if answer == 1 {
				p.file = other[:900]
			}
		}}, nil, 1, "a changé pendant son téléchargement"},
	} {
		t.Run(c.about, func(t *testing.T) {
			t.Parallel()
			p := c.p
			p.file = file
			stall := 10 * time.Second
			if p.stalls {
				stall = 200 * time.Millisecond
			}
			text, waits, err := served(t, &p, stall)
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want == "" && !bytes.Equal(text, file):
				t.Errorf("%d bytes, not the %d of the file", len(text), len(file))
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "/stock.csv")):
				t.Errorf("error %v; want the address and %q", err, c.want)
			}
			if c.asked != nil && !slices.Equal(p.asked, c.asked) {
				t.Errorf("asked for %q, want %q", p.asked, c.asked)
			}
			if c.waits >= 0 && len(waits) != c.waits {
				t.Errorf("waited %v, want %d times", waits, c.waits)
			}
			if !slices.IsSorted(waits[:min(len(waits), 3)]) || len(waits) > 0 && slices.Max(waits) > 30*time.Second {
				t.Errorf("waited %v, want longer and longer, up to 30 s", waits)
			}
		})
	}
}

// A server that tells fewer bytes than it sends is believed: what it is short
// of is seen by the sum of the zip.
func TestDownloadBelievesTheLength(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		defer c.Close()
		fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: 4990\r\n\r\n%s", pattern(5000))
	}))
	defer s.Close()
	d := newDownload(t.Context(), s.URL, time.Second)
	if err := d.open(); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if text, err := io.ReadAll(d); err != nil || !bytes.Equal(text, pattern(4990)) {
		t.Errorf("%d bytes, %v", len(text), err)
	}
}

func TestDownloadStopsWhenAsked(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	p := &producer{file: pattern(5000), breaks: []int{100}, stalls: true, ended: ctx}
	s := httptest.NewServer(p)
	defer s.Close()
	d := newDownload(ctx, s.URL, time.Minute)
	if err := d.open(); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := io.ReadFull(d, make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(20*time.Millisecond, stop)
	if _, err := d.Read(make([]byte, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

func TestDownloadOfWhatIsNoAddress(t *testing.T) {
	for _, url := range []string{"ftp://localhost/stock.zip", "http://", "http://local host/", "file:///etc/passwd"} {
		d := newDownload(t.Context(), url, time.Second)
		d.wait = func(time.Duration) { t.Errorf("%s: tried again", url) }
		if err := d.open(); err == nil || !strings.Contains(err.Error(), url) || !strings.Contains(err.Error(), "http") {
			t.Errorf("%s: error %v; want the address, and what is accepted", url, err)
		}
	}
}
