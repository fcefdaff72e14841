package provisiontest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// columnChecks hold a provisioner that gives columns by themselves to just those.
var columnChecks = []check{
	{name: "gives the columns that are asked for and no others", run: columnsAlone, can: canColumns},
	{name: "two sets of columns are both read, and end each by itself", run: columnsTogether, can: canColumns},
	{name: "columns and the whole end each by itself", run: columnsBeside, can: canColumns},
	{name: "writes no more than it reads of columns", run: columnsWritten, can: canColumns},
	{name: "lists the columns that it gave", run: columnsListed, can: func(h Harness, p provision.Provisioner) bool { return canColumns(h, p) && canList(h, p) }},
	{name: "does not put back columns that someone took away", run: columnsWithdrawn, can: func(h Harness, p provision.Provisioner) bool { return canColumns(h, p) && canWithdraw(h, p) }},
}

func canColumns(h Harness, _ provision.Provisioner) bool {
	return len(h.Columns) == 2 && h.ReadsColumn != nil
}

// of is READ of some columns.
func of(columns ...string) provision.Access {
	return provision.Access{Privilege: request.Read, Columns: slices.Sorted(slices.Values(columns))}
}

// wantAll is what a principal should have on an asset, of whatever kinds.
func wantAll(who request.Principal, a catalog.Asset, access ...provision.Access) provision.Standing {
	return provision.Standing{Principal: who, Asset: a, Want: access}
}

// lookInto logs in as the person, and fails the test unless they read just these columns,
// and the whole only if all is true. The asset may have no more columns than these: whoever
// reads both may read all of it.
func lookInto(t testing.TB, h Harness, who request.Principal, a catalog.Asset, all bool, columns ...string) {
	t.Helper()
	for _, column := range h.Columns {
		got, err := h.ReadsColumn(t.Context(), who, a, column)
		if err != nil {
			t.Fatalf("reading column %s as %s: %v", column, who.Name, err)
		}
		if want := slices.Contains(columns, column); got != want {
			t.Errorf("%s reads column %s: %v, should be %v", who.Name, column, got, want)
		}
	}
	if !all && len(columns) == len(h.Columns) {
		if writes, err := h.Allowed(t.Context(), who, a, request.ReadWrite); err != nil || writes {
			t.Errorf("%s writes: %v, %v", who.Name, writes, err)
		}
		return
	}
	look(t, h, who, a, all, false)
}

func columnsAlone(t testing.TB, h Harness) {
	p, who, other, a := h.Open(t), h.Person(t), h.Person(t), h.Asset(t)
	one, two := h.Columns[0], h.Columns[1]
	settle(t, p, wantAll(who, a, of(one)))
	lookInto(t, h, who, a, false, one)
	lookInto(t, h, other, a, false)
	if o := settle(t, h.Open(t), wantAll(who, a, of(one)))[0]; len(o.Ran) > 0 {
		t.Errorf("all was as wanted, yet this ran: %q", o.Ran)
	}
	settle(t, p, wantAll(other, a, of(one)), wantAll(who, a, of(two)))
	lookInto(t, h, who, a, false, two)
	lookInto(t, h, other, a, false, one)
	settle(t, p, wantAll(who, a))
	lookInto(t, h, who, a, false)
	lookInto(t, h, other, a, false, one)
}

func columnsTogether(t testing.TB, h Harness) {
	p, who, a := h.Open(t), h.Person(t), h.Asset(t)
	one, two := h.Columns[0], h.Columns[1]
	settle(t, p, wantAll(who, a, of(one), of(one, two)))
	lookInto(t, h, who, a, false, one, two)
	settle(t, p, wantAll(who, a, of(one)))
	lookInto(t, h, who, a, false, one)
	settle(t, p, wantAll(who, a, of(one), of(two)))
	lookInto(t, h, who, a, false, one, two)
	settle(t, p, wantAll(who, a, of(two)))
	lookInto(t, h, who, a, false, two)
}

func columnsBeside(t testing.TB, h Harness) {
	p, who, a := h.Open(t), h.Person(t), h.Asset(t)
	one, two, whole := h.Columns[0], h.Columns[1], provision.Access{Privilege: request.Read}
	settle(t, p, wantAll(who, a, whole, of(one)))
	lookInto(t, h, who, a, true, one, two)
	settle(t, p, wantAll(who, a, of(one)))
	lookInto(t, h, who, a, false, one)
	settle(t, p, wantAll(who, a, of(one), whole))
	settle(t, p, wantAll(who, a, whole))
	lookInto(t, h, who, a, true, one, two)
}

// columnsWritten: whoever may write some columns cannot insert a row, or delete one.
func columnsWritten(t testing.TB, h Harness) {
	p, who, a := h.Open(t), h.Person(t), h.Asset(t)
	one := of(h.Columns[0])
	one.Privilege = request.ReadWrite
	o := apply(t, p, wantAll(who, a, one))[0]
	if o.Err == nil {
		lookInto(t, h, who, a, false, h.Columns[0])
		return
	}
	if !errors.Is(o.Err, provision.ErrPermanent) {
		t.Errorf("%v does not need a person, and trying again cannot help", o.Err)
	}
	lookInto(t, h, who, a, false)
}

func columnsListed(t testing.TB, h Harness) {
	p, who, a := h.Open(t), h.Person(t), h.Asset(t)
	want := []provision.Access{{Privilege: request.Read}, of(h.Columns[0]), of(h.Columns...)}
	settle(t, p, wantAll(who, a, want...))
	for _, access := range want {
		if n := countListed(t, p, who, a, access); n != 1 {
			t.Errorf("%s is listed %d times", access, n)
		}
	}
	settle(t, p, wantAll(who, a, want[1]))
	for i, access := range want {
		if n := countListed(t, p, who, a, access); (n == 1) != (i == 1) || n > 1 {
			t.Errorf("%s is listed %d times after the others ended", access, n)
		}
	}
}

// countListed counts how often an access is listed. A platform may know the columns by ids
// of its own.
func countListed(t testing.TB, p provision.Provisioner, who request.Principal, a catalog.Asset, access provision.Access) (n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	for s, err := range p.(provision.Lister).List(ctx, a.Ref) {
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range s.Want {
			found.ColumnIDs = nil
			if s.Principal.Name == who.Name && s.Asset.ID == a.ID && found.Equal(access) {
				n++
			}
		}
	}
	return n
}

func columnsWithdrawn(t testing.TB, h Harness) {
	p, who, a := h.Open(t), h.Person(t), h.Asset(t)
	s := wantAll(who, a, of(h.Columns[0]))
	settle(t, p, s)
	h.Withdraw(t, who, a)
	lookInto(t, h, who, a, false)
	s.Given = s.Want
	if o := settle(t, p, s)[0]; len(o.Withdrawn) != 1 || !o.Withdrawn[0].Equal(s.Want[0]) {
		t.Errorf("Withdrawn is %v, and %v was taken away", o.Withdrawn, s.Want)
	}
	lookInto(t, h, who, a, false)
	s.Given = nil
	settle(t, p, s)
	lookInto(t, h, who, a, false, h.Columns[0])
}
