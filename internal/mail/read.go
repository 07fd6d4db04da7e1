package mail

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
)

// A Received is a mail that came in. Everything but Envelope and To was
// written by whoever sent it, and may be a lie.
type Received struct {
	Envelope string   // where a refusal would go; empty for a refusal
	To       []string // addresses it came to, of the house, in small letters

	From        string // address, empty when there is none to be read
	FromName    string
	Subject     string
	MessageID   string // without brackets
	InReplyTo   string // without brackets
	Date        time.Time
	Text        string // all of it
	Answer      string // Text without what it answers: see Reply
	Auto        bool   // made by a machine: never to be answered
	Attachments int    // that were dropped
	Cut         bool   // Text was longer than is kept
	Report      *Report
	hops        int // servers it says it came through
}

// What is kept of a mail.
const (
	maxText    = 200 << 10
	maxHeader  = 64 << 10
	maxParts   = 100
	maxDepth   = 8
	maxSubject = 500
)

// errUnreadable says that a mail has no header.
var errUnreadable = errors.New("not a mail")

// Read reads a mail. It reads what it can: of a mail that ends too soon or is
// made badly, what was there. Attachments are counted and dropped as they pass,
// so that a mail takes no more memory than its text.
func Read(r io.Reader) (Received, error) {
	head, body, err := splitHeader(r)
	if err != nil {
		return Received{}, err
	}
	m, err := mail.ReadMessage(io.MultiReader(strings.NewReader(head), body))
	if err != nil {
		return Received{}, fmt.Errorf("%w: %w", errUnreadable, err)
	}
	h := textproto.MIMEHeader(m.Header)
	got := Received{
		Subject: short(decoded(h.Get("Subject")), maxSubject), MessageID: messageID(h.Get("Message-Id")), InReplyTo: messageID(h.Get("In-Reply-To")), hops: len(h.Values("Received")),
	}
	if got.Date, err = m.Header.Date(); err != nil {
		got.Date = time.Time{}
	}
	if from, err := (&mail.AddressParser{WordDecoder: &words}).Parse(h.Get("From")); err == nil {
		got.FromName = short(CleanName(from.Name), maxSubject)
		got.From, _ = Address(from.Address) // one that is not for the wire stays empty
	}
	p := &pieces{}
	p.walk(h, m.Body, 0)
	got.Text, got.Attachments, got.Cut, got.Report = p.chosen(), p.dropped, p.cut, p.report
	got.Answer = Reply(got.Text)
	got.Auto = automatic(h) || got.Report != nil
	return got, nil
}

// splitHeader reads the header up to its empty line, and no more than it may
// hold.
func splitHeader(r io.Reader) (string, io.Reader, error) {
	b := bufio.NewReaderSize(r, 4096)
	var head strings.Builder
	for {
		line, err := b.ReadSlice('\n')
		head.Write(line)
		if head.Len() > maxHeader {
			return "", nil, fmt.Errorf("%w: its header is too long", errUnreadable)
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			if errors.Is(err, io.EOF) {
				return head.String() + "\r\n\r\n", b, nil
			}
			return "", nil, err
		}
		if s := strings.TrimRight(string(line), "\r\n"); s == "" && err == nil {
			return head.String(), b, nil
		}
	}
}

// words decodes =?utf-8?q?…?= in any charset.
var words = mime.WordDecoder{CharsetReader: func(label string, r io.Reader) (io.Reader, error) { return charset.NewReaderLabel(label, r) }}

