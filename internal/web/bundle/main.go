// Command bundle makes the folder internal/web/assets that the program embeds:
// styles, scripts and fonts, from internal/web/static and node_modules, under
// names that change with their content, and manifest.json, which gives the
// name of each.
//
// It is run by make assets, from the root of the tree. The folder is replaced
// as a whole, so that a file nobody asks for any more does not stay in the
// binary.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// Where things are, from the root of the tree.
const (
	sources = "internal/web/static"
	out     = "internal/web/assets"
)

func main() {
	if err := bundle(sources, out); err != nil {
		fmt.Fprintln(os.Stderr, "bundle:", err)
		os.Exit(1)
	}
}

// bundle makes the folder out of what is in sources: each css/*.css and
// js/*.js whose name has no underscore is an entry, img/* is copied.
func bundle(sources, out string) error {
	if _, err := os.Stat("node_modules/leaflet"); err != nil {
		return errors.New("node_modules is missing: run npm ci, or make assets, which does")
	}
	entries, err := entries(sources)
	if err != nil {
		return err
	}
	if err := empty(out); err != nil {
		return err
	}
	result := api.Build(api.BuildOptions{
		EntryPoints: entries, Outdir: out, Outbase: sources,
		EntryNames: "[name]-[hash]", AssetNames: "[name]-[hash]", ChunkNames: "[name]-[hash]",
		Bundle: true, Splitting: true, Format: api.FormatESModule, Target: api.ES2020,
		Engines:          []api.Engine{{Name: api.EngineChrome, Version: "109"}, {Name: api.EngineFirefox, Version: "115"}, {Name: api.EngineSafari, Version: "15.6"}},
		MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true,
		Charset: api.CharsetUTF8, LegalComments: api.LegalCommentsEndOfFile,
		Loader:   map[string]api.Loader{".woff2": api.LoaderFile, ".png": api.LoaderFile, ".svg": api.LoaderFile},
		Metafile: true, Write: true, LogLevel: api.LogLevelWarning,
	})
	if len(result.Errors) > 0 {
		return fmt.Errorf("%d errors in the sources", len(result.Errors))
	}
	manifest, err := names(result.Metafile, sources)
	if err != nil {
		return err
	}
	if err := copyImages(sources, out, manifest); err != nil {
		return err
	}
	text, err := json.MarshalIndent(manifest, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, "manifest.json"), append(text, '\n'), 0o644)
}

// entries lists the styles and scripts that pages ask for by name.
func entries(sources string) ([]string, error) {
	var all []string
	for _, pattern := range []string{"css/*.css", "js/*.js"} {
		found, err := filepath.Glob(filepath.Join(sources, pattern))
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			if !strings.HasPrefix(filepath.Base(f), "_") {
				all = append(all, f)
			}
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no source in %s: run this from the root of the tree", sources)
	}
	slices.Sort(all)
	return all, nil
}

// empty removes what an earlier run made.
func empty(out string) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	old, err := os.ReadDir(out)
	if err != nil {
		return err
	}
	for _, e := range old {
		if e.Name() != ".gitkeep" {
			if err := os.RemoveAll(filepath.Join(out, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// names reads from esbuild's account which file each source became.
func names(metafile, sources string) (map[string]string, error) {
	var meta struct {
		Outputs map[string]struct {
			EntryPoint string                     `json:"entryPoint"`
			Inputs     map[string]json.RawMessage `json:"inputs"`
		} `json:"outputs"`
	}
	if err := json.Unmarshal([]byte(metafile), &meta); err != nil {
		return nil, fmt.Errorf("read what was built: %w", err)
	}
	manifest := make(map[string]string)
	for file, o := range meta.Outputs {
		source := o.EntryPoint
		if source == "" && strings.HasSuffix(file, ".woff2") {
			for input := range o.Inputs {
				source = input // a font comes from one file
			}
			manifest["font/"+filepath.Base(source)] = filepath.Base(file)
			continue
		}
		if source == "" {
			continue
		}
		name, err := filepath.Rel(sources, source)
		if err != nil {
			return nil, err
		}
		manifest[filepath.ToSlash(name)] = filepath.Base(file)
	}
	return manifest, nil
}

// copyImages copies img/* under names that change with their content.
func copyImages(sources, out string, manifest map[string]string) error {
	found, err := filepath.Glob(filepath.Join(sources, "img", "*"))
	if err != nil {
		return err
	}
	for _, f := range found {
		text, err := os.ReadFile(f)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(text)
		base := filepath.Base(f)
		ext := filepath.Ext(base)
		name := strings.TrimSuffix(base, ext) + "-" + strings.ToUpper(hex.EncodeToString(sum[:4])) + ext
		if err := os.WriteFile(filepath.Join(out, name), text, 0o644); err != nil {
			return err
		}
		manifest["img/"+base] = name
	}
	return nil
}
