package naming_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision/pgprovision/internal/naming"
)

// The comment on a role tells which columns it reads, whatever their names hold.
func TestColumnsAreReadBackFromTheComment(t *testing.T) {
	t.Parallel()
	ref, err := catalog.NewRef("warehouse", "sales", "public", "orders")
	if err != nil {
		t.Fatal(err)
	}
	place := naming.Place{Ref: ref, System: "7", DatabaseID: 5, Installation: "a1"}
	seen := map[string]bool{}
	for _, tt := range []struct{ names, ids []string }{
		{[]string{"id"}, nil},
		{[]string{"id"}, []string{"1"}},
		{[]string{"id"}, []string{"2"}},
		{[]string{"email", "id"}, []string{"3", "1"}},
		{[]string{"email", "id"}, nil},
		{[]string{`email", "id`}, nil},
		{[]string{`a" 3, "b`, "c\n) on x (system 1, database 2, object 3)", `\`, "é", "\u2028"}, []string{"1", "2", "3", "4", "5"}},
		{[]string{") on warehouse:a.b.c (system 7, database 5, object 9)"}, nil},
	} {
		privilege := naming.Columns(tt.names, tt.ids)
		names, ids, ok := naming.ColumnsOf(privilege)
		if diff := cmp.Diff(tt, struct{ names, ids []string }{names, ids}, cmp.AllowUnexported(struct{ names, ids []string }{})); !ok || diff != "" {
			t.Errorf("%s is read back: %v (-want +got):\n%s", privilege, ok, diff)
		}
		role, comment := place.Role(privilege, 9), place.Comment(privilege, 9)
		read, of, object, err := naming.ReadComment("a1", role, comment)
		if err != nil || read != place || of != privilege || object != 9 {
			t.Errorf("the comment %q is read as %s on %+v, object %d, %v", comment, of, read, object, err)
		}
		if got := naming.ColumnPrivilege(comment); got != privilege {
			t.Errorf("the comment %q is about %s", comment, got)
		}
		if seen[role] || len(role) > naming.MaxName || !strings.HasPrefix(role, place.ColumnPrefix()) {
			t.Errorf("the role of %s is %s", privilege, role)
		}
		seen[role] = true
	}
	for _, wrong := range []string{"COLUMNS ", "READ", `COLUMNS "id"x`, `COLUMNS "id" 1, "email"`, `UNMASK "id"`} {
		if _, _, ok := naming.ColumnsOf(naming.ColumnPrivilege("grantwright a1: " + wrong + " on warehouse:sales.public.orders (system 7, database 5, object 9)")); ok {
			t.Errorf("%s is read as columns", wrong)
		}
	}
}
