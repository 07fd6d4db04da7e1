package mail

import (
	"fmt"
	"html"
	"net/url"
	"strings"
)

// A Letter is what a mail says, once: its text and its HTML are both made of
// it. Every string is plain text.
type Letter struct {
	Language  string // fr or en
	House     string // name of the house, at the head and the foot
	Subject   string
	Preheader string // what a list of mails shows beside the subject
	Title     string
	Blocks    []Block
	Why       string // why the reader gets it, at the foot
	Answers   string // who reads an answer to it
	Links     []Link // at the foot: preferences, objection
}

// A Link is an address and what it leads to.
type Link struct{ Label, URL string }

// A Block is a piece of a letter: one of Para, Button, List, Facts, Quote and
// Code.
type Block interface{ block() }

// The blocks.
type (
	// A Para is a paragraph.
	Para string
	// A Button is the one thing to do.
	Button Link
	// A List is items one under the other, with a link or without.
	List []Item
	// Facts are labels and their values: when, where.
	Facts []Fact
	// A Quote is what somebody wrote.
	Quote string
	// A Code is to be typed or dictated.
	Code string
)

// An Item is a line of a List.
type Item struct {
	Text string
	More string // under it
	Link Link   // none when its URL is empty
}

// A Fact is a line of Facts.
type Fact struct{ Label, Value string }

func (Para) block()   {}
func (Button) block() {}
func (List) block()   {}
func (Facts) block()  {}
func (Quote) block()  {}
func (Code) block()   {}

// textWidth is where lines of the text part are broken.
const textWidth = 72

// Compose writes the two parts of a letter. It refuses one that has an
// address a reader should not follow.
func Compose(l Letter) (text, page string, err error) {
	for _, link := range l.links() {
		if err := sound(link); err != nil {
			return "", "", err
		}
	}
	return l.text(), l.page(), nil
}

// links returns every link of a letter.
func (l *Letter) links() []Link {
	var all []Link
	for _, b := range l.Blocks {
		switch b := b.(type) {
		case Button:
			all = append(all, Link(b))
		case List:
			for _, i := range b {
				if i.Link.URL != "" {
					all = append(all, i.Link)
				}
			}
		}
	}
	return append(all, l.Links...)
}

// sound refuses an address that is not whole, or of another kind than a mail
// may hold.
func sound(l Link) error {
	u, err := url.Parse(l.URL)
	if err != nil || strings.ContainsAny(l.URL, "\r\n\t <>\"") {
		return fmt.Errorf("link %q: not an address", l.Label)
	}
	if (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" || u.Scheme == "mailto" && u.Opaque != "" {
		return nil
	}
	return fmt.Errorf("link %q: not a whole http, https or mailto address", l.Label)
}

// text is the part that any program can show, and some people prefer.
func (l *Letter) text() string {
	var b strings.Builder
	para := func(s string) {
		b.WriteString(wrap(s, "", "") + "\n\n")
	}
	para(l.Title)
	for _, block := range l.Blocks {
		switch v := block.(type) {
		case Para:
			para(string(v))
		case Button:
			fmt.Fprintf(&b, "%s\n%s\n\n", wrap(colon(l.Language, v.Label), "", ""), v.URL)
		case Quote:
			para(wrap(string(v), "> ", "> "))
		case Code:
			fmt.Fprintf(&b, "    %s\n\n", v)
		case Facts:
			for _, f := range v {
				b.WriteString(wrap(colon(l.Language, f.Label)+" "+f.Value, "", "  ") + "\n")
			}
			b.WriteByte('\n')
		case List:
			for _, i := range v {
				b.WriteString(wrap(i.Text, "- ", "  ") + "\n")
				if i.More != "" {
					b.WriteString(wrap(i.More, "  ", "  ") + "\n")
				}
				if i.Link.URL != "" {
					b.WriteString("  " + i.Link.URL + "\n")
				}
			}
			b.WriteByte('\n')
		}
	}
	b.WriteString("-- \n" + l.House + "\n")
	for _, s := range []string{l.Why, l.Answers} {
		if s != "" {
			b.WriteString(wrap(s, "", "") + "\n")
		}
	}
	for _, link := range l.Links {
		fmt.Fprintf(&b, "%s\n%s\n", colon(l.Language, link.Label), link.URL)
	}
	return b.String()
}

