package pgprovision_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// A view of governance's own is given as it was brought into force, whatever was replaced
// since: itself, a view beneath, a function, or a table that stands in its place. What is
// made anew and shows the same is the same.
func TestAViewThatMasksIsPinned(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		made, then string // by the owner; base is the masked table, with id and secret
		same       bool
	}{
		"the view":             {"create view shown as select id from base", "create or replace view shown as select id, secret from base", false},
		"a view beneath":       {"create view under as select id from base; create view shown as select id from under", "create or replace view under as select length(secret) as id from base", false},
		"a function":           {"create function hide(text) returns text language sql as 'select null::text'; create view shown as select id, hide(secret) as secret from base", "create or replace function hide(text) returns text language sql as 'select $1'", false},
		"a function beneath":   {"create function hide(text) returns text language sql as 'select null::text'; create view under as select id, hide(secret) as secret from base; create view shown as select * from under", "create or replace function hide(text) returns text language sql as 'select $1'", false},
		"whose rights it has":  {"create function hide(text) returns text language sql as 'select null::text'; create view shown as select id, hide(secret) as secret from base", "alter function hide(text) security definer", false},
		"its options":          {"create view shown with (security_barrier) as select id from base", "alter view shown reset (security_barrier)", false},
		"a table in its place": {"create view shown as select id from base", "drop view shown; create table shown as select * from base", false},
		"another table":        {"create table shown as select id from base", "alter table shown add secret text", false},
		"the same anew":        {"create view shown as select id from base", "drop view shown; create view shown as select id from base", true},
		"the same function":    {"create function hide(text) returns text language sql as 'select null::text'; create view shown as select id, hide(secret) as secret from base", "create or replace function hide(text) returns text language sql as 'select null::text'", true},
		"a table made anew":    {"create view shown as select id from base", "drop view shown; alter table base rename to backup; create table base (id int, secret text); create view shown as select id from base", true},
		"a column renamed":     {"create view shown as select id from base", "alter table base rename secret to hidden", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			p, eve, bob := w.open(t), w.person(t), w.person(t)
			w.asOwner(t, "create table base (id int, secret text); insert into base values (1, 'secret'); "+tt.made)
			w.setup(t)
			base, shown := w.asset(t, "public", "base"), w.asset(t, "public", "shown")
			m := provision.Masking{Asset: base, Show: catalog.Masking{View: shown.Ref}}
			mustSay(t, apply(t, p, wantMasked(eve, m, read)).Err, false, "not brought into force yet")
			w.mustSee(t, eve, "id", "shown", "denied")
			if m.Pinned = mustMask(t, p, m).Definition; m.Pinned == "" {
				t.Fatal("nothing is said of what the view shows")
			}
			mustApply(t, p, wantMasked(eve, m, read))
			w.mustSee(t, eve, "id", "shown", "1")

			w.asOwner(t, tt.then)
			w.setup(t)
			m.Asset = w.asset(t, "public", "base")
			masked := p.Mask(t.Context(), []provision.Masking{m})[0]
			if is := errors.Is(masked.Err, provision.ErrRedefined); is == tt.same {
				t.Errorf("Mask says %v", masked.Err)
			}
			if tt.same {
				mustApply(t, p, wantMasked(bob, m, read))
				w.mustSee(t, bob, "count(*) >= 0", "shown", "t")
				return
			}
			for _, o := range p.Apply(t.Context(), []provision.Standing{given(wantMasked(eve, m, read)), wantMasked(bob, m, read)}) {
				if !errors.Is(o.Err, provision.ErrRedefined) || !errors.Is(o.Err, provision.ErrUnmasked) || len(o.Withdrawn) > 0 {
					t.Errorf("the outcome is %v, withdrawn %v", o.Err, o.Withdrawn)
				}
			}
			w.mustSee(t, eve, "id", "shown", "denied")
			w.mustSee(t, bob, "id", "shown", "denied")
			if m.Pinned = ""; masked.Definition != mustMask(t, p, m).Definition {
				t.Error("governance looks at another view than it was told of")
			}
			m.Pinned = masked.Definition
			mustApply(t, p, wantMasked(eve, m, read))
			w.mustSee(t, eve, "count(*)", "shown", "1")
		})
	}
}

