package pdf

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/klauspost/compress/zstd"
)

//go:embed all:assets
var assetFiles embed.FS

//go:embed templates
var templateFiles embed.FS

// compilerFile is the compiler, among the assets.
const compilerFile = "assets/typst.wasm.zst"

// errNoAssets says that the program was built before its compiler was there.
var errNoAssets = errors.New("the compiler of documents is not built into this program: run make assets, then build it again")

// readAsset returns an asset as it was before it was compressed.
func readAsset(name string) ([]byte, error) {
	packed, err := assetFiles.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNoAssets
	}
	if err != nil {
		return nil, err
	}
	r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	text, err := r.DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", name, err)
	}
	return text, nil
}

// readFonts returns the fonts in the order of their names, which is the order
// in which the compiler must see them.
func readFonts() ([][]byte, error) {
	names, err := fs.Glob(assetFiles, "assets/*.ttf.zst")
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, errNoAssets
	}
	var all [][]byte
	for _, name := range names {
		font, err := readAsset(name)
		if err != nil {
			return nil, err
		}
		all = append(all, font)
	}
	return all, nil
}

// readTemplates returns every .typ file of a folder, under the names the
// compiler sees: /letter.typ.
func readTemplates(dir fs.FS) ([]file, error) {
	names, err := fs.Glob(dir, "*.typ")
	if err != nil {
		return nil, err
	}
	var all []file
	for _, name := range names {
		text, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, err
		}
		all = append(all, file{"/" + name, text})
	}
	return all, nil
}
