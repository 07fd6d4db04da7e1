package web

import (
	"fmt"
	"html/template"
	"reflect"
	"text/template/parse"
)

// pageStructs gives, for each template of a page, the struct it is filled
// with: the program does not start when they do not fit.
func pageStructs() map[string]page {
	return map[string]page{
		"home/home":                   &homePage{},
		"directory/directory":         &directoryPage{},
		"establishment/establishment": &establishmentPage{},
		"trade/trades":                &tradesPage{},
		"trade/trade":                 &tradePage{},
		"territory/territories":       &territoriesPage{},
		"territory/territory":         &territoryPage{},
		"map/map":                     &mapPage{},
		"about/about":                 &textPage{},
		"about/legal":                 &textPage{},
		"about/accessibility":         &textPage{},
		"about/data":                  &dataPage{},
		"account/signin":              &signInPage{},
		"account/sent":                &linkSentPage{},
		"account/enter":               &enterPage{},
		"account/away":                &awayPage{},
		"account/space":               &spacePage{},
		"account/data":                &ownDataPage{},
		"account/told":                &toldPage{},
		"account/agenda":              &ownAgendaPage{},
		"account/mailbox":             &mailboxPage{},
		"account/claim-start":         &claimStartPage{},
		"account/claim":               &claimPage{},
		"account/preferences":         &preferencesPage{},
		"account/identity":            &identityPage{},
		"account/invite":              &invitePage{},
		"account/erase":               &erasePage{},
		"account/erased":              &erasePage{},
		"account/firm":                &firmPage{},
		"account/photos":              &photosPage{},
		"account/labels":              &labelsPage{},
		"account/activity":            &activityPage{},
		"account/activity-tie":        &tiePage{},
		"facilitation/label":          &labelPage{},
		"operation/operation":         &operationPage{},
		"operation/record":            &recordPage{},
		"facilitation/desk":           &facilitationPage{},
		"facilitation/contacts":       &contactsPage{},
		"facilitation/contact":        &contactPage{},
		"facilitation/file-form":      &fileFormPage{},
		"facilitation/file":           &filePage{},
		"account/confirm":             &confirmPage{},
		"meeting/meetings":            &meetingsPage{},
		"meeting/meeting":             &meetingPage{},
		"meeting/registered":          &registeredPage{},
		"visit/host":                  &hostPage{},
		"visit/offer":                 &offerPage{},
		"visit/slot":                  &slotPage{},
		"visit/demand":                &demandPage{},
		"visit/visits":                &visitsPage{},
		"visit/visit":                 &visitPage{},
		"visit/notes":                 &notesPage{},
		"visit/note":                  &notePage{},
		"visit/write":                 &writePage{},
		"visit/wish":                  &wishPage{},
		"visit/wished":                &wishedPage{},
		"meeting/plans":               &plansPage{},
		"meeting/plan":                &planPage{},
		"meeting/bring":               &bringPage{},
		"meeting/desk":                &meetingDeskPage{},
		"meeting/door":                &doorPage{},
		"meeting/minutes":             &minutesDeskPage{},
		"meeting/read":                &minutesPage{},
		"meeting/caught":              &caughtPage{},
		"meeting/coffee":              &coffeePage{},
		"partner/pairs":               &pairsPage{},
		"partner/partners":            &partnersPage{},
		"meeting/seat":                &seatPage{},
		"meeting/widget":              &widgetPage{},
		"meeting/widget-seat":         &widgetSeatPage{},
		"meeting/embed":               &embedPage{},
		"meeting/kiosk":               &kioskPage{},
		"meeting/opinion":             &opinionPage{},
		"meeting/invites":             &invitesPage{},
		"meeting/invited":             &invitedPage{},
		"need/needs":                  &needsPage{},
		"need/need":                   &needPage{},
		"need/form":                   &needFormPage{},
		"need/own":                    &ownNeedsPage{},
		"need/outcome":                &needOutcomePage{},
		"need/search":                 &savedSearchPage{},
		"need/pool":                   &poolPage{},
		"need/charter":                &charterPage{},
		"account/objection":           &objectionPage{},
		"team/teams":                  &teamsPage{},
		"team/keep":                   &teamKeepPage{},
		"team/team":                   &teamPage{Crumbs: make([]crumb, 3)},
		"team/answer":                 &teamLinkPage{},
		"team/list":                   &teamListPage{},
		"introduction/introduce":      &introducePage{},
		"introduction/introduction":   &introductionPage{},
		"lead/leads":                  &leadsPage{},
		"lead/lead":                   &leadPage{},
		"lead/declare":                &declarePage{},
		"lead/stand":                  &standPage{},
		"lead/write":                  &coopWritePage{},
		"lead/agree":                  &agreePage{},
		"lead/cooperation":            &cooperationPage{},
		"facilitation/claim":          &decidePage{},
		"facilitation/letter":         &letterPage{},
		"error/error":                 &errorPage{},
	}
}

// check finds fields that a template asks for and its struct lacks, and pages
// without a template or a struct.
func (t templates) check() error {
	structs := pageStructs()
	for code, pages := range t {
		for name, tmpl := range pages {
			p, ok := structs[name]
			if !ok {
				return fmt.Errorf("the template %s is of no page", name)
			}
			c := checker{root: tmpl, seen: make(map[string]bool)}
			if err := c.template("page", reflect.TypeOf(p)); err != nil {
				return fmt.Errorf("template %s in %q: %w", name, code, err)
			}
		}
		if len(pages) != len(structs) {
			return fmt.Errorf("%d pages have no template in %q", len(structs)-len(pages), code)
		}
	}
	return nil
}

