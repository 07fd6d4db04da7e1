package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestInstanceLogosAndColours(t *testing.T) {
	const svg = `<svg xmlns="http://www.w3.org/2000/svg"/>`
	for text, want := range map[string]string{
		`{"partners": [{"name": "CMA", "logo": "logo.svg"}, {"name": "Département"}]}`: "",
		`{"partners": [{"name": "CMA", "logo": "none.svg"}]}`:                          "dossier de données",
		`{"partners": [{"name": "CMA", "logo": "../secret.svg"}]}`:                     "logo de CMA",
		`{"partners": [{"name": "CMA", "logo": "/etc/passwd"}]}`:                       "logo de CMA",
		`{"partners": [{"name": "CMA", "logo": "text.svg"}]}`:                          "un SVG, un PNG",
		`{"partners": [{"name": "CMA", "logo": "large.svg"}]}`:                         "200 au plus",
		`{"colours": {"action": "#23418F", "action_dark": "#A9BFF7"}}`:                 "",
		`{"colours": {"action": "#FFD700"}}`:                                           "contraste 1.4",
		`{"colours": {"action_dark": "#23418F"}}`:                                      "contraste 1.",
		`{"colours": {"action": "blue"}}`:                                              "#rrggbb",
		`{"colours": {"action": "#23418F;}"}}`:                                         "#rrggbb",
	} {
		out := t.TempDir()
		dir := filepath.Join(out, "data")
		if err := os.Mkdir(dir, 0o750); err != nil {
			t.Fatal(err)
		}
		for name, content := range map[string]string{"data/instance.json": text, "data/logo.svg": svg, "secret.svg": svg, "data/text.svg": "text", "data/large.svg": svg + strings.Repeat(" ", largestLogo)} {
			if err := os.WriteFile(filepath.Join(out, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		i, err := readInstance(dir)
		if want == "" && (err != nil || len(i.Partners) > 0 && i.Partners[0].Type != "image/svg+xml") {
			t.Errorf("%s: %+v, %v", text, i, err)
		}
		if want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
