package account

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"passerelle/internal/db"
)

// ErrKey says that a key was not made, or does not open an account.
var ErrKey = errors.New("not a key of this house") // account.error.key

// maxKeys is how many keys a person has.
const maxKeys = 10

// keyEntriesPerHost is how many times a client may begin to sign in with a
// key in an hour: an office has one address.
const keyEntriesPerHost = 120

// A Key is a passkey as its person sees it.
type Key struct {
	ID        string
	Name      string // of the device it was made on
	CreatedAt time.Time
	UsedAt    time.Time // zero: never
}

// A Ring makes passkeys and checks them, for one address of the house.
type Ring = webauthn.WebAuthn

// NewRing returns the ring of a house: domain is its host name, origin its
// address. A browser gives no key to a page of any other.
func NewRing(house, domain, origin string) (*Ring, error) {
	r, err := webauthn.New(&webauthn.Config{
		RPID: domain, RPDisplayName: house, RPOrigins: []string{origin}, AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired},
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys: %w", err)
	}
	return r, nil
}

// A holder is a person as the library asks for them.
type holder struct {
	*Person
	credentials []webauthn.Credential
}

func (h holder) WebAuthnID() []byte                         { return []byte(h.ID) }
func (h holder) WebAuthnName() string                       { return h.Mail }
func (h holder) WebAuthnDisplayName() string                { return h.Name() }
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.credentials }

// holderOf reads a person and their keys.
func holderOf(ctx context.Context, t *db.Tx, id string) (holder, error) {
	p, err := personByID(ctx, t, id)
	if err != nil {
		return holder{}, err
	}
	rows, err := keysOf(ctx, t, id)
	if err != nil {
		return holder{}, err
	}
	h := holder{Person: p}
	for _, row := range rows {
		var c webauthn.Credential
		if err := json.Unmarshal([]byte(row.credential), &c); err != nil {
			return holder{}, err
		}
		h.credentials = append(h.credentials, c)
	}
	return h, nil
}

// BeginKey begins to make a key on the device of a person: options are what
// the browser is asked for, in JSON; token comes back with the answer. It
// returns ErrOften when they have enough.
func (a *Accounts) BeginKey(ctx context.Context, person string) (options []byte, token string, err error) {
	if a.Ring == nil {
		return nil, "", fmt.Errorf("begin key: %w", ErrKey)
	}
	var h holder
	err = a.DB.Read(ctx, func(t *db.Tx) error {
		h, err = holderOf(ctx, t, person)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("begin key: %w", err)
	}
	if len(h.credentials) >= maxKeys {
		return nil, "", fmt.Errorf("begin key: %w", ErrOften)
	}
	creation, data, err := a.Ring.BeginRegistration(h, webauthn.WithExclusions(webauthn.Credentials(h.credentials).CredentialDescriptors()))
	if err != nil {
		return nil, "", fmt.Errorf("begin key: %w", err)
	}
	return a.beginKey(ctx, "key", creation, data)
}

func (a *Accounts) beginKey(ctx context.Context, kind string, options, data any) ([]byte, string, error) {
	text, err := json.Marshal(options)
	if err != nil {
		return nil, "", err
	}
	token, err := a.begin(ctx, kind, data)
	if err != nil {
		return nil, "", fmt.Errorf("begin key: %w", err)
	}
	return text, token, nil
}

// AddKey ends what BeginKey began: answer is the browser's, in JSON. It returns
// ErrCeremony and ErrKey.
func (a *Accounts) AddKey(ctx context.Context, by Actor, person, token string, answer []byte, d Device) error {
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return fmt.Errorf("add key: %w: %w", ErrKey, err)
	}
	now := a.Clock.Now()
	err = a.DB.Write(ctx, func(t *db.Tx) error {
		var data webauthn.SessionData
		if err := a.end(ctx, t, token, "key", &data); err != nil {
			return err
		}
		h, err := holderOf(ctx, t, person)
		if err != nil {
			return err
		}
		c, err := a.Ring.CreateCredential(h, data, parsed)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrKey, err)
		}
		text, err := json.Marshal(c)
		if err != nil {
			return err
		}
		id := keyID(c.ID)
		if err := addKey(ctx, t, keyRow{Key{ID: id, Name: d.short(), CreatedAt: now}, string(text)}, person); err != nil {
			return err
		}
		return Record(ctx, t, now, Entry{Act: "key.add", Kind: "person", Object: person, By: by})
	})
	if err != nil {
		return fmt.Errorf("add key: %w", err)
	}
	return nil
}

