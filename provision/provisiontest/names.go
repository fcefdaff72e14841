package provisiontest

import (
	"slices"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/visible"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// Hostile is how a platform is tried with names that somebody has chosen to do harm.
type Hostile struct {
	// Harm is a short statement of the platform that does harm, such as making somebody
	// its administrator. Nobody but an administrator can run it.
	Harm string

	// Make makes a new asset and a new person, like those of Asset and Person, and gives
	// both that name, or one with something added; the same to what holds the asset, as far
	// as that is new, and to its first column. The columns are filled in. False is for a
	// name that the platform does not take.
	Make func(t testing.TB, name string) (catalog.Asset, request.Principal, bool)

	// Run runs a script as an administrator does, with the client that the platform comes
	// with. All of it ran before, so that a statement may fail because it was done already.
	// It fails t where the client understands the script otherwise than as statements.
	Run func(t testing.TB, script string)

	// Setup lists the statements of Setup, as far as they are about what Make makes. Nil is
	// for all that the provisioner lists, if it is a provision.Preparer.
	Setup func(t testing.TB) []provision.Statement

	// Harmed reports whether Harm was run by anybody.
	Harmed func(t testing.TB) bool
}

// nameChecks hold a provisioner to it that a name is a name, whoever chose it.
var nameChecks = []check{
	{name: "whatever something is called, only what is wanted happens", run: named, can: canName},
	{name: "whatever something is called, the script of Setup does only what it is for", run: namedAtSetup, can: canName},
	{name: "whatever a column is called, it is masked and nothing else happens", run: namedMasked, can: canNameMasked},
}

func canName(h Harness, _ provision.Provisioner) bool { return h.Hostile != nil }
func canNameMasked(h Harness, p provision.Provisioner) bool {
	_, can := p.(provision.Masker)
	return can && h.Hostile != nil
}

// hostileNames get out of quotes, of comments and of the text of a function, give a client
// a command of its own, or look like another name.
func hostileNames(harm string) []string {
	return []string{
		"a\n" + harm + ";-- x",
		"a\r" + harm + ";--\u2028x",
		"a\"; " + harm + ";-- x",
		"a`; " + harm + ";-- x",
		"a\\'; " + harm + ";-- x",
		"a*/ " + harm + ";/* x",
		"$$; " + harm + ";$$",
		"a\n\\! touch intruder\nx\\",
		"{} $1 $9 ? %s %! :a # -- \u202eb\u202c\u200b größer\t数",
	}
}

// plain fails the test if people would not see statements as they are: line breaks and
// indents of the provisioner's own are all that may be in them.
func plain(t testing.TB, statements ...provision.Statement) {
	t.Helper()
	for _, s := range statements {
		if visible.Lines(string(s)) != string(s) {
			t.Errorf("a statement is %q", s)
		}
	}
}

// onOneLine fails the test if an error, or a way in, does not stay on its line.
func onOneLine(t testing.TB, texts ...string) {
	t.Helper()
	for _, s := range texts {
		if !visible.Is(s) {
			t.Errorf("this does not stay on its line: %q", s)
		}
	}
}

// harmless fails the test if somebody's name was run.
func harmless(t testing.TB, h Harness) {
	t.Helper()
	if h.Hostile.Harmed(t) {
		t.Error("a name was run as a statement")
	}
}

func named(t testing.TB, h Harness) {
	p := h.Open(t)
	for _, name := range hostileNames(h.Hostile.Harm) {
		a, who, takes := h.Hostile.Make(t, name)
		if !takes {
			continue
		}
		nameIsGiven(t, h, p, Want(who, a, request.Read))
		nobody := request.Principal{Name: name}
		if o := apply(t, p, Want(nobody, a, request.Read))[0]; o.Err != nil {
			onOneLine(t, o.Err.Error())
		}
	}
	harmless(t, h)
}

// nameIsGiven plans, gives, lists and takes what a Standing wants.
func nameIsGiven(t testing.TB, h Harness, p provision.Provisioner, s provision.Standing) {
	t.Helper()
	if planner, can := p.(provision.Planner); can {
		plan := planner.Plan(t.Context(), []provision.Standing{s})[0]
		if plan.Err != nil {
			t.Errorf("Plan for %q: %v", s.Asset.Ref, plan.Err)
		}
		plain(t, plan.Statements...)
		for _, way := range plan.Paths {
			onOneLine(t, string(way))
		}
	}
	given := settle(t, p, s)[0]
	plain(t, given.Ran...)
	look(t, h, s.Principal, s.Asset, true, false)
	if again := settle(t, h.Open(t), s)[0]; len(again.Ran) > 0 {
		t.Errorf("all was as wanted of %q, yet this ran: %q", s.Asset.Ref, again.Ran)
	}
	if _, can := p.(provision.Lister); can {
		all := listed(t, p, s.Asset.Ref, s.Principal)
		if len(all) != 1 || all[0].Asset.Ref != s.Asset.Ref || all[0].Principal.Name != s.Principal.Name {
			t.Errorf("List of %q says %+v", s.Asset.Ref, all)
		}
	}
	h.Hostile.Run(t, provision.Script(given.Ran))
	taken := settle(t, p, Want(s.Principal, s.Asset))[0]
	plain(t, taken.Ran...)
	h.Hostile.Run(t, provision.Script(taken.Ran))
	look(t, h, s.Principal, s.Asset, false, false)
}

func namedAtSetup(t testing.TB, h Harness) {
	p := h.Open(t)
	setup := h.Hostile.Setup
	preparer, can := p.(provision.Preparer)
	if setup == nil && !can {
		return
	}
	if setup == nil {
		setup = func(t testing.TB) []provision.Statement {
			statements, err := preparer.Setup(t.Context())
			if err != nil {
				t.Fatalf("Setup: %v", err)
			}
			return statements
		}
	}
	for _, name := range hostileNames(h.Hostile.Harm) {
		h.Hostile.Make(t, name)
	}
	statements := setup(t)
	plain(t, statements...)
	h.Hostile.Run(t, provision.Script(statements))
	harmless(t, h)
}

func namedMasked(t testing.TB, h Harness) {
	p := h.Open(t)
	for _, name := range hostileNames(h.Hostile.Harm) {
		a, who, takes := h.Hostile.Make(t, name)
		if !takes {
			continue
		}
		m := provision.Masking{Asset: a, Show: maskOf(a.Columns[0].Name, a.Columns[1:])}
		masked := p.(provision.Masker).Mask(t.Context(), []provision.Masking{m})[0]
		if masked.Err != nil {
			t.Errorf("masking %q: %v", a.Ref, masked.Err)
			continue
		}
		plain(t, masked.Ran...)
		onOneLine(t, masked.Name)
		h.Hostile.Run(t, provision.Script(masked.Ran))
		o := settle(t, p, through(m, who, provision.Access{Privilege: request.Read}))[0]
		plain(t, o.Ran...)
		look(t, h, who, a, false, false)
		settle(t, p, through(m, who))
	}
	harmless(t, h)
}

// maskOf hides one column and shows the others.
func maskOf(hidden string, others []catalog.Column) catalog.Masking {
	m := catalog.Masking{Columns: []catalog.MaskedColumn{{Name: hidden, Mask: catalog.Mask{Name: "suite", How: catalog.MaskNull}}}}
	for _, c := range others {
		m.Clear = append(m.Clear, c.Name)
	}
	slices.Sort(m.Clear)
	return m
}
