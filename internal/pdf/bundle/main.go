// Command bundle makes the folder internal/pdf/assets that the program embeds:
// the compiler of documents and the fonts of paper, from node_modules, each
// compressed.
//
// It is run by make assets, from the root of the tree. It takes three seconds,
// and every build asks for it, so nothing is done when the folder was made from
// the same files.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/klauspost/compress/zstd"
)

// Where things are, from the root of the tree.
const (
	compiler = "node_modules/@myriaddreamin/typst-ts-web-compiler/pkg/typst_ts_web_compiler_bg.wasm"
	fonts    = "node_modules/@fontsource-variable/*/package.json"
	cutting  = "internal/pdf/bundle/fonts.mjs"
	itself   = "internal/pdf/bundle/main.go"
	out      = "internal/pdf/assets"
	stamp    = "made-from"
)

func main() {
	if err := bundle(); err != nil {
		fmt.Fprintln(os.Stderr, "bundle:", err)
		os.Exit(1)
	}
}

// bundle makes the folder, unless it is made.
func bundle() error {
	if _, err := os.Stat(compiler); err != nil {
		return errors.New("the compiler of documents is not in node_modules: run npm ci, or make assets, which does")
	}
	from, err := sum()
	if err != nil {
		return err
	}
	if old, err := os.ReadFile(filepath.Join(out, stamp)); err == nil && string(old) == from {
		return nil
	}
	if err := empty(out); err != nil {
		return err
	}
	if err := compress(compiler, filepath.Join(out, "typst.wasm.zst")); err != nil {
		return err
	}
	if err := makeFonts(); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, stamp), []byte(from), 0o644)
}

// sum returns a number that changes with what the folder is made from.
func sum() (string, error) {
	files, err := filepath.Glob(fonts)
	if err != nil {
		return "", err
	}
	slices.Sort(files)
	h := sha256.New()
	for _, name := range append(files, compiler, cutting, itself) {
		text, err := os.ReadFile(name)
		if err != nil {
			return "", err
		}
		h.Write(text)
	}
	return hex.EncodeToString(h.Sum(nil)) + "\n", nil
}

// empty removes what an earlier run made, the stamp first: a run that ends
// halfway is done again.
func empty(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(dir, stamp)); err != nil {
		return err
	}
	old, err := filepath.Glob(filepath.Join(dir, "*.zst"))
	if err != nil {
		return err
	}
	for _, name := range old {
		if err := os.Remove(name); err != nil {
			return err
		}
	}
	return nil
}

// makeFonts cuts the fonts in a folder of its own and compresses each.
func makeFonts() error {
	dir, err := os.MkdirTemp("", "passerelle-fonts-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	cmd := exec.Command("node", cutting, dir)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("cut the fonts: %w", err)
	}
	made, err := filepath.Glob(filepath.Join(dir, "*.ttf"))
	if err != nil {
		return err
	}
	if len(made) == 0 {
		return errors.New("cut the fonts: none was made")
	}
	for _, name := range made {
		if err := compress(name, filepath.Join(out, filepath.Base(name)+".zst")); err != nil {
			return err
		}
	}
	return nil
}

// compress writes a file compressed.
func compress(name, to string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderCRC(true), zstd.WithWindowSize(zstd.MaxWindowSize>>4))
	if err != nil {
		return err
	}
	return os.WriteFile(to, w.EncodeAll(text, make([]byte, 0, len(text)/2)), 0o644)
}
