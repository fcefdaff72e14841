package tests

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// operator stands for the file with which a server starts.
var operator = request.Identity{Issuer: "test", ID: "file", Permissions: []request.Permission{request.Admin, request.Governance}}

// fileOf is a file with one thing of each kind, in the n-th wording of one of them.
func fileOf(what string, n int) *manifest.File {
	in := func(kind string) int {
		if kind == what {
			return n
		}
		return 1
	}
	text := func(kind string) string { return fmt.Sprintf("%s in wording %d", kind, in(kind)) }
	stage := review.Stage{Name: text("flow"), Mode: review.Any, Selectors: []review.Selector{{Group: "sales-owners"}}}
	return &manifest.File{
		Connections: []catalog.Connection{{Name: "second", Technology: "fake", Host: fmt.Sprintf("h%d.example.com", in("connection")),
			URL: fmt.Sprintf("https://h%d.example.com", in("connection")), Principals: catalog.Principals{Expression: "person.attributes.login[0]"}}},
		Agreements:      []request.Agreement{{Name: "ours", Title: text("agreement"), Text: "I keep it to myself."}},
		Forms:           []request.Form{{Name: "ours", Title: text("form"), Questions: request.DefaultForm.Questions}},
		Flows:           []review.Flow{{Name: "ours", Default: review.Action{Act: review.Ask, Stages: []review.Stage{stage}}}},
		Guardrails:      []review.Guardrail{{Name: "ours", At: []catalog.Ref{"warehouse:sales"}, Require: "true", Reason: text("guardrail")}},
		Masks:           []catalog.Mask{{Name: "ours", At: orders, Columns: []string{"email"}, How: catalog.MaskLast, Last: in("mask")}},
		Classifications: []catalog.Classification{{At: orders, Columns: []catalog.ClassifiedColumn{{Name: "id"}, {Name: "email", Tags: []string{fmt.Sprintf("t%d", in("classification"))}}}}},
		Attachments: []request.Attachment{{At: orders, Type: request.DataAccess, Flow: "ours",
			Form: []request.FormName{"", "ours", "default"}[in("attachment")%3]}},
	}
}

// furnished carries a file out and writes what has become of it, line by line.
func furnished(t *testing.T, w *world, file *manifest.File) string {
	t.Helper()
	found, err := w.Furnish(t.Context(), operator, file)
	must(t, err)
	var all []string
	for _, one := range found {
		all = append(all, fmt.Sprintf("%s %s %s", one.What, one.How, one.Became))
	}
	return strings.Join(all, "\n")
}

// defined is everything that is stored.
func defined(t *testing.T, w *world) (all struct {
	manifest.Definitions
	Connections []catalog.Connection
},
) {
	t.Helper()
	var err error
	all.Definitions, err = w.Governance().Export(t.Context(), gov)
	must(t, err)
	all.Connections, err = w.Connections().All(t.Context(), admin, "", 0)
	must(t, err)
	return all
}

// onPages makes what is stored as a file says, as somebody does on the pages.
func onPages(t *testing.T, w *world, file *manifest.File) {
	t.Helper()
	ctx := t.Context()
	for _, c := range file.Connections {
		must(t, w.Connections().Register(ctx, admin, c))
	}
	want := defined(t, w).With(file.Definitions())
	all, err := w.Governance().Diff(ctx, gov, want)
	must(t, err)
	_, err = w.Governance().Apply(ctx, gov, want, all.Hash())
	must(t, err)
}

var furnishedKinds = []string{"connection", "agreement", "flow", "form", "guardrail", "classification", "mask", "attachment"}

// A restart writes nothing over that was changed on a page, whether the file has changed too
// or not.
func TestARestartKeepsWhatThePagesHaveChanged(t *testing.T) {
	t.Parallel()
	for _, what := range furnishedKinds {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			start := func(n int, want string) {
				t.Helper()
				w.restart(t)
				before := defined(t, w)
				got := furnished(t, w, fileOf(what, n))
				if got != want {
					t.Fatalf("wording %d: it says %q, want %q", n, got, want)
				}
				if diff := cmp.Diff(before, defined(t, w)); (diff == "") == strings.Contains(want, "SAVED") {
					t.Fatalf("wording %d: (-before +after):\n%s", n, diff)
				}
			}
			all := furnished(t, w, fileOf(what, 1))
			if strings.Count(all, "ADDED SAVED") != len(furnishedKinds) {
				t.Fatalf("the first start:\n%s", all)
			}
			start(1, "")
			start(2, what+" CHANGED SAVED") // the file alone has changed
			onPages(t, w, fileOf(what, 3))
			start(2, what+" CHANGED KEPT")
			start(2, what+" CHANGED KEPT")
			start(4, what+" CHANGED CONFLICT")
			start(4, what+" CHANGED CONFLICT")
			onPages(t, w, fileOf(what, 4)) // as config apply does
			onPages(t, w, fileOf(what, 2)) // and somebody takes it back
			start(4, what+" CHANGED CONFLICT")
			onPages(t, w, fileOf(what, 4))
			start(4, "") // they agree, and the file is in charge of it again
			start(5, what+" CHANGED SAVED")
		})
	}
}

