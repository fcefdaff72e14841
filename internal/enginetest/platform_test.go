package enginetest_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/enginetest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/provisiontest"
	"github.com/grantwright/grantwright/request"
)

// What a test sees on the fake platform is what provisioners promise.
func TestPlatformKeepsTheContract(t *testing.T) {
	t.Parallel()
	var made atomic.Int64
	p := enginetest.NewPlatform()
	p.Logins = func(principal string) bool { return strings.HasPrefix(principal, "eve") }
	stand := func(kind catalog.Kind, in string) catalog.Asset {
		id := fmt.Sprint(made.Add(1))
		a := catalog.Asset{Ref: catalog.Ref(in + "t" + id), Kind: kind, ID: id}
		p.Add(a)
		return a
	}
	provisiontest.Run(t, provisiontest.Harness{
		Open:  func(testing.TB) provision.Provisioner { return p },
		Asset: func(testing.TB) catalog.Asset { return stand(catalog.Table, "fake:") },
		Person: func(testing.TB) request.Principal {
			name := fmt.Sprintf("eve%d", made.Add(1))
			return request.Principal{Name: name, ID: "id of " + name}
		},
		Allowed: func(_ context.Context, who request.Principal, a catalog.Asset, privilege request.Privilege) (bool, error) {
			return slices.ContainsFunc(p.Access(who.Name, a.Ref), func(has provision.Access) bool {
				return has.Privilege == privilege || has.Privilege == request.ReadWrite
			}), nil
		},
		Replace:  func(_ testing.TB, a catalog.Asset) { p.Replace(a.Ref, fmt.Sprint(made.Add(1)), "") },
		Withdraw: func(_ testing.TB, who request.Principal, a catalog.Asset) { p.TakeAway(who.Name, a.Ref) },
	})
}
