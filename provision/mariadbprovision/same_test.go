package mariadbprovision_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/mariadbprovision"
	"github.com/grantwright/grantwright/request"
)

// Whichever login of ours calls the procedures, they act as the same account: logins that
// alternate are one (P8).
func TestLoginsOfOursAlternate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	eve, bob, orders := w.person(t), w.person(t), w.table(t)
	mustApply(t, w.open(t), want(eve, orders, request.Read))
	mustApply(t, w.open(t), want(bob, orders, request.Read))
	clone := *w
	clone.login = w.name("ours_clone")
	w.run(t, "create user "+clone.login+"@'%' identified by '"+password+"'")
	q := clone.open(t)
	if o := apply(t, q, want(eve, orders)); o.Err == nil || o.Taken {
		t.Errorf("taken before Setup: %+v", o)
	}
	w.mustAllow(t, eve, orders, true, false)
	clone.setup(t)
	mustApply(t, q, want(eve, orders))
	w.mustAllow(t, eve, orders, false, false)
	for _, now := range []*mariadbprovision.Provisioner{w.open(t), q, w.open(t)} {
		still := want(bob, orders, request.Read)
		still.Given = still.Want
		if o := mustApply(t, now, still); len(o.Withdrawn) > 0 || len(o.Ran) > 0 {
			t.Errorf("who stands lost %v; ran %q", o.Withdrawn, o.Ran)
		}
		mustApply(t, now, want(eve, orders, request.Read))
		w.mustAllow(t, eve, orders, true, false)
		mustApply(t, now, want(eve, orders))
		w.mustAllow(t, eve, orders, false, false)
		if steps, err := now.Setup(t.Context()); err != nil || len(steps) > 0 {
			t.Errorf("Setup lists %d statements, %v", len(steps), err)
		}
	}
}

// A server that got another id is the same where governance says so, and nothing is taken
// from another (P9, P33).
func TestServerWithAnotherID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.Read))
	mark := provision.Mark{Store: "s", Generation: 7}
	if err := p.Mark(t.Context(), provision.Mark{}, mark); err != nil {
		t.Fatal(err)
	}
	was, err := p.Identify(t.Context())
	if err != nil || was.Mark != mark || !strings.HasPrefix(orders.ID, was.ID+"/") {
		t.Fatalf("identified as %+v, %v; the table is %s", was, err, orders.ID)
	}
	w.run(t, "update gw_"+w.installation+".installation set id = uuid()")
	open := func(known provision.Known) *mariadbprovision.Provisioner {
		to := w.target(w.login)
		to.Known = known
		q, err := mariadbprovision.Open(t.Context(), to)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = q.Close() })
		return q
	}
	known := provision.Known{}.See(was)
	other := open(known)
	now, err := other.Identify(t.Context())
	if err != nil || now.ID == was.ID || known.Trouble(now) == "" {
		t.Fatalf("identified as %+v, %v", now, err)
	}
	for _, s := range []provision.Standing{want(eve, orders), want(eve, orders, request.Read)} {
		o := apply(t, other, s)
		mustSay(t, o.Err, true, "another platform answers")
		if o.Taken {
			t.Error("said to be taken on another server")
		}
	}
	same := open(known.Recognize(now))
	if o := mustApply(t, same, want(eve, orders, request.Read)); len(o.Ran) > 0 {
		t.Errorf("all stood, and this ran: %q", o.Ran)
	}
	for s, err := range same.List(t.Context(), "shop") {
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(orders.ID, s.Asset.ID); diff != "" && s.Asset.Ref == orders.Ref {
			t.Errorf("listed (-want +got):\n%s", diff)
		}
	}
	mustApply(t, same, want(eve, orders))
	w.mustAllow(t, eve, orders, false, false)
}

// Nobody else lets anybody into a role of ours, not even root: MariaDB has only the role's
// administrator do that, and nobody can log in as ours (P31).
func TestNobodyElseLetsAnybodyIntoARoleOfOurs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, ann, orders := w.open(t), w.person(t), w.person(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.Read))
	var role string
	if err := platform.DB.QueryRow("select role from gw_" + w.installation + ".asset_roles").Scan(&role); err != nil {
		t.Fatal(err)
	}
	at := strings.LastIndex(ann.Name, "@")
	account := "'" + ann.Name[:at] + "'@'" + ann.Name[at+1:] + "'"
	for _, statement := range []string{"grant " + role + " to " + account, "grant " + role + " to " + account + " with admin option"} {
		if _, err := platform.DB.ExecContext(t.Context(), statement); err == nil {
			t.Errorf("root can %s", statement)
		}
	}
	w.mustAllow(t, ann, orders, false, false)
}
