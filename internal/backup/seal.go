package backup

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
)

// A Key opens and closes a backup. The zero one leaves it plain.
type Key struct {
	Recipients []string // public keys of age
	Passphrase string
	Identities []byte // a file of secret keys of age
	WorkFactor int    // of the passphrase, as a power of two; 0 is age's own
}

// Plain reports whether a backup closed with the key can be read by anybody.
func (k Key) Plain() bool { return len(k.Recipients) == 0 && k.Passphrase == "" }

// Seal returns a writer whose content only the key opens. Closing it ends the
// content, and leaves w open.
func (k Key) Seal(w io.Writer) (io.WriteCloser, error) {
	if k.Plain() {
		return open{w}, nil
	}
	var all []age.Recipient
	if len(k.Recipients) > 0 {
		some, err := age.ParseRecipients(strings.NewReader(strings.Join(k.Recipients, "\n")))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrRecipient, err)
		}
		all = some
	}
	if k.Passphrase != "" {
		r, err := age.NewScryptRecipient(k.Passphrase)
		if err != nil {
			return nil, err
		}
		if k.WorkFactor > 0 {
			r.SetWorkFactor(k.WorkFactor)
		}
		all = append(all, r)
	}
	return age.Encrypt(w, all...)
}

// open is a writer that closing does nothing to.
type open struct{ io.Writer }

func (open) Close() error { return nil }

// sealed is how a file of age begins.
const sealed = "age-encryption.org/"

// Unseal returns a reader of what a backup holds, sealed or plain. ErrSealed
// says that it needs a key, ErrKey that this is not the one.
func (k Key) Unseal(r io.Reader) (io.Reader, error) {
	b := bufio.NewReaderSize(r, 64<<10)
	start, err := b.Peek(len(sealed))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if string(start) != sealed {
		return b, nil
	}
	var all []age.Identity
	if len(k.Identities) > 0 {
		some, err := age.ParseIdentities(bytes.NewReader(k.Identities))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrIdentity, err)
		}
		all = some
	}
	if k.Passphrase != "" {
		i, err := age.NewScryptIdentity(k.Passphrase)
		if err != nil {
			return nil, err
		}
		all = append(all, i)
	}
	if len(all) == 0 {
		return nil, ErrSealed
	}
	plain, err := age.Decrypt(b, all...)
	var none *age.NoIdentityMatchError
	switch {
	case errors.As(err, &none):
		return nil, ErrKey
	case err != nil:
		return nil, fault(err)
	}
	return plain, nil
}
