package pgprovision_test

import (
	"context"
	"strings"
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
	var wires sync.Map
	provisiontest.Run(t, provisiontest.Harness{
		Open: func(t testing.TB) provision.Provisioner {
			p, x := w.openThrough(t)
			wires.Store(p, x)
			return p
		},
		Asset:   w.table,
		Person:  w.person,
		Allowed: w.allowed,
		Columns: []string{"id", "note"},
		ReadsColumn: func(ctx context.Context, who request.Principal, a catalog.Asset, column string) (bool, error) {
			err := w.as(ctx, who.Name, "select "+column+" from "+a.Ref.Name())
			if err != nil && strings.Contains(err.Error(), "permission denied") {
				return false, nil
			}
			return err == nil, err
		},
		Container: func(t testing.TB) catalog.Asset { return w.container(t, w.schema(t)) },
		Inside:    func(t testing.TB, container catalog.Asset) catalog.Asset { return w.tableIn(t, container.Ref.Name()) },
		Gap:       w.gap,
		MaskedBy:  w.maskedBy,
		Group:     w.group,
		Give: func(t testing.TB, who request.Principal, a catalog.Asset) {
			w.asOwner(t, "grant usage on schema public to "+who.Name+"; grant select on "+a.Ref.Name()+" to "+who.Name)
		},
		Replace: func(t testing.TB, a catalog.Asset) {
			w.asOwner(t, "drop table "+a.Ref.Name()+" cascade; create table "+a.Ref.Name()+" (id serial primary key, note text)")
		},
		View: func(t testing.TB) (catalog.Asset, func()) {
			base, view := w.table(t).Ref.Name(), w.name("shown")
			w.asOwner(t, "create view "+view+" as select id, note from "+base)
			return w.asset(t, "public", view), func() {
				w.asOwner(t, "create or replace view "+view+" as select id, upper(note) as note from "+base)
			}
		},
		Secured:  w.secured,
		Lend:     w.lend,
		Move:     w.move,
		Withdraw: w.withdraw,
		Masking: func(a catalog.Asset) provision.Masking {
			return provision.Masking{Asset: a, Show: catalog.Masking{Columns: []catalog.MaskedColumn{by("note", catalog.MaskNull)}, Clear: []string{"id"}}}
		},
		Sees: func(ctx context.Context, who request.Principal, query string) (reads, clear bool, err error) {
			err = w.as(ctx, who.Name, "do $$ begin if (select note from "+query+" where id = 1) is null then raise exception 'it is masked'; end if; end $$")
			switch {
			case err == nil:
				return true, true, nil
			case strings.Contains(err.Error(), "it is masked"):
				return true, false, nil
			case strings.Contains(err.Error(), "permission denied"), strings.Contains(err.Error(), "does not exist"):
				return false, false, nil
			}
			return false, false, err
		},
		Rename: func(t testing.TB, a catalog.Asset) string {
			w.asOwner(t, "alter table "+a.Ref.Name()+" rename column note to memo")
			return "memo"
		},
		Unshowable: func(t testing.TB) provision.Masking {
			m := provision.Masking{Asset: w.table(t), Show: catalog.Masking{Columns: []catalog.MaskedColumn{by("id", catalog.MaskConstant)}, Clear: []string{"note"}}}
			m.Show.Columns[0].Mask.Constant = "no number"
			return m
		},
		Reads:   w.readsThrough,
		Grows:   w.grows,
		Hostile: w.hostile(),
		Break: func(_ testing.TB, p provision.Provisioner) func() {
			x, _ := wires.Load(p)
			x.(*wire).cut()
			return x.(*wire).heal
		},
	})
}
