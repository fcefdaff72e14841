package pgprovision_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// given is a Standing all of which was read back as standing before.
func given(s provision.Standing) provision.Standing {
	s.Given = s.Want
	return s
}

// names puts the names of what stands in a world into a statement.
func (w *world) names(eve request.Principal, orders catalog.Asset, role string) *strings.Replacer {
	return strings.NewReplacer("{eve}", eve.Name, "{orders}", orders.Ref.Name(), "{role}", role,
		"{owner}", w.owner, "{provisioner}", w.provisioner, "{database}", w.database)
}

// mustWithdraw fails the test unless the Outcome, and the Plan before it, say that
// just this was taken away by someone, and that all is well otherwise.
func mustWithdraw(t testing.TB, p provision.Provisioner, s provision.Standing, privileges ...request.Privilege) provision.Outcome {
	t.Helper()
	plan := p.(provision.Planner).Plan(t.Context(), []provision.Standing{s})[0]
	o := mustApply(t, p, s)
	var wanted []provision.Access
	for _, privilege := range privileges {
		wanted = append(wanted, provision.Access{Privilege: privilege})
	}
	if diff := cmp.Diff(wanted, o.Withdrawn); diff != "" {
		t.Errorf("Withdrawn (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(o.Withdrawn, plan.Withdrawn); diff != "" || plan.Err != nil {
		t.Errorf("Plan fails with %v; its Withdrawn (-Apply +Plan):\n%s", plan.Err, diff)
	}
	return o
}

// stripRole takes all that a group role holds. An administrator has to do it in our
// name: as another grantor, what they revoke is nothing.
const stripRole = "set role {provisioner}; revoke select on {orders} from {role}; revoke usage on schema public from {role}; revoke connect on database {database} from {role}; reset role;"

func TestAccessThatSomeoneTookAwayIsNotPutBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.open(t)
	for name, takeAway := range map[string]string{
		"the membership":          "revoke {role} from {eve} granted by {provisioner}",
		"SELECT":                  "set role {provisioner}; revoke select on {orders} from {role}; reset role",
		"what we may pass on":     "revoke grant option for select on {orders} from {provisioner} cascade",
		"the whole role":          stripRole + "drop role {role}",
		"rights, all of the role": stripRole,
		"USAGE on the schema":     "set role {provisioner}; revoke usage on schema public from {role}; reset role",
		"CONNECT on the database": "set role {provisioner}; revoke connect on database {database} from {role}; reset role",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eve, orders := w.person(t), w.table(t)
			mustWithdraw(t, p, want(eve, orders, request.Read))
			mustWithdraw(t, p, given(want(eve, orders, request.Read)))
			role := w.groupRole(t, orders, request.Read)
			w.run(t, w.names(eve, orders, role).Replace(takeAway))
			for range 2 { // also if our record of the first was lost
				mustWithdraw(t, p, given(want(eve, orders, request.Read)), request.Read)
				w.mustAllow(t, eve, orders, false, false)
			}
			w.setup(t)
			mustWithdraw(t, p, want(eve, orders, request.Read)) // governance wants it again
			w.mustAllow(t, eve, orders, true, false)
		})
	}
}

func TestMembershipThatNoLongerInheritsWasTakenAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if w.version15(t) {
		return // memberships have no such option
	}
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.Read))
	w.run(t, "grant "+w.groupRole(t, orders, request.Read)+" to "+eve.Name+" with inherit false granted by "+w.provisioner)
	o := mustWithdraw(t, p, given(want(eve, orders, request.Read)), request.Read)
	if len(o.Ran) == 0 {
		t.Error("what is left of the membership was not taken")
	}
}

func TestWhatWasNotTakenAwayIsStillGiven(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, bob, orders := w.open(t), w.person(t), w.person(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.Read))
	mustApply(t, p, want(bob, orders, request.Read))
	role := w.groupRole(t, orders, request.Read)
	w.run(t, "revoke "+role+" from "+eve.Name+" granted by "+w.provisioner)
	both := want(eve, orders, request.Read, request.ReadWrite)
	both.Given = both.Want[:1]
	mustWithdraw(t, p, both, request.Read)
	w.mustAllow(t, eve, orders, true, true)
	mustWithdraw(t, p, given(want(bob, orders, request.Read)))
	w.mustAllow(t, bob, orders, true, false)
}

// Whoever had access through a role that lost its rights does not get it back
// when somebody else is given the same.
func TestNewGrantDoesNotBringBackWhatOthersLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, bob, orders := w.open(t), w.person(t), w.person(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.Read))
	w.run(t, w.names(eve, orders, w.groupRole(t, orders, request.Read)).Replace(stripRole))
	both := p.Apply(t.Context(), []provision.Standing{given(want(eve, orders, request.Read)), want(bob, orders, request.Read)})
	if both[0].Err != nil || both[1].Err != nil || len(both[0].Withdrawn) != 1 || len(both[1].Withdrawn) != 0 {
		t.Errorf("outcomes are %+v, must name what eve lost alone", both)
	}
	w.mustAllow(t, eve, orders, false, false)
	w.mustAllow(t, bob, orders, true, false)
}

func TestWhatDoesNotWorkForAnotherReasonWasNotTakenAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.open(t)
	tests := []struct {
		name, breaks, says string
		permanent          bool
	}{
		{"no login", "alter role {eve} nologin", "NOLOGIN", true},
		{"no longer valid", "alter role {eve} valid until '2020-01-01'", "VALID UNTIL", true},
		{"no connections", "alter role {eve} connection limit 0", "CONNECTION LIMIT 0", false},
		{"our comment is gone", "comment on role {role} is null", "comment of ours", true},
		{"member of the owner", "grant {owner} to {provisioner}", "in the owner's name", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { // one after the other: the last changes what the provisioner is
			eve, orders := w.person(t), w.table(t)
			mustApply(t, p, want(eve, orders, request.Read))
			w.run(t, w.names(eve, orders, w.groupRole(t, orders, request.Read)).Replace(tt.breaks))
			o := apply(t, p, given(want(eve, orders, request.Read)))
			mustSay(t, o.Err, tt.permanent, tt.says)
			if len(o.Withdrawn) > 0 {
				t.Errorf("Withdrawn is %v, though nobody took anything away", o.Withdrawn)
			}
		})
	}
}

// A column with a sequence of its own may come later: that writers lack it is not
// somebody's doing, and is mended.
func TestSequenceThatComesLaterIsGivenToWriters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, eve, orders := w.open(t), w.person(t), w.table(t)
	mustApply(t, p, want(eve, orders, request.ReadWrite))
	w.asOwner(t, "alter table "+orders.Ref.Name()+" add column line serial")
	mustWithdraw(t, p, given(want(eve, orders, request.ReadWrite)))
	w.mustAllow(t, eve, orders, true, true)
}