// decoded returns the text of a header.
func decoded(s string) string {
	if d, err := words.DecodeHeader(s); err == nil {
		s = d
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

var bracketed = regexp.MustCompile(`<([^<>\s]{1,250})>`)

// messageID returns the first id of a header.
func messageID(s string) string {
	if m := bracketed.FindStringSubmatch(s); m != nil {
		return m[1]
	}
	return ""
}

// absent are the beginnings of subjects of answering machines that say so
// nowhere else.
var absent = regexp.MustCompile(`(?i)^\s*(réponse automatique|absence du bureau|message d['’]absence|automatic reply|auto-?reply|auto:|out of (the )?office)`)

// automatic reports whether a machine made a mail (RFC 3834 and what was
// there before it).
func automatic(h textproto.MIMEHeader) bool {
	if s, _, _ := strings.Cut(h.Get("Auto-Submitted"), ";"); s != "" && !strings.EqualFold(strings.TrimSpace(s), "no") {
		return true
	}
	for _, name := range []string{"X-Autoreply", "X-Autorespond", "X-Autoresponder", "List-Id", "List-Unsubscribe", "X-Failed-Recipients"} {
		if h.Get(name) != "" {
			return true
		}
	}
	if slices.Contains([]string{"bulk", "junk", "list", "auto_reply"}, strings.ToLower(strings.TrimSpace(h.Get("Precedence")))) {
		return true
	}
	if s := strings.ToLower(strings.TrimSpace(h.Get("X-Auto-Response-Suppress"))); s != "" && s != "none" { // what Exchange and other houses write
		return true
	}
	if s, ok := h["Return-Path"]; ok && len(s) > 0 && strings.TrimSpace(s[0]) == "<>" {
		return true
	}
	return absent.MatchString(decoded(h.Get("Subject")))
}

// pieces are gathered on a walk through the parts of a mail.
type pieces struct {
	plain, html []string
	size        int
	seen        int
	dropped     int
	cut         bool
	report      *Report
}

func (p *pieces) walk(h textproto.MIMEHeader, body io.Reader, depth int) {
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || kind == "" {
		kind, params = "text/plain", map[string]string{}
	}
	disposition, _, _ := mime.ParseMediaType(h.Get("Content-Disposition"))
	if strings.HasPrefix(kind, "multipart/") && params["boundary"] != "" {
		p.walkMultipart(body, params["boundary"], depth)
		return
	}
	decoded := transfer(h.Get("Content-Transfer-Encoding"), body)
	switch {
	case kind == "message/delivery-status" && p.report == nil:
		p.report = readReport(decoded)
	case kind == "text/rfc822-headers" || kind == "message/rfc822" && depth > 0: // the mail that was refused or passed on
		p.dropped++
	case disposition == "attachment", kind != "text/plain" && kind != "text/html":
		p.dropped++
	case kind == "text/html":
		if s := p.text(decoded, params["charset"]); s != "" {
			p.html = append(p.html, s)
		}
	default:
		if s := p.text(decoded, params["charset"]); s != "" {
			p.plain = append(p.plain, s)
		}
	}
}

func (p *pieces) walkMultipart(body io.Reader, boundary string, depth int) {
	if depth >= maxDepth {
		p.dropped++
		return
	}
	r := multipart.NewReader(body, boundary)
	for p.seen < maxParts {
		part, err := r.NextRawPart()
		if err != nil {
			return // the end, or what is no part: what was read stands
		}
		p.seen++
		p.walk(part.Header, part, depth+1)
	}
	p.cut = true
}

// transfer undoes how a part was made to pass.
func transfer(how string, r io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(how)) {
	case "quoted-printable":
		return quotedprintable.NewReader(r)
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, r)
	}
	return r
}

// text reads a part of text into UTF-8, within what is kept in all.
func (p *pieces) text(r io.Reader, label string) string {
	left := maxText - p.size
	if left <= 0 {
		p.cut = true
		return ""
	}
	raw, _ := io.ReadAll(io.LimitReader(r, int64(left)+1)) // badly made from here on: what was read stands
	if len(raw) > left {
		raw, p.cut = raw[:left], true
	}
	p.size += len(raw)
	return visible(utf8Of(raw, label))
}

// utf8Of decodes a text. One that is no UTF-8 and says nothing, or lies, is
// taken for Windows-1252, which holds Latin-1.
func utf8Of(raw []byte, label string) string {
	label = strings.ToLower(strings.TrimSpace(label))
	if label == "" || label == "us-ascii" || strings.HasPrefix(label, "utf-8") || label == "utf8" {
		if valid := trimRune(raw); utf8.Valid(valid) {
			return string(valid)
		}
		label = "windows-1252"
	}
	e, _ := charset.Lookup(label)
	if e == nil {
		e, _ = charset.Lookup("windows-1252")
	}
	s, err := e.NewDecoder().Bytes(raw)
	if err != nil {
		return strings.ToValidUTF8(string(raw), "\uFFFD")
	}
	return strings.ToValidUTF8(string(s), "\uFFFD")
}

// trimRune cuts a rune that the end of a text has cut.
func trimRune(b []byte) []byte {
	for i := 1; i < utf8.UTFMax && i <= len(b); i++ {
		if c := b[len(b)-i]; utf8.RuneStart(c) {
			if !utf8.FullRune(b[len(b)-i:]) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}

// chosen returns the text of a mail: its plain parts, or its HTML as text.
func (p *pieces) chosen() string {
	plain := strings.TrimSpace(strings.Join(p.plain, "\n"))
	if plain != "" || len(p.html) == 0 {
		return plain
	}
	texts := make([]string, len(p.html))
	for i, h := range p.html {
		texts[i] = textOf(h)
	}
	return strings.TrimSpace(strings.Join(texts, "\n"))
}
