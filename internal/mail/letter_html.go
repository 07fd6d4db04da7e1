package mail

import (
	"fmt"
	"html"
	"strings"
)

// The colours of the identity, as a mail may hold them: written into each
// element, since many programs read no style sheet. Those of the dark screen
// are in a style sheet, for the programs that do.
const (
	inkColour   = "#1B2226"
	ink2Colour  = "#485157"
	pageColour  = "#F3F5F1"
	sheetColour = "#FFFFFF"
	sandColour  = "#E5E6DC"
	lineColour  = "#C6CAC2"
	actColour   = "#23418F"
	brickColour = "#A33D20"
	opalColour  = "#13696B"
)

// The faces of the identity are not in a mail: Verdana is as wide and as open
// as Atkinson, Arial Narrow as tight as the titles.
const (
	textFont  = "'Atkinson Hyperlegible Next',Verdana,'DejaVu Sans',sans-serif"
	titleFont = "'Bricolage Grotesque','Arial Narrow','Helvetica Neue',Arial,sans-serif"
	codeFont  = "Consolas,Menlo,'DejaVu Sans Mono',monospace"
)

// dark are the colours of the dark screen, by class.
var dark = []struct{ class, style string }{
	{".page", "background:#11181A!important"},
	{".sheet", "background:#182124!important;border-top-color:#EBEEE8!important"},
	{".ink", "color:#EBEEE8!important"},
	{".soft", "color:#B4BFBD!important"},
	{".way", "color:#A9BFF7!important"},
	{".act", "background:#A9BFF7!important;color:#11181A!important"},
	{".sand", "background:#212C2F!important"},
	{".line", "border-color:#364347!important"},
	{".brick", "border-color:#D97554!important"},
	{".opal", "border-color:#4FB3AB!important"},
}

// sheets returns the style sheets: one for the programs that know the dark
// screen, one for Outlook on the web, which marks what it has darkened. They
// are apart, since a program that misunderstands one drops it whole.
func sheets() string {
	var media, outlook strings.Builder
	for _, d := range dark {
		fmt.Fprintf(&media, "%s{%s}", d.class, d.style)
		property := "[data-ogsb] "
		if strings.HasPrefix(d.style, "color") {
			property = "[data-ogsc] "
		}
		fmt.Fprintf(&outlook, "%s%s{%s}", property, d.class, d.style)
	}
	return "<style>:root{color-scheme:light dark;supported-color-schemes:light dark}" +
		"@media(max-width:480px){.pad{padding-left:20px!important;padding-right:20px!important}}</style>\n" +
		"<style>@media(prefers-color-scheme:dark){" + media.String() + "}</style>\n" +
		"<style>" + outlook.String() + "</style>\n" +
		"<!--[if mso]><style>td,th,p,h1,a,span,blockquote{font-family:Verdana,sans-serif!important}h1{font-family:Arial,sans-serif!important}</style><![endif]-->\n"
}

// bare are the attributes of a table that only places things.
const bare = `role="presentation" cellpadding="0" cellspacing="0" border="0"`

