package pdftest

import (
	"bytes"
	"compress/zlib"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
)

var (
	anObject  = regexp.MustCompile(`(?s)(\d+) 0 obj\n(.*?)\nendobj`)
	aStream   = regexp.MustCompile(`(?s)stream\r?\n(.*)\r?\nendstream`)
	aPage     = regexp.MustCompile(`(?s)/Type /Page\n.*/Contents (\d+) 0 R`)
	aFont     = regexp.MustCompile(`/(f\d+) (\d+) 0 R`)
	aMap      = regexp.MustCompile(`/ToUnicode (\d+) 0 R`)
	aLetter   = regexp.MustCompile(`<([0-9A-F]{4})> <([0-9A-F]+)>\n`)
	drawn     = regexp.MustCompile(`(?s)/(f\d+) [\d.]+ Tf|\((?:[^\\()]|\\.)*\)|\bTJ\b|\bTj\b|\bET\b`)
	anEscaped = regexp.MustCompile(`(?s)\\([0-7]{3}|.)`)
)

// Text returns the words that a document made by the press draws, a line for
// each run: what a reader copies out of it. Spaces that are only a move of the
// pen are lost.
func Text(t testing.TB, document []byte) string {
	t.Helper()
	objects := map[string]string{}
	for _, m := range anObject.FindAllSubmatch(document, -1) {
		objects[string(m[1])] = string(m[2])
	}
	var out strings.Builder
	pages := 0
	for _, o := range objects {
		page := aPage.FindStringSubmatch(o)
		if page == nil {
			continue
		}
		pages++
		fonts := map[string]map[string]string{}
		for _, f := range aFont.FindAllStringSubmatch(o, -1) {
			letters := map[string]string{}
			if m := aMap.FindStringSubmatch(objects[f[2]]); m != nil {
				for _, l := range aLetter.FindAllStringSubmatch(stream(t, objects[m[1]]), -1) {
					letters[utf16Of(t, l[1])] = utf16Of(t, l[2])
				}
			}
			fonts[f[1]] = letters
		}
		var font map[string]string
		for _, m := range drawn.FindAllStringSubmatch(stream(t, objects[page[1]]), -1) {
			switch {
			case m[1] != "":
				font = fonts[m[1]]
			case m[0] == "ET":
				out.WriteByte('\n')
			case m[0][0] == '(':
				b := []byte(unescaped(m[0][1 : len(m[0])-1]))
				for i := 0; i+1 < len(b); i += 2 {
					out.WriteString(font[string(utf16.Decode([]uint16{uint16(b[i])<<8 | uint16(b[i+1])}))])
				}
			}
		}
	}
	if pages == 0 {
		t.Fatal("the document has no page that can be read")
	}
	return out.String()
}

// stream returns what is in the stream of an object.
func stream(t testing.TB, object string) string {
	t.Helper()
	m := aStream.FindStringSubmatch(object)
	if m == nil {
		t.Fatal("an object without its stream")
	}
	if !strings.Contains(object[:strings.Index(object, "stream")], "FlateDecode") {
		return m[1]
	}
	z, err := zlib.NewReader(bytes.NewReader([]byte(m[1])))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// utf16Of reads letters from their hexadecimal digits.
func utf16Of(t testing.TB, digits string) string {
	t.Helper()
	var units []uint16
	for ; len(digits) >= 4; digits = digits[4:] {
		n, err := strconv.ParseUint(digits[:4], 16, 16)
		if err != nil {
			t.Fatal(err)
		}
		units = append(units, uint16(n))
	}
	return string(utf16.Decode(units))
}

func unescaped(s string) string {
	return anEscaped.ReplaceAllStringFunc(s, func(e string) string {
		if n, err := strconv.ParseUint(e[1:], 8, 8); err == nil && len(e) == 4 {
			return string([]byte{byte(n)})
		}
		if i := strings.IndexByte("nrtbf", e[1]); i >= 0 {
			return "\n\r\t\b\f"[i : i+1]
		}
		return e[1:]
	})
}
