package mariadbprovision_test

import (
	"strings"
	"testing"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// Whatever keeps a login out is said where access is asked for, and of access that stands;
// what others say of it, or do not say, is no reason.
func TestActiveMeansThatTheLoginComesIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, orders := w.open(t), w.table(t)
	read := "select * from " + quote(orders.Ref.Path()...)
	for name, tt := range map[string]struct{ broken, mended, says string }{
		"locked":              {"alter user EVE account lock", "alter user EVE account unlock", "ACCOUNT LOCK"},
		"no connections":      {"alter user EVE with max_user_connections -1", "alter user EVE with max_user_connections 0", "MAX_USER_CONNECTIONS"},
		"TLS":                 {"alter user EVE require ssl", "alter user EVE require none", "REQUIRE SSL"},
		"a certificate":       {"alter user EVE require subject '/CN=eve'", "alter user EVE require none", "REQUIRE SSL"},
		"no password":         {"alter user EVE identified via mysql_native_password using 'invalid'", "alter user EVE identified by '" + password + "'", "its password is invalid"},
		"no password, or one": {"alter user EVE account lock", "alter user EVE identified via mysql_native_password using 'invalid' or mysql_native_password using password('" + password + "') account unlock", "ACCOUNT LOCK"},
		"the hour is limited": {"alter user EVE account lock", "alter user EVE with max_connections_per_hour 1000 account unlock", "ACCOUNT LOCK"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, before := range []bool{true, false} {
				eve := w.person(t)
				run := func(statement string) { w.run(t, strings.ReplaceAll(statement, "EVE", quoted(eve))) }
				s := want(eve, orders, request.Read)
				if !before {
					mustApply(t, p, s)
				}
				run(tt.broken)
				_, err := p.Check(t.Context(), s)
				for _, err := range []error{err, p.Plan(t.Context(), []provision.Standing{s})[0].Err, apply(t, p, s).Err} {
					mustSay(t, err, true, "cannot log in", tt.says)
				}
				if conn, end, err := w.as(t.Context(), eve); err == nil {
					_ = conn
					end()
					t.Errorf("broken before it was given: %v, yet the login comes in", before)
				}
				run(tt.mended)
				mustApply(t, p, s)
				if err := w.tries(t, eve, read); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// From the host of another account of the name somebody is that one, and reads nothing. It
// is remarked, and no more: where they come from is not known.
func TestNamesakesAreRemarked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, orders := w.open(t), w.table(t)
	name := w.name("eve")
	eve := request.Principal{Name: name + "@%"}
	w.run(t, "create user "+quoted(eve)+" identified by '"+password+"'")
	s := want(eve, orders, request.Read)
	if o := mustApply(t, p, s); len(o.Remarks) > 0 {
		t.Errorf("remarked: %q", o.Remarks)
	}
	w.mustAllow(t, eve, orders, true, false)
	w.run(t, "create user "+name+"@'127.0.0.1' identified by '"+password+"'", "create user "+name+"@'10.%' identified by '"+password+"'", "create user "+w.name("eve")+"@'10.1.1.1'")
	plan := p.Plan(t.Context(), []provision.Standing{s})[0]
	for _, remarks := range [][]string{mustApply(t, p, s).Remarks, plan.Remarks} {
		if text := strings.Join(remarks, "\n"); len(remarks) != 1 || !strings.Contains(text, "nothing of this: "+name+"@10.%, "+name+"@127.0.0.1") {
			t.Errorf("remarked: %q", remarks)
		}
	}
	w.mustAllow(t, eve, orders, false, false)
	near := request.Principal{Name: name + "@127.0.0.1"}
	if o := mustApply(t, p, want(near, orders, request.Read)); len(o.Remarks) > 0 {
		t.Errorf("of an account whose host is none of others: %q", o.Remarks)
	}
	w.mustAllow(t, near, orders, true, false)
}
