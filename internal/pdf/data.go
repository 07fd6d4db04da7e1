package pdf

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
)

// An Image is a picture in the data of a document: the bytes of a PNG, a JPEG
// or an SVG, known by how they begin. In the JSON that the template reads it is
// the name to give to Typst's image function, or null when it is empty.
type Image []byte

// MarshalJSON returns the name under which the template finds the picture.
func (i Image) MarshalJSON() ([]byte, error) {
	if len(i) == 0 {
		return []byte("null"), nil
	}
	kind := i.kind()
	if kind == "" {
		return nil, fmt.Errorf("a picture of %d bytes is neither PNG, JPEG nor SVG", len(i))
	}
	sum := sha256.Sum256(i)
	return json.Marshal("/image/" + hex.EncodeToString(sum[:]) + kind)
}

// kind returns the ending of the picture's name, or nothing.
func (i Image) kind() string {
	switch head := bytes.TrimLeft(i[:min(len(i), 512)], "\ufeff \t\r\n"); {
	case bytes.HasPrefix(i, []byte("\x89PNG\r\n\x1a\n")):
		return ".png"
	case bytes.HasPrefix(i, []byte{0xff, 0xd8, 0xff}):
		return ".jpg"
	case bytes.HasPrefix(head, []byte("<svg")), bytes.HasPrefix(head, []byte("<?xml")) && bytes.Contains(head, []byte("<svg")):
		return ".svg"
	}
	return ""
}

// A file is one the compiler sees.
type file struct {
	name string // from the root: /letter.typ
	text []byte
}

// dataFile is the name under which a template reads its data.
const dataFile = "/data.json"

// dataFiles returns the data as the JSON file that the template reads, and the
// pictures in it. Bytes that are not UTF-8 become U+FFFD.
func dataFiles(data any) ([]file, error) {
	text, err := json.Marshal(data)
	if err != nil {
		return nil, err
	}
	files := []file{{dataFile, text}}
	seen := make(map[string]bool)
	err = pictures(reflect.ValueOf(data), func(i Image) error {
		quoted, err := i.MarshalJSON()
		if err != nil {
			return err
		}
		var name string
		if err := json.Unmarshal(quoted, &name); err != nil {
			return err
		}
		if name != "" && !seen[name] {
			seen[name] = true
			files = append(files, file{name, i})
		}
		return nil
	})
	return files, err
}

// pictures calls found for every Image in a value, wherever it stands.
func pictures(v reflect.Value, found func(Image) error) error {
	if !v.IsValid() {
		return nil
	}
	if v.Type() == reflect.TypeFor[Image]() {
		return found(Image(v.Bytes()))
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return pictures(v.Elem(), found)
	case reflect.Struct:
		for i := range v.NumField() {
			if !v.Type().Field(i).IsExported() {
				continue // not in the JSON either
			}
			if err := pictures(v.Field(i), found); err != nil {
				return err
			}
		}
	case reflect.Slice, reflect.Array:
		if k := v.Type().Elem().Kind(); k == reflect.Uint8 || k == reflect.String {
			return nil
		}
		for i := range v.Len() {
			if err := pictures(v.Index(i), found); err != nil {
				return err
			}
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			if err := pictures(v.MapIndex(key), found); err != nil {
				return err
			}
		}
	}
	return nil
}
