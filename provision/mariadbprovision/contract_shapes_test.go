package mariadbprovision_test

import (
	"os"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision/provisiontest"
	"github.com/grantwright/grantwright/request"
)

// viewOver makes a view that shows all of a table or a view.
func (w *world) viewOver(t testing.TB, base catalog.Asset) catalog.Asset {
	t.Helper()
	database, view := base.Ref.Path()[0], w.name("shown")
	w.run(t, "create view "+quote(database, view)+" as select * from "+quote(base.Ref.Path()...))
	return w.asset(t, database, view)
}

// gap makes a view whose definer may not read its table, until somebody mends that.
func (w *world) gap(t testing.TB, container catalog.Asset) (catalog.Asset, func()) {
	t.Helper()
	in, base, view, rep := container.Ref.Name(), w.name("base"), w.name("shown"), w.name("rep")+"@'%'"
	w.run(t, "create user "+rep, "create table "+quote(in, base)+" (id int, note text)",
		"create definer = "+rep+" view "+quote(in, view)+" as select * from "+quote(in, base))
	return w.asset(t, in, view), func() { w.run(t, "grant select on "+quote(in, base)+" to "+rep) }
}

// hostile makes what somebody has named to be given everything, each in a database of its
// own.
func (w *world) hostile() *provisiontest.Hostile {
	mallory := w.name("m")
	return &provisiontest.Hostile{
		Harm: "grant all on *.* to " + mallory,
		Make: func(t testing.TB, name string) (catalog.Asset, request.Principal, bool) {
			w.run(t, "create user if not exists "+mallory)
			database, user := w.name(name), w.name(name)
			w.run(t, "create database "+quote(database), "create table "+quote(database, name)+" ("+quote(name)+" int primary key auto_increment, note text)",
				"create user "+quote(user)+"@'%' identified by '"+password+"'")
			a := w.asset(t, database, name)
			a.Columns = []catalog.Column{{Name: name}, {Name: "note"}}
			return a, request.Principal{Name: user + "@%"}, true
		},
		Run: func(t testing.TB, script string) {
			folder := t.TempDir()
			out, err := platform.Client(t.Context(), folder, script, false)
			if strings.Contains(out, "ERROR 1064") || err != nil && !strings.Contains(out, "ERROR") {
				t.Errorf("the client says %s, %v to %q", out, err, script)
			}
			if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
				t.Errorf("the client has left %v in its folder (%v)", left, err)
			}
		},
		Harmed: func(t testing.TB) bool {
			var rights int
			const query = "select count(*) from information_schema.user_privileges where grantee like ? and privilege_type <> 'USAGE'"
			if err := platform.DB.QueryRow(query, "%"+mallory+"'@%").Scan(&rights); err != nil {
				t.Fatal(err)
			}
			return rights > 0
		},
	}
}
