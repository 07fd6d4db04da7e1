package web

import (
	"fmt"
	"html/template"
	"io/fs"
	"strings"
)

// An art holds the drawings of the pages, which stand in the HTML so that
// they take the colours of the page, dark or light.
type art struct {
	files  map[string]template.HTML // bridge-wide, mark, glyph-craft, …
	icons  map[string]string        // name → path on a 24 grid
	scenes map[string]scene         // name → drawing on a 96 grid
}

// A scene is what a trade leaves, drawn in five to nine strokes.
type scene struct {
	world string
	body  string
}

// loadArt reads templates/art. The files are ours: they are trusted as HTML.
func loadArt(files fs.FS) (*art, error) {
	a := &art{files: make(map[string]template.HTML), icons: make(map[string]string), scenes: make(map[string]scene)}
	names, err := fs.Glob(files, "art/*")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read the drawing %s: %w", name, err)
		}
		base := strings.TrimPrefix(name, "art/")
		switch {
		case strings.HasSuffix(base, ".svg"):
			a.files[strings.TrimSuffix(base, ".svg")] = template.HTML(strings.TrimSpace(string(text)))
		case base == "icons.tsv":
			for line := range strings.Lines(string(text)) {
				name, d, _ := strings.Cut(strings.TrimSpace(line), "\t")
				a.icons[name] = d
			}
		case base == "scenes.tsv":
			for line := range strings.Lines(string(text)) {
				f := strings.SplitN(strings.TrimSpace(line), "\t", 3)
				if len(f) != 3 {
					return nil, fmt.Errorf("read the drawing %s: a line of %d fields", name, len(f))
				}
				a.scenes[f[0]] = scene{world: f[1], body: f[2]}
			}
		}
	}
	return a, nil
}

// functions are what templates call to draw.
func (a *art) functions() template.FuncMap {
	return template.FuncMap{"art": a.file, "icon": a.icon, "glyph": a.glyph, "scene": a.scene}
}

func (a *art) file(name string) (template.HTML, error) {
	h, ok := a.files[name]
	if !ok {
		return "", fmt.Errorf("there is no drawing %q", name)
	}
	return h, nil
}

func (a *art) icon(name string) (template.HTML, error) {
	d, ok := a.icons[name]
	if !ok {
		return "", fmt.Errorf("there is no icon %q", name)
	}
	return template.HTML(`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="` + d + `"/></svg>`), nil
}

// glyph draws the sign of a world: craft, ess or both.
func (a *art) glyph(world string) (template.HTML, error) { return a.file("glyph-" + world) }

// scene draws a trade seen through an arch: of brick for craft, smooth for ESS.
func (a *art) scene(name string) (template.HTML, error) {
	s, ok := a.scenes[name]
	if !ok {
		return "", fmt.Errorf("there is no scene %q", name)
	}
	niche, err := a.file("niche-" + s.world)
	if err != nil {
		return "", err
	}
	return template.HTML(`<svg class="trade t-`+s.world+`" viewBox="0 0 144 154" aria-hidden="true" focusable="false">`) + niche +
		template.HTML(`<svg class="scene" x="25" y="51" width="94" height="94" viewBox="0 0 96 96">`+s.body+`</svg><path class="k" d="M0 152h144"/></svg>`), nil
}
