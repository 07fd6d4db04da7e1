package app

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"passerelle/internal/account"
	"passerelle/internal/db"
)

type userCommand struct {
	Add    userAdd    `cmd:"" help:"Ouvrir un compte, ou donner un rôle à celui qui existe ; affiche un lien pour se connecter."`
	List   userList   `cmd:"" help:"Lister ceux qui ont un rôle."`
	Revoke userRevoke `cmd:"" help:"Reprendre un rôle. Le compte reste."`
}

type userAdd struct {
	Mail        string   `arg:"" placeholder:"COURRIEL" help:"Son adresse."`
	Role        string   `required:"" placeholder:"RÔLE" help:"operator (exploitant), facilitator (animation), committee (comité) ou member (membre)."`
	Institution string   `placeholder:"NOM" help:"De l'animation : cma ou departement."`
	Territory   []string `placeholder:"TERRITOIRE" help:"De l'animation : artois, audomarois… Sans cela, tous."`
	BaseURL     *string  `placeholder:"URL" help:"Adresse publique du site (PASSERELLE_BASE_URL)."`
}

// byCommand is who gives roles from the command line.
var byCommand = account.Actor{Who: "operator", Channel: account.Command}

// Run gives a role and prints a link.
func (c userAdd) Run(x *Context) (err error) {
	n, err := c.person()
	if err != nil {
		return err
	}
	h, err := openHouse(x)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	for _, slug := range n.Territories {
		if _, ok := h.Places.Territory(slug); !ok {
			var known []string
			for _, t := range h.Places.Territories() {
				known = append(known, t.Slug)
			}
			return Usagef("le territoire %q est inconnu ; il y a %s", slug, strings.Join(known, ", "))
		}
	}
	token, err := h.Accounts.Add(x.Ctx, byCommand, n)
	if errors.Is(err, account.ErrMail) {
		return Usagef("%q n'est pas une adresse de courriel", c.Mail)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(x.Stdout, "%s a le rôle « %s ». Ce lien le connecte une fois, pendant 24 heures :\n%s\n", strings.TrimSpace(c.Mail), c.Role, h.Post.link("fr", "/connexion/lien/"+token))
	return err
}

// person reads the options.
func (c userAdd) person() (account.NewPerson, error) {
	n := account.NewPerson{Mail: c.Mail, Language: "fr"}
	role, err := account.ParseRole(c.Role)
	if err != nil {
		return n, Usagef("--role %q est inconnu ; il y a operator, facilitator, committee et member", c.Role)
	}
	institution, err := account.ParseInstitution(c.Institution)
	if err != nil {
		return n, Usagef("--institution %q est inconnue ; il y a cma et departement", c.Institution)
	}
	switch {
	case role == account.Facilitator && institution == "":
		return n, Usagef("une animatrice travaille pour la CMA ou le Département : donnez --institution cma ou --institution departement")
	case role != account.Facilitator && len(c.Territory) > 0:
		return n, Usagef("--territory ne va qu'avec --role facilitator")
	}
	for _, given := range c.Territory {
		for slug := range strings.SplitSeq(given, ",") {
			if slug = strings.TrimSpace(slug); slug != "" && !slices.Contains(n.Territories, slug) {
				n.Territories = append(n.Territories, slug)
			}
		}
	}
	n.Duty = account.Duty{Role: role, Institution: institution}
	return n, nil
}

type userList struct{}

// Run lists the staff.
func (userList) Run(x *Context) (err error) {
	h, err := openHouse(x)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	staff, err := h.Accounts.Staff(x.Ctx)
	if err != nil {
		return err
	}
	if len(staff) == 0 {
		_, err = fmt.Fprintln(x.Stdout, "Personne n'a de rôle. « passerelle user add COURRIEL --role operator » donne le premier.")
		return err
	}
	w := tabwriter.NewWriter(x.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "courriel\trôle\tinstitution\tterritoires")
	for _, p := range staff {
		for _, d := range p.Duties {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", p.Mail, d.Role, d.Institution, strings.Join(p.Territories, ", "))
		}
	}
	return w.Flush()
}

type userRevoke struct {
	Mail string `arg:"" placeholder:"COURRIEL" help:"Son adresse."`
	Role string `required:"" placeholder:"RÔLE" help:"Le rôle repris."`
}

// Run takes a role back.
func (c userRevoke) Run(x *Context) (err error) {
	role, err := account.ParseRole(c.Role)
	if err != nil {
		return Usagef("--role %q est inconnu ; il y a operator, facilitator et committee", c.Role)
	}
	h, err := openHouse(x)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	switch err := h.Accounts.Revoke(x.Ctx, byCommand, c.Mail, role); {
	case errors.Is(err, account.ErrMail):
		return Usagef("%q n'est pas une adresse de courriel", c.Mail)
	case errors.Is(err, db.ErrNotFound):
		return fmt.Errorf("%s n'a pas le rôle « %s »", c.Mail, c.Role)
	case errors.Is(err, account.ErrOperator):
		return fmt.Errorf("%s est le dernier exploitant ; nommez-en d'abord un autre", c.Mail)
	case err != nil:
		return err
	}
	_, err = fmt.Fprintf(x.Stdout, "%s n'a plus le rôle « %s ». Ses sessions sont fermées.\n", c.Mail, c.Role)
	return err
}
