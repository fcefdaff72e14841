package provision_test

import (
	"testing"
	"time"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

func TestIncludes(t *testing.T) {
	t.Parallel()
	read, write := provision.Access{Privilege: request.Read}, provision.Access{Privilege: request.ReadWrite}
	one := provision.Access{Privilege: request.Read, Columns: []string{"id"}}
	two := provision.Access{Privilege: request.Read, Columns: []string{"id", "name"}}
	for _, tt := range []struct {
		a, b provision.Access
		want bool
	}{
		{read, read, true}, {write, read, true}, {read, write, false},
		{read, one, true}, {one, read, false}, {two, one, true}, {one, two, false}, {write, two, true},
		{two, provision.Access{Privilege: request.ReadWrite, Columns: []string{"id"}}, false},
	} {
		if got := tt.a.Includes(tt.b); got != tt.want {
			t.Errorf("%s includes %s: %v", tt.a, tt.b, got)
		}
	}
}

func TestRenewalEndsAtTheLaterEnd(t *testing.T) {
	t.Parallel()
	day := func(n int) time.Time { return time.Date(2026, 3, n, 0, 0, 0, 0, time.UTC) }
	old := provision.Grant{ID: "old", State: provision.Active, Access: provision.Access{Privilege: request.Read}, Ends: day(20)}
	renewal := provision.Grant{ID: "new", Renews: "old", State: provision.Active, Access: old.Access, Ends: day(10)}
	wider := renewal
	wider.Access.Privilege = request.ReadWrite
	later, endless, other := renewal, renewal, renewal
	later.Ends, endless.Ends, other.Renews = day(25), time.Time{}, ""
	revoked := old
	revoked.Ending, revoked.State = request.Revoked, provision.Revoking
	for _, tt := range []struct {
		name    string
		renewal provision.Grant
		of      provision.Grant
		want    time.Time
	}{
		{"the earlier end gives way", renewal, old, day(20)},
		{"the later end stays", later, old, day(25)},
		{"no end stays", endless, old, time.Time{}},
		{"what gives more ends as it was approved", wider, old, day(10)},
		{"what was revoked is not gone on with", renewal, revoked, day(10)},
		{"what renews nothing", other, old, day(10)},
	} {
		if got := tt.renewal.Renew(tt.of).Ends; !got.Equal(tt.want) {
			t.Errorf("%s: ends %s, want %s", tt.name, got, tt.want)
		}
	}
}