func keyID(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// Keys returns the keys of a person, the oldest first.
func (a *Accounts) Keys(ctx context.Context, person string) ([]Key, error) {
	var list []Key
	err := a.DB.Read(ctx, func(t *db.Tx) error {
		rows, err := keysOf(ctx, t, person)
		list = list[:0]
		for _, r := range rows {
			list = append(list, r.Key)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	return list, nil
}

// RemoveKey takes a key of a person away; db.ErrNotFound when it is none of
// theirs.
func (a *Accounts) RemoveKey(ctx context.Context, by Actor, person, id string) error {
	now := a.Clock.Now()
	err := a.DB.Write(ctx, func(t *db.Tx) error {
		if err := removeKey(ctx, t, person, id); err != nil {
			return err
		}
		return Record(ctx, t, now, Entry{Act: "key.remove", Kind: "person", Object: person, By: by})
	})
	if err != nil {
		return fmt.Errorf("remove key: %w", err)
	}
	return nil
}

// BeginKeyEntry begins to sign in with a key: the browser offers those it has
// for this house, so nothing tells who has one.
// It returns ErrOften for a client that begins too often.
func (a *Accounts) BeginKeyEntry(ctx context.Context, host string) (options []byte, token string, err error) {
	if a.Ring == nil {
		return nil, "", fmt.Errorf("begin entry by key: %w", ErrKey)
	}
	now := a.Clock.Now()
	if err := a.DB.Write(ctx, func(t *db.Tx) error {
		return attempt(ctx, t, "key "+host, keyEntriesPerHost, time.Hour, now)
	}); err != nil {
		return nil, "", fmt.Errorf("begin entry by key: %w", err)
	}
	assertion, data, err := a.Ring.BeginDiscoverableLogin()
	if err != nil {
		return nil, "", fmt.Errorf("begin entry by key: %w", err)
	}
	return a.beginKey(ctx, "key_entry", assertion, data)
}

// EnterByKey ends what BeginKeyEntry began. It returns ErrCeremony, and ErrKey
// for a key that is not one of this house or seems to have been copied.
func (a *Accounts) EnterByKey(ctx context.Context, token string, answer []byte, d Device) (*Entered, error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return nil, fmt.Errorf("enter by key: %w: %w", ErrKey, err)
	}
	now := a.Clock.Now()
	var e *Entered
	err = a.DB.Write(ctx, func(t *db.Tx) error {
		var data webauthn.SessionData
		if err := a.end(ctx, t, token, "key_entry", &data); err != nil {
			return err
		}
		find := func(_, handle []byte) (webauthn.User, error) { return holderOf(ctx, t, string(handle)) }
		user, c, err := a.Ring.ValidatePasskeyLogin(find, data, parsed)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrKey, err)
		}
		if c.Authenticator.CloneWarning {
			return fmt.Errorf("%w: its counter went back", ErrKey)
		}
		text, err := json.Marshal(c)
		if err != nil {
			return err
		}
		if err := useKey(ctx, t, keyID(c.ID), string(text), now); err != nil {
			return err
		}
		e, err = openSession(ctx, t, user.(holder).Person, "passkey", Web, d, now)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("enter by key: %w", err)
	}
	return e, nil
}
