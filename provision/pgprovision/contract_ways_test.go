package pgprovision_test

import (
	"context"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

// secured makes a table of which a policy shows no row.
func (w *world) secured(t testing.TB) (catalog.Asset, func()) {
	t.Helper()
	a := w.table(t)
	w.asOwner(t, "alter table "+a.Ref.Name()+" enable row level security; create policy shown on "+a.Ref.Name()+" using (id < 0)")
	return a, func() { w.asOwner(t, "alter policy shown on "+a.Ref.Name()+" using (true)") }
}

// lend makes a function with the rights of the owner, which one person may execute.
func (w *world) lend(t testing.TB, who request.Principal, a catalog.Asset) func(context.Context) error {
	t.Helper()
	name := w.name("lent")
	w.run(t, "create function "+name+"() returns bigint language sql security definer begin atomic select count(*) from "+a.Ref.Name()+"; end; "+
		"alter function "+name+"() owner to "+w.owner+"; revoke execute on function "+name+"() from public; grant execute on function "+name+"() to "+who.Name+"; grant usage on schema public to "+who.Name)
	return func(ctx context.Context) error { return w.as(ctx, who.Name, "select "+name+"()") }
}

// move renames a table.
func (w *world) move(t testing.TB, a catalog.Asset) func(context.Context, request.Principal) (bool, error) {
	t.Helper()
	name := w.name("moved")
	w.asOwner(t, "alter table "+a.Ref.Name()+" rename to "+name)
	return func(ctx context.Context, who request.Principal) (bool, error) {
		err := w.as(ctx, who.Name, "select * from "+name)
		if err != nil && strings.Contains(err.Error(), "permission denied") {
			return false, nil
		}
		return err == nil, err
	}
}
