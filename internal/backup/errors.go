package backup

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"syscall"
)

// Reasons why a backup cannot be made or read.
var (
	ErrNotBackup = errors.New("not a backup of a house")
	ErrCut       = errors.New("the backup ends before its end")
	ErrAltered   = errors.New("the backup is not what was written")
	ErrSealed    = errors.New("the backup is sealed: it needs a key")
	ErrKey       = errors.New("the key does not open the backup")
	ErrRecipient = errors.New("not a public key of age")
	ErrIdentity  = errors.New("not a file of secret keys of age")
	ErrNewer     = errors.New("the backup was made by a newer version of the program")
	ErrTable     = errors.New("the backup has a table that the program does not know")
	ErrDiffers   = errors.New("what was read again is not what was kept")
)

// fault tells what an error of the stream means. What the machine itself says
// (no room, no right, a bad disk) is told as it is: the backup is not to blame.
func fault(err error) error {
	var path *fs.PathError
	var number syscall.Errno
	switch {
	case err == nil, errors.As(err, &path), errors.As(err, &number):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fmt.Errorf("%w: %w", ErrCut, err)
	}
	return fmt.Errorf("%w: %w", ErrAltered, err)
}
