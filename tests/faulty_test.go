package tests

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// applying is a provisioner that is one function, and plans by another.
type applying func(want []provision.Standing) []provision.Outcome

func (a applying) Apply(_ context.Context, want []provision.Standing) []provision.Outcome {
	return a(want)
}

func (a applying) Plan(context.Context, []provision.Standing) []provision.Plan { return nil }

// served makes the provisioner of the world's platform another.
func served(p provision.Provisioner) func(*grantwright.Config) {
	return func(c *grantwright.Config) {
		c.Platforms = map[string]provision.Platform{"fake": {
			Source:      c.Platforms["fake"].Source,
			Provisioner: func(context.Context, provision.Target) (provision.Provisioner, error) { return p, nil },
		}}
	}
}

func TestProvisionerThatBreaksItsContractGivesNothing(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		apply applying
	}{
		{"says nothing", func([]provision.Standing) []provision.Outcome { return nil }},
		{"says too much", func([]provision.Standing) []provision.Outcome { return make([]provision.Outcome, 2) }},
		{"panics", func([]provision.Standing) []provision.Outcome { panic("hunter2") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, served(tt.apply))
			req := w.submit(t, eve, "1 HOURS")
			if g := w.settle(t, req); g.State != provision.Failed || g.Error == "" || strings.Contains(g.Error, "hunter2") {
				t.Errorf("the grant is %s: %s", g.State, g.Error)
			}
			if _, err := w.Grants().Plan(t.Context(), gov, req.ID); !errors.Is(err, provision.ErrPlatform) {
				t.Errorf("a plan that is not there: %v", err)
			}
		})
	}
}

// While one grant of eve's is taken away, the platform says that her other one
// does not work: the record says so too, until it works again.
func TestActiveGrantOfWhichThePlatformSaysThatItDoesNotWork(t *testing.T) {
	t.Parallel()
	locked := errors.New("the login is locked")
	var mu sync.Mutex
	var says provision.Outcome
	w := newWorld(t, served(applying(func(want []provision.Standing) []provision.Outcome {
		mu.Lock()
		defer mu.Unlock()
		outcomes := make([]provision.Outcome, len(want))
		for i := range outcomes {
			outcomes[i] = says
		}
		return outcomes
	})))
	say := func(o provision.Outcome) {
		mu.Lock()
		defer mu.Unlock()
		says = o
	}
	short := w.approved(t, eve, "1 HOURS")
	long := w.approved(t, eve, "30 DAYS")
	say(provision.Outcome{Err: locked, Taken: true})
	_, err := w.Revoke(t.Context(), eve, short.ID, "")
	must(t, err)
	w.settle(t, short)
	was := w.caseOf(t, long).Grant
	if g := w.caseOf(t, short).Grant; g.State != provision.Revoked || was.State != provision.Failed || was.Error != locked.Error() {
		t.Fatalf("the one that ended is %s, the other %s: %s", g.State, was.State, was.Error)
	}
	w.restart(t)
	say(provision.Outcome{})
	w.clock.Move(store.MaxBackoff)
	w.work(t)
	if g := w.caseOf(t, long).Grant; g.State != provision.Active || !g.Ends.Equal(was.Ends) {
		t.Errorf("it works again, and is %s until %s, before until %s", g.State, g.Ends, was.Ends)
	}
}

// TestPlatformThatCannotBeOpenedHoldsUpNoOther has one platform hang while it is
// opened, and grants on another meanwhile.
func TestPlatformThatCannotBeOpenedHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	opening, opened := make(chan struct{}), make(chan struct{})
	w := newWorld(t, func(c *grantwright.Config) {
		c.Platforms["hanging"] = provision.Platform{Provisioner: func(context.Context, provision.Target) (provision.Provisioner, error) {
			close(opening)
			<-opened
			return nil, errPlatform
		}}
	})
	must(t, w.Connections().Register(t.Context(), admin, catalog.Connection{Name: "other", Technology: "hanging"}))
	var hanging sync.WaitGroup
	hanging.Go(func() { _, _ = w.Connections().Setup(t.Context(), admin, "other") })
	<-opening
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	_, err := w.Submit(ctx, eve, asking("1 HOURS"))
	close(opened)
	hanging.Wait()
	must(t, err)
}