// colon adds a colon as the language writes it.
func colon(language, s string) string {
	if language == "fr" {
		return s + "\u00a0:"
	}
	return s + ":"
}

// wrap breaks a text into lines, the first begun otherwise than the rest. A
// word too long for a line stays whole.
func wrap(s, first, rest string) string {
	var lines []string
	for _, part := range strings.Split(s, "\n") {
		line, n := first, len([]rune(first))
		empty := true
		for _, word := range strings.FieldsFunc(part, func(r rune) bool { return r == ' ' || r == '\t' || r == '\r' }) {
			w := len([]rune(word))
			if !empty && n+1+w > textWidth {
				lines = append(lines, line)
				line, n, empty = rest, len([]rune(rest)), true
			}
			if !empty {
				line, n = line+" ", n+1
			}
			line, n, empty = line+word, n+w, false
		}
		lines = append(lines, strings.TrimRight(line, " "))
		first = rest
	}
	return strings.Join(lines, "\n")
}

// The colours of the identity, as a mail may hold them: written into each
// element, since many programs read no style sheet. Those of the dark screen
// are in a style sheet for the programs that do.
const (
	inkColour   = "#1B2226"
	ink2Colour  = "#485157"
	pageColour  = "#F3F5F1"
	sandColour  = "#E5E6DC"
	actColour   = "#23418F"
	brickColour = "#A33D20"
	opalColour  = "#13696B"
	textFont    = "'Atkinson Hyperlegible Next','Atkinson Hyperlegible',Verdana,'Segoe UI',Arial,sans-serif"
	titleFont   = "'Bricolage Grotesque','Trebuchet MS','Segoe UI',Arial,sans-serif"
)

const darkStyle = `:root{color-scheme:light dark}` +
	`@media (prefers-color-scheme:dark){.page{background:#11181A!important}.sheet{background:#182124!important}.ink{color:#EBEEE8!important}` +
	`.soft{color:#B4BFBD!important}.act{background:#A9BFF7!important;color:#10182F!important}.way{color:#A9BFF7!important}.sand{background:#212C2F!important}}`

// page is the HTML part: one column, no picture, nothing fetched.
func (l *Letter) page() string {
	var b strings.Builder
	e := html.EscapeString
	fmt.Fprintf(&b, `<!doctype html><html lang="%s"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark"><title>%s</title><style>%s</style></head>`, e(l.Language), e(l.Subject), darkStyle)
	fmt.Fprintf(&b, `<body class="page" style="margin:0;padding:0;background:%s"><div style="display:none;max-height:0;overflow:hidden">%s</div>`, pageColour, e(l.Preheader))
	fmt.Fprintf(&b, `<table role="presentation" class="page" width="100%%" cellpadding="0" cellspacing="0" style="background:%s"><tr><td align="center" style="padding:24px 12px">`, pageColour)
	b.WriteString(`<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px;text-align:left">`)
	// The deck: half brick, square; half opal, round.
	fmt.Fprintf(&b, `<tr><td style="padding:0 0 12px"><table role="presentation" cellpadding="0" cellspacing="0"><tr><td style="width:18px;height:18px;background:%s;font-size:0;line-height:0">&nbsp;</td><td style="width:2px;font-size:0">&nbsp;</td><td style="width:18px;height:18px;background:%s;border-radius:0 18px 0 0;font-size:0;line-height:0">&nbsp;</td><td class="ink" style="padding-left:10px;font:700 18px/1.2 %s;color:%s">%s</td></tr></table></td></tr>`, brickColour, opalColour, titleFont, inkColour, e(l.House))
	fmt.Fprintf(&b, `<tr><td class="sheet" style="background:#FFFFFF;border-top:6px solid %s;padding:28px 24px">`, inkColour)
	fmt.Fprintf(&b, `<h1 class="ink" style="margin:0 0 16px;font:700 24px/1.2 %s;color:%s">%s</h1>`, titleFont, inkColour, e(l.Title))
	for _, block := range l.Blocks {
		l.put(&b, block)
	}
	fmt.Fprintf(&b, `</td></tr><tr><td class="soft" style="padding:16px 24px;font:400 14px/1.5 %s;color:%s">`, textFont, ink2Colour)
	for _, s := range []string{l.Why, l.Answers} {
		if s != "" {
			fmt.Fprintf(&b, `<p style="margin:0 0 8px">%s</p>`, e(s))
		}
	}
	for _, link := range l.Links {
		fmt.Fprintf(&b, `<p style="margin:0 0 8px"><a class="way" href="%s" style="color:%s">%s</a></p>`, e(link.URL), actColour, e(link.Label))
	}
	b.WriteString(`</td></tr></table></td></tr></table></body></html>`)
	return b.String()
}

