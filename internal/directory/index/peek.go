package index

import (
	"bytes"
	"fmt"
	"hash/crc32"
)

// PeekSection reads one of the caller's own sections of the snapshot at path
// and checks it, and nothing else of the file: to know what a snapshot is
// without opening it. A section that is not there is nil.
func PeekSection(path, name string) ([]byte, error) {
	data, unmap, err := mapFile(path)
	if err != nil {
		return nil, err
	}
	defer unmap()
	f, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("snapshot %s: %w", path, err)
	}
	s, ok := f.sections["x."+name]
	if !ok {
		return nil, nil
	}
	padded := (s.length + 63) / 64 * 64
	if padded > uint64(len(data))-s.off {
		return nil, fmt.Errorf("snapshot %s: %w: section %q is cut", path, ErrCorrupted, name)
	}
	if crc32.Checksum(data[s.off:s.off+padded], castagnoli) != s.sum {
		return nil, fmt.Errorf("snapshot %s: %w: section %q does not match its checksum", path, ErrCorrupted, name)
	}
	return bytes.Clone(data[s.off : s.off+s.length]), nil
}
