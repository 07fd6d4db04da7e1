package account

import (
	"fmt"
	"slices"
	"strings"
)

// A Role is what somebody is to the house.
type Role string

// The roles. Everyone is a Visitor; whoever has an account is a Member.
const (
	Visitor     Role = "visitor"
	Member      Role = "member"
	Facilitator Role = "facilitator" // of territories, for an institution
	Committee   Role = "committee"   // reads the dashboards
	Operator    Role = "operator"    // runs the program
)

// Roles lists them, in the order of the table of permissions.
func Roles() []Role { return []Role{Visitor, Member, Facilitator, Committee, Operator} }

// An Institution is one of the two that share the tool.
type Institution string

// The institutions.
const (
	CMA         Institution = "cma"         // the chamber of trades
	Departement Institution = "departement" // the Département
)

// Institutions lists them.
func Institutions() []Institution { return []Institution{CMA, Departement} }

// ParseRole reads a role that can be given.
func ParseRole(s string) (Role, error) {
	given := []Role{Member, Facilitator, Committee, Operator}
	if r := Role(strings.ToLower(strings.TrimSpace(s))); slices.Contains(given, r) {
		return r, nil
	}
	return "", fmt.Errorf("%q is none of %v", s, given)
}

// ParseInstitution reads an institution, empty for none.
func ParseInstitution(s string) (Institution, error) {
	if i := Institution(strings.ToLower(strings.TrimSpace(s))); i == "" || slices.Contains(Institutions(), i) {
		return i, nil
	}
	return "", fmt.Errorf("%q is none of %v", s, Institutions())
}

// check refuses a duty that cannot be.
func (d Duty) check() error {
	if d.Role == Facilitator && d.Institution == "" {
		return fmt.Errorf("a facilitator works for one of %v", Institutions())
	}
	return nil
}