// page is the HTML part: one column, no picture, nothing fetched. What holds a
// width for Outlook, which knows no max-width, is in its conditional comments.
func (l *Letter) page() string {
	var b strings.Builder
	e := func(s string) string { return html.EscapeString(oneLine(s)) }
	fmt.Fprintf(&b, `<!doctype html>
<html lang="%[1]s" dir="ltr"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no,date=no,address=no,email=no,url=no"><meta name="x-apple-disable-message-reformatting">
<title>%[2]s</title>
%[3]s</head>
<body class="page" style="margin:0;padding:0;background:%[4]s;-webkit-text-size-adjust:100%%">
<div role="article" aria-roledescription="email" aria-label="%[2]s" lang="%[1]s" dir="ltr">
`, e(l.Language), e(l.Subject), sheets(), pageColour)
	if l.Preheader != "" {
		// What follows the preheader keeps the title from being shown after it.
		fmt.Fprintf(&b, "<div aria-hidden=\"true\" style=\"display:none;max-height:0;overflow:hidden;mso-hide:all\">%s%s</div>\n", e(l.Preheader), strings.Repeat("&#847;&zwnj;&nbsp;", 60))
	}
	fmt.Fprintf(&b, "<table %s class=\"page\" width=\"100%%\" bgcolor=\"%[2]s\" style=\"background:%[2]s\"><tr><td align=\"center\" style=\"padding:24px 12px\">\n", bare, pageColour)
	fmt.Fprintf(&b, "<!--[if mso]><table %s width=\"560\"><tr><td><![endif]-->\n", bare)
	fmt.Fprintf(&b, "<table %s width=\"100%%\" style=\"max-width:560px;text-align:left\">\n", bare)
	l.head(&b)
	fmt.Fprintf(&b, `<tr><td class="sheet pad" bgcolor="%[1]s" style="background:%[1]s;border-top:6px solid %[2]s;padding:28px 32px 16px">`+"\n", sheetColour, inkColour)
	fmt.Fprintf(&b, `<h1 class="ink" style="margin:0 0 16px;font:700 26px/1.2 %s;letter-spacing:-0.4px;color:%s">%s</h1>`+"\n", titleFont, inkColour, e(l.Title))
	for _, block := range l.Blocks {
		putBlock(&b, block)
	}
	b.WriteString("</td></tr>\n")
	l.foot(&b)
	b.WriteString("</table>\n<!--[if mso]></td></tr></table><![endif]-->\n</td></tr></table>\n</div></body></html>\n")
	return b.String()
}

// head writes the bridge, half brick and square, half opal and round, on the
// line that carries the sheet.
func (l *Letter) head(b *strings.Builder) {
	half := "width:10px;height:15px;font-size:0;line-height:0;border-top:7px solid %[1]s;border-%[2]s:7px solid %[1]s"
	fmt.Fprintf(b, `<tr><td class="pad" style="padding:0 32px"><table %s><tr><td class="brick" width="10" height="15" style="%s">&nbsp;</td>`, bare, fmt.Sprintf(half, brickColour, "left"))
	fmt.Fprintf(b, `<td width="2" style="width:2px;font-size:0;line-height:0">&nbsp;</td><td class="opal" width="10" height="15" style="%s;border-radius:0 14px 0 0">&nbsp;</td>`, fmt.Sprintf(half, opalColour, "right"))
	fmt.Fprintf(b, `<td class="ink" valign="bottom" style="padding:0 0 0 10px;font:700 19px/22px %s;color:%s">%s</td></tr></table></td></tr>`+"\n", titleFont, inkColour, html.EscapeString(oneLine(l.House)))
}

// foot writes why the reader gets the mail, who reads an answer, and the links.
func (l *Letter) foot(b *strings.Builder) {
	fmt.Fprintf(b, `<tr><td class="soft pad" style="padding:16px 32px 8px;font:400 14px/1.5 %s;color:%s;word-break:break-word">`+"\n", textFont, ink2Colour)
	for _, s := range []string{l.Why, l.Answers} {
		if s != "" {
			fmt.Fprintf(b, `<p style="margin:0 0 8px">%s</p>`+"\n", escapeLines(s))
		}
	}
	for _, link := range l.Links {
		fmt.Fprintf(b, `<p style="margin:0 0 8px">%s</p>`+"\n", anchor(link))
	}
	b.WriteString("</td></tr>\n")
}

// escapeLines escapes a text and keeps its lines.
func escapeLines(s string) string {
	return strings.ReplaceAll(html.EscapeString(visible(s)), "\n", "<br>")
}

// anchor writes a link.
func anchor(l Link) string {
	return fmt.Sprintf(`<a class="way" href="%s" style="color:%s;text-decoration:underline">%s</a>`, html.EscapeString(l.URL), actColour, escapeLines(l.Label))
}

