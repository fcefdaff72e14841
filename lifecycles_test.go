package grantwright_test

import (
	"errors"
	"go/ast"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

const lifecycles = "docs/lifecycles.md"

// stateRow is a row of a table that begins with a state.
var stateRow = regexp.MustCompile("(?m)^\\| `([A-Z]+)` \\|")

// TestEveryStateIsInTheLifecycles compares the first column of the tables under each
// heading with the constants of its type.
func TestEveryStateIsInTheLifecycles(t *testing.T) {
	t.Parallel()
	text := textOf(t, lifecycles)
	for heading, of := range map[string][2]string{
		"Request": {"request", "Status"}, "Review": {"request", "Status"}, "Grant": {"provision", "State"},
		"Proposal": {"manifest", "ProposalStatus"}, "Webhook": {"notify", "WebhookState"}, "Delivery": {"notify", "DeliveryState"},
	} {
		_, after, found := strings.Cut(text, "\n## "+heading+"\n")
		if !found {
			t.Errorf("there is no heading %s", heading)
			continue
		}
		section, _, _ := strings.Cut(after, "\n## ")
		var states []string
		for _, m := range stateRow.FindAllStringSubmatch(section, -1) {
			if !slices.Contains(states, m[1]) {
				states = append(states, m[1])
			}
		}
		want := constants(t, of[0], of[1])
		if heading == "Review" { // what comes after the decision is not a review's
			want = slices.DeleteFunc(want, func(s string) bool { return s == "EXPIRED" || s == "REVOKED" })
		}
		slices.Sort(states)
		if diff := cmp.Diff(want, states); diff != "" {
			t.Errorf("the states of %s differ (-code +page):\n%s", heading, diff)
		}
	}
}

// constants lists the values of the constants of a type, sorted, without an empty one.
func constants(t *testing.T, folder, of string) (values []string) {
	t.Helper()
	for _, s := range sources(t) {
		if s.folder() != folder {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			spec, is := n.(*ast.ValueSpec)
			if !is || len(spec.Values) != 1 {
				return true
			}
			name, typed := spec.Type.(*ast.Ident)
			value, literal := spec.Values[0].(*ast.BasicLit)
			if !typed || !literal || name.Name != of {
				return true
			}
			if text, err := strconv.Unquote(value.Value); err == nil && text != "" {
				values = append(values, text)
			}
			return true
		})
	}
	slices.Sort(values)
	return values
}

// act is something that happens to a record in a state, and returns its state then.
type act[S ~string] struct {
	words string
	then  func(S) S
}