func TestDirectoryThatKnowsSomebodyUnderAnotherID(t *testing.T) {
	t.Parallel()
	directory := &DirectoryMock{PeopleFunc: everybody.People, LookupFunc: func(ctx context.Context, id request.PersonID) (request.Identity, error) {
		return everybody.Lookup(ctx, request.PersonID(strings.ToLower(string(id))))
	}}
	w := newWorld(t, func(c *grantwright.Config) { c.Directory = directory })
	s := asking("30 DAYS")
	s.Beneficiary = request.PersonID(strings.ToUpper(string(eve.Person())))
	if req, err := w.Submit(t.Context(), frank, s); !errors.Is(err, request.ErrUnknownPerson) {
		t.Errorf("eve is two people now: %+v, %v", req, err)
	}
}

// What was done by hand while a grant was to be given must not count for taking it.
func TestAttestationOfWhatWasMeantOtherwise(t *testing.T) {
	t.Parallel()
	w := newWorld(t, byHand)
	req := w.approved(t, eve, "30 DAYS")
	id := provision.GrantID(req.ID)
	_, err := w.Revoke(t.Context(), eve, req.ID, "not needed")
	must(t, err)
	given := provision.Attest{Done: true, State: provision.Pending}
	if g, err := w.Grants().Attest(t.Context(), admin, id, given); !errors.Is(err, store.ErrState) || g.ID != "" {
		t.Errorf("what was given counts as taken: %s, %v", g.State, err)
	}
	g, err := w.Grants().Attest(t.Context(), admin, id, provision.Attest{Done: true, State: provision.Revoking})
	if must(t, err); g.State != provision.Revoked {
		t.Errorf("taken away, and %s", g.State)
	}
}

// blocking is a store that stops before the one write that changes a kind.
type blocking struct {
	store.Store
	kind              string
	reached, released chan struct{}
	once              sync.Once
}

func (b *blocking) Write(ctx context.Context, c store.Commit) error {
	for _, w := range c.Writes {
		if w.Kind == b.kind {
			b.once.Do(func() {
				close(b.reached)
				<-b.released
			})
		}
	}
	return b.Store.Write(ctx, c)
}

// A principal is released while its person submits: either the request stands and
// the claim too, or neither.
func TestReleaseRacingSubmit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.submit(t, eve, "30 DAYS")
	_, err := w.Cancel(t.Context(), eve, first.ID)
	must(t, err)

	slow := w.Config
	b := &blocking{Store: w.store, kind: records.Requests.Name, reached: make(chan struct{}), released: make(chan struct{})}
	slow.Store = b
	other, err := grantwright.New(slow)
	must(t, err)
	defer func() { _ = other.Close() }()
	var submitting sync.WaitGroup
	submitting.Go(func() {
		if _, err := other.Submit(t.Context(), eve, asking("30 DAYS")); err != nil {
			t.Error(err)
		}
	})
	<-b.reached
	must(t, w.Connections().Release(t.Context(), admin, "warehouse", "eve"))
	close(b.released)
	submitting.Wait()
	claim, err := records.PrincipalClaims.Get(t.Context(), w.store, records.ClaimKey("warehouse", "eve"))
	if err != nil || claim.Value.Person != eve.Person() {
		t.Errorf("eve has an open request, and her principal is anybody's: %v", err)
	}
}

// refusing is a store that refuses to write one record.
type refusing struct {
	store.Store
	id atomic.Value
}

func (r *refusing) Write(ctx context.Context, c store.Commit) error {
	for _, w := range c.Writes {
		if w.ID == r.id.Load() && w.Version > 0 {
			return errors.New("the store refuses " + w.ID)
		}
	}
	return r.Store.Write(ctx, c)
}

func TestReviewThatCannotLapseHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	r := &refusing{Store: new(store.Memory)}
	w := newWorld(t, func(c *grantwright.Config) { c.Store = r })
	stuck := w.submit(t, eve, "30 DAYS")
	w.clock.Move(time.Second)
	behind := w.submit(t, frank, "30 DAYS")
	r.id.Store(string(stuck.ID))
	w.clock.Move(30 * 24 * time.Hour)
	if err := w.Work(t.Context()); err == nil {
		t.Error("nobody is told of the review that cannot lapse")
	}
	if got := w.caseOf(t, behind).Request.Status; got != request.Lapsed {
		t.Errorf("the one behind it is %s", got)
	}
}

// The answer to a submission was lost, and the request that it found open has
// been decided since: the key still leads to it.
func TestKeyOfARequestThatWasOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.submit(t, eve, "30 DAYS")
	s := asking("30 DAYS")
	s.Key = "a key"
	var got []request.ID
	for range 2 {
		again, err := w.Submit(t.Context(), eve, s)
		must(t, err)
		got = append(got, again.ID)
		if again.Status == request.Pending {
			w.determine(t, owner, first, review.Deny)
		}
	}
	if diff := cmp.Diff([]request.ID{first.ID, first.ID}, got); diff != "" {
		t.Errorf("the requests differ (-want +got):\n%s", diff)
	}
}

func TestRefusedActsReturnNothingOfTheRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.submit(t, eve, "30 DAYS")
	got, err := w.Cancel(t.Context(), nobody, req.ID)
	if diff := cmp.Diff(request.Request{}, got); !errors.Is(err, request.ErrForbidden) || diff != "" {
		t.Errorf("%v; somebody who may not see the request gets (-want +got):\n%s", err, diff)
	}
}

func TestDenialNeedsNoPlatform(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.submit(t, eve, "30 DAYS")
	w.Config.Platforms = nil
	w.restart(t)
	if req = w.determine(t, owner, req, review.Deny); req.Status != request.Denied {
		t.Errorf("denied, and %s", req.Status)
	}
}

func TestConnectionKeepsItsTechnology(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *grantwright.Config) { c.Platforms["other"] = provision.Platform{} })
	err := w.Connections().Register(t.Context(), admin, catalog.Connection{Name: "warehouse", Technology: "other"})
	if !errors.Is(err, catalog.ErrConnection) || !strings.Contains(err.Error(), "technology") {
		t.Errorf("another technology under a name that has requests: %v", err)
	}
}

// What a platform says may be escaped to six times its length when it is stored.
func TestPlatformThatSaysTooMuchIsStillRecorded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("<", 1<<20)
	w := newWorld(t, served(applying(func(want []provision.Standing) []provision.Outcome {
		return []provision.Outcome{{
			Ran:       slices.Repeat([]provision.Statement{provision.Statement(long)}, 2*provision.MaxStatements),
			Remaining: slices.Repeat([]provision.Path{provision.Path(long)}, 2*provision.MaxPaths),
		}}
	})))
	req := w.submit(t, eve, "1 HOURS")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if g, err := w.WaitForGrant(ctx, gov, req.ID); err != nil || g.State != provision.Active {
		t.Errorf("the grant is %s, %v", g.State, err)
	}
}

func TestCaseIsReadWithoutTheDirectory(t *testing.T) {
	t.Parallel()
	var down error
	w := newWorld(t, func(c *grantwright.Config) {
		c.Directory = &DirectoryMock{PeopleFunc: everybody.People, LookupFunc: func(ctx context.Context, id request.PersonID) (request.Identity, error) {
			if down != nil {
				return request.Identity{}, down
			}
			return everybody.Lookup(ctx, id)
		}}
	})
	req := w.submit(t, eve, "30 DAYS")
	w.determine(t, owner, req, review.Deny)
	down = errDirectory
	c, err := w.Request(t.Context(), eve, req.ID)
	if err != nil || c.Request.Status != request.Denied || c.Names[eve.Person()] != "Eve" {
		t.Errorf("eve's own request is %s, names %v, %v", c.Request.Status, c.Names, err)
	}
}