// A view of governance's own keeps its names where columns beneath it change theirs: who may
// read some columns never reads another one under the name of theirs.
func TestAViewThatMasksShowsNoOtherColumn(t *testing.T) {
	t.Parallel()
	const swap = "alter table base rename mail to was; alter table base rename pay to mail; alter table base rename was to pay"
	for name, tt := range map[string]struct {
		shown, then  string
		again        bool   // governance looks at the view again
		mail, number string // the column that is asked for
		sees         string // of column mail and of column pay of the view
		says         string
	}{
		"as it was":                   {"select id, mail, pay from base", "", false, "mail", "2", "m denied", ""},
		"swapped since":               {"select id, mail, pay from base", swap, false, "mail", "2", "denied denied", "may show another one"},
		"swapped and looked at":       {"select id, mail, pay from base", swap, true, "mail", "2", "denied denied", "may show another one"},
		"swapped and asked then":      {"select id, mail, pay from base", swap, true, "pay", "2", "denied denied", "may show another one"},
		"a hash, swapped since":       {"select id, md5(mail) as mail, pay from base", swap, false, "pay", "2", "denied denied", "may show another one"},
		"swapped beneath, since":      {"select * from (select id, mail, pay from base) x", swap, false, "mail", "2", "denied denied", "may show another one"},
		"another one renamed":         {"select id, mail, pay from base", "alter table base rename pay to fee", false, "mail", "2", "m denied", ""},
		"a hash, another one renamed": {"select id, md5(mail) as mail, pay from base", "alter table base rename pay to fee", true, "mail", "2", "6f8f57715090da2632453988d9a1501b denied", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			p, eve := w.open(t), w.person(t)
			w.asOwner(t, "create table base (id int, mail text, pay text); insert into base values (1, 'm', 'p'); create view shown as "+tt.shown)
			w.setup(t)
			m := provision.Masking{Asset: w.asset(t, "public", "base"), Show: catalog.Masking{View: w.asset(t, "public", "shown").Ref}}
			m.Pinned = mustMask(t, p, m).Definition
			if tt.then != "" {
				w.asOwner(t, tt.then)
			}
			if tt.again {
				m.Pinned = ""
				m.Pinned = mustMask(t, p, m).Definition
			}
			access := provision.Access{Privilege: request.Read, Columns: []string{tt.mail}, ColumnIDs: []string{tt.number}}
			o := apply(t, p, wantMasked(eve, m, access))
			var saw []string
			for _, column := range []string{"mail", "pay"} {
				if got := w.sees(t, eve.Name, column, "shown"); strings.Contains(got, "permission denied") {
					saw = append(saw, "denied")
				} else {
					saw = append(saw, got)
				}
			}
			if got := strings.Join(saw, " "); got != tt.sees {
				t.Errorf("sees %q, want %q", got, tt.sees)
			}
			if tt.says != "" {
				mustSay(t, o.Err, true, tt.says)
			} else if o.Err != nil {
				t.Error(o.Err)
			}
		})
	}
}

// Where somebody has locked what the view reads, its text is not asked for: what is known
// of it decides, and nobody waits.
func TestALockedViewThatMasksIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve := w.open(t), w.person(t)
	w.asOwner(t, "create table base (id int, secret text); create view shown as select id from base")
	w.setup(t)
	m := provision.Masking{Asset: w.asset(t, "public", "base"), Show: catalog.Masking{View: w.asset(t, "public", "shown").Ref}}
	m.Pinned = mustMask(t, p, m).Definition
	tx, err := w.db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	lock := func(what string) {
		t.Helper()
		if _, err := tx.Exec("lock table " + what); err != nil {
			t.Fatal(err)
		}
	}
	lock("base")
	mustApply(t, p, wantMasked(eve, m, read))
	anew := m
	anew.Pinned = ""
	mustSay(t, p.Mask(t.Context(), []provision.Masking{anew})[0].Err, false, "locked")
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	w.asOwner(t, "create or replace view shown as select id, secret from base")
	if tx, err = w.db.BeginTx(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	lock("base")
	mustSay(t, apply(t, p, wantMasked(eve, m, read)).Err, false, "locked")
	if err := tx.Rollback(); err != nil { // a query of hers would wait
		t.Fatal(err)
	}
	w.mustSee(t, eve, "id", "shown", "denied")
}

// A container whose part is masked by a view that was replaced works with a gap.
func TestAReplacedViewThatMasksIsAGap(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, area := w.open(t), w.person(t), w.schema(t)
	fine := w.tableIn(t, area)
	w.asOwner(t, fmt.Sprintf("create table %[1]s.base (id int, secret text); create view %[1]s.shown as select id from %[1]s.base", area))
	m := provision.Masking{Asset: w.asset(t, area, "base"), Show: catalog.Masking{View: w.asset(t, area, "shown").Ref}}
	m.Pinned = mustMask(t, p, m).Definition
	s := covering(want(eve, w.container(t, area), "READ"), fine, m.Asset)
	s.Masked = []provision.Masking{m}
	mustGap(t, mustApply(t, p, s).Gaps, 0)
	w.mustSee(t, eve, "count(*)", area+".shown", "0")
	w.asOwner(t, fmt.Sprintf("create or replace view %[1]s.shown as select id, secret from %[1]s.base", area))
	mustGap(t, mustApply(t, p, s).Gaps, 1, area+".base: is masked, and nothing shows it masked now", "was replaced")
	w.mustSee(t, eve, "id", area+".shown", "denied")
	w.mustAllow(t, eve, fine, true, false)
}