// putBlock writes a block.
func putBlock(b *strings.Builder, block Block) {
	running := fmt.Sprintf("font:400 16px/1.55 %s;color:%s;word-break:break-word", textFont, inkColour)
	switch v := block.(type) {
	case Para:
		fmt.Fprintf(b, `<p class="ink" style="margin:0 0 16px;%s">%s</p>`+"\n", running, escapeLines(string(v)))
	case Button:
		// Outlook pads the cell, since it pads no link.
		fmt.Fprintf(b, `<table %s style="margin:8px 0 24px"><tr><td class="act" bgcolor="%[2]s" style="background:%[2]s;border-radius:3px;mso-padding-alt:14px 24px"><a class="act" href="%[3]s" style="display:inline-block;padding:14px 24px;border-radius:3px;font:700 16px/1.3 %[4]s;background:%[2]s;color:#FFFFFF;text-decoration:none">%[5]s</a></td></tr></table>`+"\n",
			bare, actColour, html.EscapeString(v.URL), textFont, escapeLines(v.Label))
	case Quote:
		fmt.Fprintf(b, `<blockquote class="ink line" style="margin:0 0 16px;padding:2px 0 2px 16px;border-left:6px solid %s;%s">%s</blockquote>`+"\n", lineColour, running, escapeLines(string(v)))
	case Code:
		fmt.Fprintf(b, `<table %s width="100%%" style="margin:4px 0 24px"><tr><td class="ink sand" align="center" bgcolor="%[2]s" style="background:%[2]s;padding:16px 8px;font:700 28px/1.3 %[3]s;letter-spacing:3px;color:%[4]s">%[5]s</td></tr></table>`+"\n",
			bare, sandColour, codeFont, inkColour, html.EscapeString(oneLine(string(v))))
	case Facts:
		putFacts(b, v)
	case List:
		putList(b, v)
	}
}

// putFacts writes a true table: its labels are the heads of its rows.
func putFacts(b *strings.Builder, facts Facts) {
	b.WriteString(`<table cellpadding="0" cellspacing="0" border="0" width="100%" style="margin:0 0 24px;border-collapse:collapse">` + "\n")
	for _, f := range facts {
		style := fmt.Sprintf("border-top:1px solid %s;color:%s;vertical-align:top;text-align:left", lineColour, inkColour)
		fmt.Fprintf(b, `<tr><th scope="row" class="ink line" width="30%%" style="%[1]s;padding:9px 12px 9px 0;font:700 15px/1.45 %[2]s">%[3]s</th><td class="ink line" style="%[1]s;word-break:break-word;padding:9px 0;font:400 15px/1.45 %[2]s">%[4]s</td></tr>`+"\n",
			style, textFont, escapeLines(f.Label), escapeLines(f.Value))
	}
	b.WriteString("</table>\n")
}

// putList writes a table that is heard as a list, since programs draw lists of
// HTML each in its way.
func putList(b *strings.Builder, items List) {
	b.WriteString(`<table role="list" cellpadding="0" cellspacing="0" border="0" width="100%" style="margin:0 0 24px;border-collapse:collapse"><tbody role="presentation">` + "\n")
	for _, i := range items {
		text := escapeLines(i.Text)
		if i.Link.URL != "" {
			text = anchor(Link{i.Text, i.Link.URL})
		}
		fmt.Fprintf(b, `<tr role="presentation"><td role="listitem" class="ink line" style="padding:11px 0;border-top:1px solid %s;font:700 16px/1.4 %s;color:%s;word-break:break-word">%s`, lineColour, textFont, inkColour, text)
		if i.More != "" {
			fmt.Fprintf(b, `<br><span class="soft" style="font-weight:400;font-size:15px;color:%s">%s</span>`, ink2Colour, escapeLines(i.More))
		}
		b.WriteString("</td></tr>\n")
	}
	b.WriteString("</tbody></table>\n")
}