// A definition that was deleted on a page stays away until the file changes it, or holds it anew.
func TestARestartBringsNothingBackThatWasDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	furnished(t, w, fileOf("", 1))
	must(t, w.Governance().Masks.Delete(t.Context(), gov, "ours", 1))
	for i, want := range []string{"mask ADDED KEPT", "mask ADDED CONFLICT"} {
		if got := furnished(t, w, fileOf("mask", i+1)); got != want {
			t.Errorf("wording %d: it says %q, want %q", i+1, got, want)
		}
	}
	without := fileOf("", 1)
	without.Masks = nil
	if got := furnished(t, w, without) + furnished(t, w, fileOf("", 1)); got != "mask ADDED SAVED" {
		t.Errorf("taken out of the file and put back: %q", got)
	}
}

// A definition of the same name that others have made first stays theirs.
func TestAFileTakesNothingOverThatOthersHaveMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	onPages(t, w, fileOf("mask", 3))
	if got := furnished(t, w, fileOf("mask", 4)); got != "mask CHANGED CONFLICT" {
		t.Errorf("it says %q", got)
	}
	if got := furnished(t, w, fileOf("mask", 3)); got != "" {
		t.Errorf("they agree, and it says %q", got)
	}
	if got := furnished(t, w, fileOf("mask", 4)); got != "mask CHANGED SAVED" {
		t.Errorf("the file alone has changed, and it says %q", got)
	}
}

// Where changes take two people, those of the file do, and are made by the approval.
func TestTheChangesOfAFileTakeTwo(t *testing.T) {
	t.Parallel()
	for _, what := range furnishedKinds {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			w := newWorld(t)
			furnished(t, w, fileOf("", 1))
			w.Directory.Put(second)
			ask := func(n int, want manifest.Became) manifest.ProposalID {
				t.Helper()
				w.restart(t)
				before := defined(t, w)
				found, err := w.Furnish(ctx, operator, fileOf(what, n))
				must(t, err)
				if len(found) != 1 || found[0].What != what || found[0].Became != want || found[0].Proposal == "" {
					t.Fatalf("wording %d: %+v, want it %s", n, found, want)
				}
				if diff := cmp.Diff(before, defined(t, w)); diff != "" {
					t.Fatalf("nobody has approved it (-before +after):\n%s", diff)
				}
				return found[0].Proposal
			}
			id := ask(2, manifest.Awaits)
			if again := ask(2, manifest.Awaits); again != id {
				t.Errorf("it is proposed again, as %s", again)
			}
			p, err := w.Proposals().Approve(ctx, gov, id, "fine")
			must(t, err)
			if p.By != operator.Person() {
				t.Errorf("it is proposed by %s", p.By)
			}
			w.restart(t)
			if got := furnished(t, w, fileOf(what, 2)); got != "" {
				t.Errorf("it is approved, and the start says %q", got)
			}
			id = ask(3, manifest.Awaits)
			_, err = w.Proposals().Refuse(ctx, second, id, "no")
			must(t, err)
			if again := ask(3, manifest.WasRefused); again != id {
				t.Errorf("%s was refused, and the start names %s", id, again)
			}
			_, err = w.Proposals().Approve(ctx, gov, ask(4, manifest.Awaits), "fine") // noted as the file's
			must(t, err)

			// What the file says no more is withdrawn: where it says something else, what was refused, and what stands.
			waits := func(want ...manifest.ProposalID) {
				t.Helper()
				open, _, err := w.Proposals().All(ctx, gov, manifest.ProposalPending, store.Position{}, 0)
				must(t, err)
				got := []manifest.ProposalID{}
				for _, p := range open {
					got = append(got, p.ID)
				}
				if !slices.Equal(got, want) {
					t.Errorf("the changes that wait are %q, want %q", got, want)
				}
			}
			older := ask(5, manifest.Awaits)
			newer := ask(6, manifest.Awaits)
			waits(newer)
			if p, err := w.Proposals().Proposal(ctx, gov, older); err != nil || p.Status != manifest.ProposalWithdrawn || p.Decider != operator.Person() || p.Reason == "" {
				t.Errorf("the older one is %+v, %v", p.Proposal, err)
			}
			if _, err := w.Proposals().Approve(ctx, gov, older, "fine"); !errors.Is(err, store.ErrState) {
				t.Errorf("the older one is approved: %v", err)
			}
			_, err = w.Proposals().Refuse(ctx, second, newer, "no")
			must(t, err)
			ask(8, manifest.Awaits)
			ask(6, manifest.WasRefused)
			waits()
			ask(8, manifest.Awaits)
			w.restart(t)
			if got := furnished(t, w, fileOf(what, 4)); got != "" {
				t.Errorf("the file says what stands, and the start %q", got)
			}
			waits()
			ask(8, manifest.Awaits)
			w.restart(t)
			none := fileOf(what, 4)
			none.Connections = nil
			furnished(t, w, none)
			waits()
		})
	}
}