// A checker follows a template with the type of its dot. Where a type is not
// known (a variable of a partial, the result of a function), it asks nothing.
type checker struct {
	root *template.Template
	seen map[string]bool // template and type
}

func (c *checker) template(name string, dot reflect.Type) error {
	key := name
	if dot != nil {
		key += " " + dot.String()
	}
	if c.seen[key] {
		return nil
	}
	c.seen[key] = true
	t := c.root.Lookup(name)
	if t == nil || t.Tree == nil {
		return fmt.Errorf("there is no template %q", name)
	}
	return c.list(t.Tree.Root, dot, scope{"$": dot})
}

// A scope is the types of variables.
type scope map[string]reflect.Type

func (s scope) with(names []*parse.VariableNode, types ...reflect.Type) scope {
	inner := make(scope, len(s)+len(names))
	for k, v := range s {
		inner[k] = v
	}
	// A range with one variable names the element, with two the index first.
	for i, n := range names {
		if k := len(types) - len(names) + i; k >= 0 {
			inner[n.Ident[0]] = types[k]
		} else {
			inner[n.Ident[0]] = nil
		}
	}
	return inner
}

func (c *checker) list(l *parse.ListNode, dot reflect.Type, vars scope) error {
	if l == nil {
		return nil
	}
	for _, n := range l.Nodes {
		if err := c.node(n, dot, vars); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) node(n parse.Node, dot reflect.Type, vars scope) error {
	switch n := n.(type) {
	case *parse.ActionNode:
		t, err := c.pipe(n.Pipe, dot, vars)
		for _, v := range n.Pipe.Decl {
			vars[v.Ident[0]] = t
		}
		return err
	case *parse.IfNode:
		return c.branch(&n.BranchNode, dot, vars, false)
	case *parse.WithNode:
		return c.branch(&n.BranchNode, dot, vars, true)
	case *parse.RangeNode:
		t, err := c.pipe(n.Pipe, dot, vars)
		if err != nil {
			return err
		}
		element := elementOf(t)
		if err := c.list(n.List, element, vars.with(n.Pipe.Decl, reflect.TypeFor[int](), element)); err != nil {
			return err
		}
		return c.list(n.ElseList, dot, vars)
	case *parse.TemplateNode:
		var t reflect.Type
		if n.Pipe != nil {
			var err error
			if t, err = c.pipe(n.Pipe, dot, vars); err != nil {
				return err
			}
		}
		return c.template(n.Name, t)
	}
	return nil
}

func (c *checker) branch(n *parse.BranchNode, dot reflect.Type, vars scope, moves bool) error {
	t, err := c.pipe(n.Pipe, dot, vars)
	if err != nil {
		return err
	}
	inner := dot
	if moves {
		inner = t
	}
	if err := c.list(n.List, inner, vars.with(n.Pipe.Decl, t)); err != nil {
		return err
	}
	return c.list(n.ElseList, dot, vars)
}

// pipe checks a pipeline and returns its type, nil when it is not known.
func (c *checker) pipe(p *parse.PipeNode, dot reflect.Type, vars scope) (reflect.Type, error) {
	var last reflect.Type
	for _, cmd := range p.Cmds {
		last = nil
		for i, arg := range cmd.Args {
			t, err := c.argument(arg, dot, vars)
			if err != nil {
				return nil, err
			}
			if i == 0 && len(cmd.Args) == 1 {
				last = t
			}
		}
	}
	return last, nil
}

func (c *checker) argument(n parse.Node, dot reflect.Type, vars scope) (reflect.Type, error) {
	switch n := n.(type) {
	case *parse.DotNode:
		return dot, nil
	case *parse.FieldNode:
		return fieldOf(dot, n.Ident)
	case *parse.VariableNode:
		return fieldOf(vars[n.Ident[0]], n.Ident[1:])
	case *parse.PipeNode:
		return c.pipe(n, dot, vars)
	case *parse.ChainNode:
		t, err := c.argument(n.Node, dot, vars)
		if err != nil {
			return nil, err
		}
		return fieldOf(t, n.Field)
	}
	return nil, nil
}

// fieldOf follows the names of fields and methods from a type.
func fieldOf(t reflect.Type, names []string) (reflect.Type, error) {
	for _, name := range names {
		if t == nil || t.Kind() == reflect.Interface || t.Kind() == reflect.Map {
			return nil, nil
		}
		pointer := t
		if t.Kind() != reflect.Pointer {
			pointer = reflect.PointerTo(t)
		} else {
			t = t.Elem()
		}
		if m, ok := pointer.MethodByName(name); ok {
			t = m.Type.Out(0)
			continue
		}
		if t.Kind() != reflect.Struct {
			return nil, fmt.Errorf("a %s has no .%s", t, name)
		}
		f, ok := t.FieldByName(name)
		if !ok {
			return nil, fmt.Errorf("a %s has no .%s", t, name)
		}
		t = f.Type
	}
	return t, nil
}

func elementOf(t reflect.Type) reflect.Type {
	if t == nil {
		return nil
	}
	switch t.Kind() {
	case reflect.Slice, reflect.Array, reflect.Map:
		return t.Elem()
	}
	return nil
}
