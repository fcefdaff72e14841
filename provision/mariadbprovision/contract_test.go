package mariadbprovision_test

import (
	"context"
	"sync"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/provisiontest"
	"github.com/grantwright/grantwright/request"
)

func TestKeepsTheContract(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var logins sync.Map
	provisiontest.Run(t, provisiontest.Harness{
		Open: func(t testing.TB) provision.Provisioner {
			login := w.name("engine")
			w.run(t, "create user "+login+"@'%' identified by '"+password+"'", "grant select, execute on `gw\\_"+w.installation+"`.* to "+login+"@'%'")
			p := w.openAs(t, login)
			logins.Store(p, login)
			return p
		},
		Asset:       w.table,
		Person:      w.person,
		Allowed:     w.allowed,
		Columns:     []string{"id", "note"},
		ReadsColumn: w.readsColumn,
		Container:   w.container,
		Inside:      func(t testing.TB, container catalog.Asset) catalog.Asset { return w.tableIn(t, container.Ref.Name()) },
		Gap:         w.gap,
		Give: func(t testing.TB, who request.Principal, a catalog.Asset) {
			w.run(t, "grant select on "+quote(a.Ref.Path()...)+" to "+quoted(who))
		},
		Replace: func(t testing.TB, a catalog.Asset) {
			table := quote(a.Ref.Path()...)
			w.run(t, "drop table "+table, "create table "+table+" (id int primary key auto_increment, note text)")
		},
		View: func(t testing.TB) (catalog.Asset, func()) {
			base := w.table(t)
			database, view := base.Ref.Path()[0], w.name("shown")
			define := func(note string) {
				w.run(t, "create or replace view "+quote(database, view)+" as select id, "+note+" as note from "+quote(base.Ref.Path()...))
			}
			define("note")
			return w.asset(t, database, view), func() { define("upper(note)") }
		},
		Reads: func(t testing.TB) []provisiontest.Reads {
			base := w.table(t)
			view := w.viewOver(t, base)
			over, own := w.viewOver(t, view), w.name("own")
			// A view with the reader's rights has those of the definer of one that reads it.
			w.run(t, "create sql security invoker view "+quote(w.database, own)+" as select * from "+quote(base.Ref.Path()...))
			above := w.viewOver(t, w.asset(t, w.database, own))
			return []provisiontest.Reads{{Asset: view, Read: base}, {Asset: over, Read: base}, {Asset: over, Read: view}, {Asset: above, Read: base}}
		},
		Grows: func(t testing.TB) (catalog.Asset, func() catalog.Asset) {
			first, second := w.table(t), w.table(t)
			view := w.viewOver(t, first)
			return w.viewOver(t, view), func() catalog.Asset {
				w.run(t, "create or replace view "+quote(view.Ref.Path()...)+" as select * from "+quote(second.Ref.Path()...))
				return second
			}
		},
		Hostile: w.hostile(),
		Lend: func(t testing.TB, who request.Principal, a catalog.Asset) func(context.Context) error {
			call := quote(a.Ref.Path()[0], w.name("lent"))
			w.run(t, "create procedure "+call+"() select * from "+quote(a.Ref.Path()...), "grant execute on procedure "+call+" to "+quoted(who))
			return func(ctx context.Context) error { return w.runAs(ctx, who, []string{"call " + call + "()"}) }
		},
		// An administrator drops the role that holds what the person has: roles can be
		// taken from somebody only by who administers them.
		Withdraw: func(t testing.TB, who request.Principal, _ catalog.Asset) {
			w.run(t, "drop role "+quote(w.personRole(t, who)))
		},
		// Whoever the provisioner logs in as is locked out.
		Break: func(t testing.TB, p provision.Provisioner) func() {
			login, _ := logins.Load(p)
			w.run(t, "alter user "+login.(string)+"@'%' account lock", "kill user "+login.(string))
			return func() { w.run(t, "alter user "+login.(string)+"@'%' account unlock") }
		},
	})
}
