package pgprovision_test

import (
	"testing"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

func TestRenamedTableIsNotTheOneThatTakesItsName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, bob, orders := w.open(t), w.person(t), w.person(t), w.table(t)
	name := orders.Ref.Name()
	mustApply(t, p, want(eve, orders, request.Read))
	w.asOwner(t, "alter table "+name+" rename to "+name+"_old; create table "+name+" (id serial primary key, note text)")
	old, now := w.asset(t, "public", name+"_old"), w.asset(t, "public", name)
	w.mustAllow(t, eve, old, true, false)

	// Nobody who was approved for the old one comes to the new one, and what our
	// role holds on the old one, under whatever name, is taken away.
	mustApply(t, p, want(bob, now, request.Read))
	w.mustAllow(t, bob, now, true, false)
	w.mustAllow(t, eve, now, false, false)
	w.mustAllow(t, eve, old, false, false)
	mustApply(t, p, want(eve, orders))
	w.mustAllow(t, eve, now, false, false)
}

func TestRevokeFindsARenamedTable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	name := orders.Ref.Name()
	mustApply(t, p, want(eve, orders, request.Read))
	w.asOwner(t, "alter table "+name+" rename to "+name+"_away")
	mustSay(t, apply(t, p, want(eve, orders, request.Read)).Err, true, "stands no longer under its name")
	mustApply(t, p, want(eve, orders))
	w.mustAllow(t, eve, w.asset(t, "public", name+"_away"), false, false)
}

func TestTableMovedToAnotherSchemaIsAnotherAsset(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.Read))
	w.run(t, "create schema attic authorization "+w.owner)
	w.run(t, "grant usage on schema attic to public")
	w.run(t, "alter table "+orders.Ref.Name()+" set schema attic")
	moved := w.asset(t, "attic", orders.Ref.Name())
	w.mustAllow(t, eve, moved, true, false)
	mustApply(t, p, want(eve, orders))
	w.mustAllow(t, eve, moved, false, false)
}

func TestRemovesAlsoAfterTheTableOrDatabaseWasDropped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.Read))
	w.asOwner(t, "drop table "+orders.Ref.Name())
	if o := mustApply(t, p, want(eve, orders)); len(o.Ran) == 0 {
		t.Error("the membership in our role was left")
	}

	there := w.annex(t)
	bills := there.table(t)
	mustApply(t, p, want(eve, bills, request.Read))
	there.mustAllow(t, eve, bills, true, false)
	_ = there.db.Close()
	w.run(t, "drop database "+there.database+" with (force)")
	if o := mustApply(t, p, want(eve, bills)); len(o.Ran) == 0 {
		t.Error("the membership in the role of a database that is gone was left")
	}
	mustSay(t, apply(t, p, want(eve, bills, request.Read)).Err, true, "no database")
}

func TestSamePathInTwoDatabasesAreTwoAssets(t *testing.T) {
	t.Parallel()
	one, two := newWorld(t), newWorld(t)
	one.asOwner(t, "create table twin (id serial primary key, note text)")
	two.asOwner(t, "create table twin (id serial primary key, note text)")
	eve := one.person(t)
	mustApply(t, one.open(t), want(eve, one.asset(t, "public", "twin"), request.Read))
	one.mustAllow(t, eve, one.asset(t, "public", "twin"), true, false)
	two.mustAllow(t, eve, two.asset(t, "public", "twin"), false, false)
}

func TestOwnerChangeDoesNotKeepAccessAlive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.ReadWrite))
	heir := w.name("heir")
	w.run(t, "create role "+heir+" login")
	w.run(t, "alter table "+orders.Ref.Name()+" owner to "+heir)
	mustSay(t, apply(t, p, want(eve, orders, request.ReadWrite)).Err, true, "owned by \""+heir)
	mustApply(t, p, want(eve, orders))
	w.mustAllow(t, eve, orders, false, false)
}

// Someone may have grants on a table that was replaced and on the one that took
// its name: neither keeps the other from being given or from ending.
func TestGrantsOnTheOldAndTheNewTableGoTheirOwnWays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	name := orders.Ref.Name()
	mustApply(t, p, want(eve, orders, request.Read))
	w.asOwner(t, "drop table "+name+"; create table "+name+" (id serial primary key, note text)")
	now := w.asset(t, "public", name)

	both := p.Apply(t.Context(), []provision.Standing{want(eve, orders, request.Read), want(eve, now, request.Read)})
	mustSay(t, both[0].Err, true, "is another object now")
	if both[1].Err != nil {
		t.Errorf("the grant on the new table: %v", both[1].Err)
	}
	w.mustAllow(t, eve, now, true, false)

	both = p.Apply(t.Context(), []provision.Standing{want(eve, orders), want(eve, now, request.Read)})
	if both[0].Err != nil || both[1].Err != nil {
		t.Errorf("ending the old grant: %v; keeping the new one: %v", both[0].Err, both[1].Err)
	}
	w.mustAllow(t, eve, now, true, false)
}

func TestGrantsOfTheOldAndTheNewRoleGoTheirOwnWays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.Read))
	w.run(t, "drop role "+eve.Name)
	w.run(t, "create role "+eve.Name+" login password '"+password+"'")
	anew, err := p.Check(t.Context(), want(request.Principal{Name: eve.Name}, orders, request.Read))
	if err != nil {
		t.Fatal(err)
	}
	both := p.Apply(t.Context(), []provision.Standing{want(eve, orders), want(anew.Principal, orders, request.Read)})
	if both[0].Err != nil || both[1].Err != nil {
		t.Errorf("ending the grant of the old role: %v; giving to the new one: %v", both[0].Err, both[1].Err)
	}
	w.mustAllow(t, eve, orders, true, false)
}

// What ends is taken and said to be, although what stays wanted cannot be given.
func TestTakesAlsoWhereTheRestCannotBeGiven(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	name := orders.Ref.Name()
	mustApply(t, p, want(eve, orders, request.Read, request.ReadWrite))
	w.asOwner(t, "alter table "+name+" rename to "+name+"_away")
	o := apply(t, p, want(eve, orders, request.Read))
	mustSay(t, o.Err, true, "stands no longer under its name")
	if !o.Taken {
		t.Error("it does not say that writing was taken")
	}
	w.mustAllow(t, eve, w.asset(t, "public", name+"_away"), false, false)
}

// A connection may be registered anew with another URL. Nothing is said of what
// stands on the cluster that it led to before.
func TestNothingIsSaidToBeGoneFromAnotherCluster(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	orders.ID = "1" + orders.ID
	for _, tt := range []provision.Standing{want(eve, orders), want(eve, orders, request.Read)} {
		mustSay(t, apply(t, p, tt).Err, true, "system identifier")
	}
}