// table shows for each state what becomes of it by each act. A dot is no change.
func table[S ~string](states []S, acts []act[S]) string {
	var b strings.Builder
	b.WriteString("| in |")
	for _, a := range acts {
		b.WriteString(" " + a.words + " |")
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(acts)) + "\n")
	for _, s := range states {
		b.WriteString("| `" + string(s) + "` |")
		for _, a := range acts {
			if next := a.then(s); next == s {
				b.WriteString(" · |")
			} else {
				b.WriteString(" " + string(next) + " |")
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

func holdsTable(t *testing.T, want string) {
	t.Helper()
	if !strings.Contains(textOf(t, lifecycles), want) {
		t.Errorf("%s does not hold this table:\n%s", lifecycles, want)
	}
}

func TestLifecycleOfAGrant(t *testing.T) {
	t.Parallel()
	now := time.Date(2031, 1, 31, 9, 0, 0, 0, time.UTC)
	month := request.For(30, request.Days)
	old := catalog.Object{ID: "1", Kind: catalog.Table, Owner: "owner"}
	soon := func(int) time.Duration { return time.Second }
	in := func(s provision.State) provision.Grant {
		g := provision.Grant{ID: "g", State: s, How: provision.Auto, Access: provision.Access{Privilege: request.Read},
			Duration: month, Approved: now.Add(-time.Hour), Asset: catalog.Asset{Ref: "w:orders", Kind: old.Kind, ID: old.ID, Source: catalog.Claims{Owner: old.Owner}}}
		if s != provision.Pending && s != provision.Provisioning {
			g.Started, g.Ends = now.Add(-time.Minute), now.Add(time.Hour)
		}
		if s == provision.Revoking || s == provision.Revoked {
			g.Ending = request.Revoked
		}
		return g
	}
	applied := func(o provision.Outcome) func(provision.State) provision.State {
		return func(s provision.State) provision.State {
			if s == provision.Revoked {
				return s // the platform is not asked any more
			}
			return in(s).Applied(o, now, soon).State
		}
	}
	fails := errors.New("the platform is away")
	replaced := &provision.ReplacedError{What: "asset", Reason: "is another", Now: catalog.Object{ID: "2", Kind: old.Kind, Owner: "somebody else"}}
	acts := []act[provision.State]{
		{"an attempt begins", func(s provision.State) provision.State { return in(s).Begin().State }},
		{"read back: as wanted", applied(provision.Outcome{Taken: true})},
		{"the attempt fails", applied(provision.Outcome{Err: fails})},
		{"others took away what stood", func(s provision.State) provision.State {
			if s != provision.Active {
				return s // nothing stood, or nothing is wanted
			}
			return applied(provision.Outcome{Taken: true, Withdrawn: []provision.Access{in(s).Access}})(s)
		}},
		{"another owner's object stands there", applied(provision.Outcome{Err: replaced})},
		{"it is revoked", func(s provision.State) provision.State { return in(s).End(request.Revoked).State }},
		{"its time is over", func(s provision.State) provision.State { return in(s).Elapse(now.Add(365 * 24 * time.Hour)).State }},
	}
	states := []provision.State{provision.Pending, provision.Provisioning, provision.Active, provision.Failed, provision.Suspended, provision.Revoking, provision.Revoked}
	holdsTable(t, table(states, acts))
}

func TestLifecycleOfAReview(t *testing.T) {
	t.Parallel()
	now := time.Date(2031, 1, 31, 9, 0, 0, 0, time.UTC)
	in := func(s request.Status) review.Review {
		r := review.Review{Status: s, Asked: review.Terms{Privilege: request.Read, Duration: request.For(30, request.Days)}, Opened: now, Lapses: now.Add(time.Hour),
			Stages: []review.StageReview{{Name: "owners", Mode: review.Any, Opened: now, Approvals: []review.Approval{{Selector: review.Selector{Group: "owners"}, Status: review.ApprovalPending}}}}}
		if s != request.Pending {
			r.Lapses = time.Time{}
		}
		return r
	}
	after := func(next review.Review, err error) request.Status { return next.Status } // refused: as it was
	determined := func(a review.Act) func(request.Status) request.Status {
		return func(s request.Status) request.Status {
			return after(in(s).Determine(review.Determination{By: "owner", Act: a, At: now, Matches: []review.Match{{}}}))
		}
	}
	acts := []act[request.Status]{
		{"a steward approves", determined(review.Approve)},
		{"a steward denies", determined(review.Deny)},
		{"the requester cancels", func(s request.Status) request.Status { return after(in(s).Cancel(now)) }},
		{"its time is over", func(s request.Status) request.Status { return in(s).Elapse(now.Add(2 * time.Hour)).Status }},
	}
	states := []request.Status{request.Pending, request.Approved, request.Denied, request.Canceled, request.Lapsed}
	holdsTable(t, table(states, acts))
}

func TestLifecycleOfADelivery(t *testing.T) {
	t.Parallel()
	now := time.Date(2031, 1, 31, 9, 0, 0, 0, time.UTC)
	tried := func(status int) func(notify.DeliveryState) notify.DeliveryState {
		return func(s notify.DeliveryState) notify.DeliveryState {
			if s != notify.DeliveryPending {
				return s // it is not sent
			}
			return notify.Delivery{State: s}.Tried(notify.Try{At: now, Status: status}).State
		}
	}
	acts := []act[notify.DeliveryState]{
		{"the receiver answers 2xx", tried(204)},
		{"the attempt fails", tried(503)},
		{"somebody has it sent again", func(s notify.DeliveryState) notify.DeliveryState { return notify.Delivery{State: s}.Again(now).State }},
	}
	holdsTable(t, table([]notify.DeliveryState{notify.DeliveryPending, notify.DeliveryDelivered, notify.DeliveryFailed}, acts))
}
