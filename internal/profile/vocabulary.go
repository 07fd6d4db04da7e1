package profile

import (
	_ "embed"
	"fmt"
	"strings"
)

//go:embed data/resources.tsv
var resourcesFile string

// A Resource is something an establishment can share.
type Resource struct {
	Kind    string // machines, rooms, vehicles, storage, events, materials, people, network
	Slug    string
	French  string
	English string
}

// Name returns the resource in a language.
func (r Resource) Name(language string) string {
	if language == "en" {
		return r.English
	}
	return r.French
}

// A Vocabulary is the resources that can be named.
type Vocabulary struct {
	list []Resource
	by   map[string]int
}

// Load reads the vocabulary the program brings.
func Load() (*Vocabulary, error) {
	v := &Vocabulary{by: map[string]int{}}
	n := 0
	for line := range strings.Lines(resourcesFile) {
		n++
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, "#") || line == "" {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 4 {
			return nil, fmt.Errorf("resources.tsv, line %d: %d columns, want 4", n, len(f))
		}
		if _, twice := v.by[f[1]]; twice {
			return nil, fmt.Errorf("resources.tsv, line %d: %s is there twice", n, f[1])
		}
		v.by[f[1]] = len(v.list)
		v.list = append(v.list, Resource{Kind: f[0], Slug: f[1], French: f[2], English: f[3]})
	}
	return v, nil
}

// Resources lists them, kind by kind.
func (v *Vocabulary) Resources() []Resource { return v.list }

// Resource returns the one of a slug.
func (v *Vocabulary) Resource(slug string) (Resource, bool) {
	i, ok := v.by[slug]
	if !ok {
		return Resource{}, false
	}
	return v.list[i], true
}

// Known reports whether there is a resource of a slug.
func (v *Vocabulary) Known(slug string) bool { _, ok := v.by[slug]; return ok }
