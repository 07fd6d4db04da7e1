package register

import (
	"fmt"
	"strings"
)

// A SIREN identifies a legal unit: nine digits with a Luhn key.
type SIREN uint32

// A SIRET identifies an establishment: its unit's SIREN and a number (NIC) of
// five digits. The zero SIRET is none.
type SIRET uint64

// laPoste is the one unit whose establishments' digits sum to a multiple of 5
// instead of carrying a Luhn key (INSEE, Sirene documentation).
const laPoste SIREN = 356000000

// SIREN returns the identifier of the legal unit.
func (s SIRET) SIREN() SIREN { return SIREN(s / 100000) }

// NIC returns the number of the establishment within its unit.
func (s SIRET) NIC() int { return int(s % 100000) }

// String returns the fourteen digits.
func (s SIRET) String() string { return fmt.Sprintf("%014d", uint64(s)) }

// String returns the nine digits.
func (s SIREN) String() string { return fmt.Sprintf("%09d", uint32(s)) }

// Valid reports whether the key of s holds.
func (s SIREN) Valid() bool {
	return s > 0 && s <= 999999999 && (s == laPoste || luhn(uint64(s)))
}

// Valid reports whether the key of s holds, and that of its SIREN.
func (s SIRET) Valid() bool {
	if s == 0 || s > 99999999999999 || !s.SIREN().Valid() {
		return false
	}
	if s.SIREN() == laPoste && !luhn(uint64(s)) {
		sum := 0
		for n := uint64(s); n > 0; n /= 10 {
			sum += int(n % 10)
		}
		return sum%5 == 0
	}
	return luhn(uint64(s))
}

func luhn(n uint64) bool {
	sum := 0
	for i := 0; n > 0; i, n = i+1, n/10 {
		d := int(n % 10)
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// ParseSIRET reads fourteen digits, spaces ignored, and checks the key.
func ParseSIRET(s string) (SIRET, error) {
	n, err := digits(s, 14)
	if err != nil {
		return 0, fmt.Errorf("SIRET %q: %w", s, err)
	}
	if !SIRET(n).Valid() {
		return 0, fmt.Errorf("SIRET %q: wrong key, a digit is mistyped", s)
	}
	return SIRET(n), nil
}

// ParseSIREN reads nine digits, spaces ignored, and checks the key.
func ParseSIREN(s string) (SIREN, error) {
	n, err := digits(s, 9)
	if err != nil {
		return 0, fmt.Errorf("SIREN %q: %w", s, err)
	}
	if !SIREN(n).Valid() {
		return 0, fmt.Errorf("SIREN %q: wrong key, a digit is mistyped", s)
	}
	return SIREN(n), nil
}

func digits(s string, want int) (uint64, error) {
	s = strings.Join(strings.Fields(s), "")
	var n uint64
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, fmt.Errorf("%d digits expected, found %q", want, s[i])
		}
		if i < want {
			n = n*10 + uint64(s[i]-'0')
		}
	}
	if len(s) != want {
		return 0, fmt.Errorf("%d digits expected, found %d", want, len(s))
	}
	return n, nil
}