// Servers with different files that start at once leave one proposal.
func TestServersOfDifferentFilesLeaveOneProposal(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"connection", "mask"} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			furnished(t, w, fileOf("", 1))
			w.Directory.Put(second)
			var servers sync.WaitGroup
			for n := range 4 {
				e, err := grantwright.New(w.Config)
				must(t, err)
				t.Cleanup(func() { _ = e.Close() })
				servers.Go(func() {
					if _, err := e.Furnish(t.Context(), operator, fileOf(what, n+2)); err != nil {
						t.Error(err)
					}
				})
			}
			servers.Wait()
			waiting, _, err := w.Proposals().All(t.Context(), gov, manifest.ProposalPending, store.Position{}, 0)
			must(t, err)
			if len(waiting) != 1 {
				t.Errorf("%d changes wait", len(waiting))
			}
		})
	}
}

// mortal is a store whose process is killed before one of its commits.
type mortal struct {
	store.Store
	lives atomic.Int64
}

var errKilled = errors.New("killed")

func (m *mortal) Write(ctx context.Context, c store.Commit) error {
	if m.lives.Add(-1) < 0 {
		return errKilled
	}
	return m.Store.Write(ctx, c)
}

// The first file is carried out at once, also by a start that follows one that was killed.
func TestTheFirstFileIsCarriedOutAtOnce(t *testing.T) {
	t.Parallel()
	file := fileOf("", 1)
	file.Connections = append(file.Connections, catalog.Connection{Name: "warehouse", Technology: "fake", Host: "dwh.example.com"})
	file.Masks, file.Classifications, file.Attachments = nil, nil, nil
	for killed, whole := int64(0), false; !whole; killed++ {
		m := &mortal{Store: new(store.Memory)}
		w := emptyWorld(t, func(c *grantwright.Config) { c.Store, c.FourEyes = m, manifest.FourEyesAlways })
		m.lives.Store(killed)
		_, err := w.Furnish(t.Context(), operator, file)
		if whole = err == nil; !whole && !errors.Is(err, errKilled) {
			t.Fatal(err)
		}
		m.lives.Store(1 << 30)
		w.restart(t)
		if got := furnished(t, w, file); strings.Contains(got, "AWAITS") || whole && got != "" {
			t.Errorf("killed before commit %d, and the next start says\n%s", killed+1, got)
		}
		if all := defined(t, w); len(all.Flows) == 0 || len(all.Guardrails) != 1 || len(all.Connections) != 2 {
			t.Errorf("killed before commit %d: %+v", killed+1, all)
		}
		file := *file
		file.Flows = fileOf("flow", 2).Flows
		if got := furnished(t, w, &file); got != "flow CHANGED AWAITS" {
			t.Errorf("the second file takes two, and the start says %q", got)
		}
		if whole && killed < 3 {
			t.Errorf("it has taken %d commits", killed)
		}
	}
}

// Servers that start at once carry a file out once.
func TestServersThatStartAtOnceCarryAFileOutOnce(t *testing.T) {
	t.Parallel()
	for _, two := range []bool{false, true} {
		t.Run(fmt.Sprint("two people ", two), func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			w := newWorld(t)
			furnished(t, w, fileOf("", 1))
			if two {
				w.Directory.Put(second)
			}
			file := fileOf("mask", 2)
			file.Flows = fileOf("flow", 2).Flows
			var servers sync.WaitGroup
			for range 4 {
				e, err := grantwright.New(w.Config)
				must(t, err)
				t.Cleanup(func() { _ = e.Close() })
				servers.Go(func() {
					if _, err := e.Furnish(ctx, operator, file); err != nil {
						t.Error(err)
					}
				})
			}
			servers.Wait()
			m, err := w.Governance().Masks.Newest(ctx, gov, "ours")
			must(t, err)
			waiting, _, err := w.Proposals().All(ctx, gov, manifest.ProposalPending, store.Position{}, 0)
			must(t, err)
			if want := map[bool][2]int{false: {2, 0}, true: {1, 1}}[two]; m.Version != want[0] || len(waiting) != want[1] {
				t.Errorf("the mask is at version %d, and %d changes wait", m.Version, len(waiting))
			}
		})
	}
}

// It takes both rights to carry out a file.
func TestFurnishTakesBothRights(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, by := range []request.Identity{eve, gov, admin, auditor} {
		if _, err := w.Furnish(t.Context(), by, fileOf("", 1)); !errors.Is(err, request.ErrForbidden) {
			t.Errorf("%s may carry out a file: %v", by.ID, err)
		}
	}
	if all := defined(t, w); slices.ContainsFunc(all.Flows, func(f review.Flow) bool { return f.Name == "ours" }) {
		t.Error("somebody without the rights has saved a flow")
	}
}