// put writes a block in HTML.
func (l *Letter) put(b *strings.Builder, block Block) {
	e := func(s string) string { return strings.ReplaceAll(html.EscapeString(s), "\n", "<br>") }
	para := fmt.Sprintf("margin:0 0 16px;font:400 17px/1.55 %s;color:%s", textFont, inkColour)
	switch v := block.(type) {
	case Para:
		fmt.Fprintf(b, `<p class="ink" style="%s">%s</p>`, para, e(string(v)))
	case Button:
		fmt.Fprintf(b, `<table role="presentation" cellpadding="0" cellspacing="0" style="margin:8px 0 20px"><tr><td class="act" style="background:%s;border-radius:3px"><a class="act" href="%s" style="display:inline-block;padding:14px 24px;font:700 17px/1.2 %s;color:#FFFFFF;text-decoration:none">%s</a></td></tr></table>`, actColour, html.EscapeString(v.URL), textFont, e(v.Label))
	case Quote:
		fmt.Fprintf(b, `<blockquote class="ink" style="margin:0 0 16px;padding:2px 0 2px 16px;border-left:6px solid %s;font:400 17px/1.55 %s;color:%s">%s</blockquote>`, sandColour, textFont, inkColour, e(string(v)))
	case Code:
		fmt.Fprintf(b, `<p class="ink sand" style="margin:0 0 20px;padding:14px 20px;background:%s;font:700 28px/1.2 Consolas,Menlo,'DejaVu Sans Mono',monospace;letter-spacing:3px;color:%s">%s</p>`, sandColour, inkColour, e(string(v)))
	case Facts:
		b.WriteString(`<table cellpadding="0" cellspacing="0" style="width:100%;margin:0 0 20px;border-collapse:collapse">`)
		for _, f := range v {
			fmt.Fprintf(b, `<tr><th scope="row" class="ink" style="text-align:left;vertical-align:top;padding:8px 16px 8px 0;border-top:1px solid %[1]s;font:700 16px/1.45 %[2]s;color:%[3]s;white-space:nowrap">%[4]s</th><td class="ink" style="padding:8px 0;border-top:1px solid %[1]s;font:400 16px/1.45 %[2]s;color:%[3]s">%[5]s</td></tr>`, sandColour, textFont, inkColour, e(f.Label), e(f.Value))
		}
		b.WriteString(`</table>`)
	case List:
		b.WriteString(`<table role="presentation" cellpadding="0" cellspacing="0" style="width:100%;margin:0 0 20px">`)
		for _, i := range v {
			text := e(i.Text)
			if i.Link.URL != "" {
				text = fmt.Sprintf(`<a class="way" href="%s" style="color:%s">%s</a>`, html.EscapeString(i.Link.URL), actColour, text)
			}
			fmt.Fprintf(b, `<tr><td class="ink" style="padding:10px 0;border-top:1px solid %s;font:700 17px/1.4 %s;color:%s">%s`, sandColour, textFont, inkColour, text)
			if i.More != "" {
				fmt.Fprintf(b, `<br><span class="soft" style="font-weight:400;color:%s">%s</span>`, ink2Colour, e(i.More))
			}
			b.WriteString(`</td></tr>`)
		}
		b.WriteString(`</table>`)
	}
}
