package pgprovision_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// Access does not go with an object to another name, about which others may decide: it is
// taken, and the outcome says so. Under its own name it is given again.
func TestAccessDoesNotFollowAnotherName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.open(t)
	for name, tt := range map[string]struct {
		made, moved, back string
		kind              string // of the asset: the table, the view, or the schema
		reads             string // what the login reads after the move, if anything
	}{
		"a table renamed":           {"", "alter table AREA.book rename to old", "alter table AREA.old rename to book", "book", "AREA.old"},
		"a table in another schema": {"create schema AREA_x authorization OWNER; grant usage on schema AREA_x to public", "alter table AREA.book set schema AREA_x", "alter table AREA_x.book set schema AREA", "book", "AREA_x.book"},
		"a view renamed":            {"create view AREA.v as select * from AREA.book; alter view AREA.v owner to OWNER", "alter view AREA.v rename to w", "alter view AREA.w rename to v", "v", "AREA.w"},
		"a table's schema renamed":  {"", "alter schema AREA rename to AREA_y", "alter schema AREA_y rename to AREA", "book", "AREA_y.book"},
		"a schema renamed":          {"", "alter schema AREA rename to AREA_z", "alter schema AREA_z rename to AREA", "", "AREA_z.book"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eve, bob, area := w.person(t), w.person(t), w.schema(t)
			fill := strings.NewReplacer("AREA", area, "OWNER", w.owner).Replace
			w.asOwner(t, fill("create table AREA.book (id int, note text)"))
			if tt.made != "" {
				w.run(t, fill(tt.made))
				w.run(t, fill("grant select on all tables in schema AREA to "+w.provisioner+" with grant option"))
			}
			asset := w.container(t, area)
			if tt.kind != "" {
				asset = w.asset(t, area, tt.kind)
			}
			wanted := want(eve, asset, request.Read)
			others := want(bob, asset, request.Read)
			if tt.kind == "" {
				all := below(w.synced(t), area)
				wanted, others = covering(wanted, all...), covering(others, all...)
			}
			mustApply(t, p, wanted)
			mustApply(t, p, others)
			w.run(t, fill(tt.moved))
			reads := "select * from " + fill(tt.reads)
			if err := w.as(t.Context(), eve.Name, reads); err != nil {
				t.Fatalf("the move took the access by itself: %v", err)
			}
			look := given(wanted)
			look.Hold = true // as a first pass of a reconciliation does
			held := apply(t, p, look)
			mustSay(t, held.Err, true, "stands no longer under its name")
			if held.Taken || len(held.Ran) > 0 || !errors.As(held.Err, new(*provision.MovedError)) {
				t.Errorf("held back, Taken is %v, and this ran: %v", held.Taken, held.Ran)
			}
			if err := w.as(t.Context(), eve.Name, reads); err != nil {
				t.Errorf("held back, it was taken: %v", err)
			}
			o := apply(t, p, given(wanted))
			mustSay(t, o.Err, true, "stands no longer under its name")
			if !o.Taken || len(o.Withdrawn) > 0 {
				t.Errorf("Taken is %v, and Withdrawn %v", o.Taken, o.Withdrawn)
			}
			if err := w.as(t.Context(), eve.Name, reads); err == nil {
				t.Error("it is read under its new name")
			}
			if err := w.as(t.Context(), bob.Name, reads); err != nil {
				t.Errorf("somebody else's was taken too: %v", err)
			}
			if again := apply(t, p, wanted); len(again.Ran) > 0 {
				t.Errorf("it does not come to rest: %v", again.Ran)
			}
			w.run(t, fill(tt.back))
			mustApply(t, p, wanted)
			mustApply(t, p, given(others))
			if err := w.as(t.Context(), eve.Name, "select * from "+area+"."+map[bool]string{true: "book", false: tt.kind}[tt.kind == ""]); err != nil {
				t.Errorf("back under its name: %v", err)
			}
			if rest := mustApply(t, p, want(eve, asset)); !rest.Taken {
				t.Error("it does not end")
			}
		})
	}
}
