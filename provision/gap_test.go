package provision_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// What a grant keeps of gaps is bounded, and sorted so that the same ones are the same.
func TestGapsOfAreBounded(t *testing.T) {
	t.Parallel()
	var all []provision.Gap
	for i := range 60 {
		all = append(all, provision.Gap{Part: fmt.Sprintf("p%02d", 59-i), Reason: strings.Repeat("x", 4000)})
	}
	g := provision.GapsOf(all, 7)
	if g.Count != 67 || len(g.Parts) != provision.MaxGaps || g.Parts[0].Part != "p00" || len(g.Parts[0].Reason) > provision.MaxPathBytes+len("…") {
		t.Errorf("%d gaps, of which %d are listed, %q first", g.Count, len(g.Parts), g.Parts[0].Part)
	}
	if lines := g.Lines(); lines[len(lines)-1] != "and 17 more" {
		t.Errorf("the last line is %q", lines[len(lines)-1])
	}
	if !g.Equal(provision.GapsOf(g.Parts, 17)) || g.Equal(provision.GapsOf(g.Parts, 16)) || g.Equal(provision.Gaps{}) {
		t.Error("the same gaps are not the same, or others are")
	}
}

// Whoever only reads has no gaps in parts that cannot be written, whoever else writes.
func TestGapsOfReadingAreNotThoseOfWriting(t *testing.T) {
	t.Parallel()
	read, write := provision.Gap{Part: "a", Reason: "no SELECT"}, provision.Gap{Part: "b", Reason: "no INSERT", Writing: true}
	for _, tt := range []struct {
		name string
		gaps provision.Gaps
		want int // of whoever reads
	}{
		{"both", provision.GapsOf([]provision.Gap{read, write}, 0), 1},
		{"of writing alone", provision.GapsOf([]provision.Gap{write}, 0), 0},
		{"of reading alone", provision.GapsOf([]provision.Gap{read}, 3), 4},
		{"some unnamed", func() provision.Gaps { g := provision.GapsOf([]provision.Gap{read, write}, 5); g.Writing = 4; return g }(), 3},
	} {
		if got := tt.gaps.Of(request.Read); got.Count != tt.want || got.Writing != 0 || tt.want == 0 && len(got.Parts) > 0 {
			t.Errorf("%s: whoever reads has %+v, want %d", tt.name, got, tt.want)
		}
		if got := tt.gaps.Of(request.ReadWrite); !got.Equal(tt.gaps) {
			t.Errorf("%s: whoever writes has %+v", tt.name, got)
		}
	}
}

// Gaps stand with a grant for as long as it is ACTIVE, and never make it due by themselves.
func TestGapsStandWhileItWorks(t *testing.T) {
	t.Parallel()
	backoff := func(int) time.Duration { return time.Minute }
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	gapped := provision.Outcome{Taken: true, Gaps: provision.GapsOf([]provision.Gap{{Part: "v", Reason: "no SELECT"}}, 0)}
	g := provision.Grant{State: provision.Provisioning, How: provision.Auto, Approved: at, Duration: request.Endless}.Applied(gapped, at, backoff)
	if g.State != provision.Active || !g.Gapped() || g.Started.IsZero() || g.Due(at.AddDate(1, 0, 0)) || !g.Next().IsZero() {
		t.Fatalf("%s, gapped %v, due at %s", g.State, g.Gapped(), g.Next())
	}
	later := g.Retried(at.Add(time.Hour))
	if !later.Due(at.Add(time.Hour)) || !later.Next().Equal(at.Add(time.Hour)) {
		t.Errorf("asked for, it is due at %s", later.Next())
	}
	if healed := later.Applied(provision.Outcome{Taken: true}, at, backoff); healed.Gapped() || !healed.Retry.IsZero() {
		t.Errorf("healed, it has %q", healed.Gaps.Lines())
	}
	for name, next := range map[string]provision.Grant{
		"failed": g.Applied(provision.Outcome{Taken: true, Err: provision.ErrPermanent}, at, backoff), "ended": g.End(request.Revoked), "suspended": g.Suspend("x"),
		"replaced": g.Applied(provision.Outcome{Err: &provision.ReplacedError{Now: catalog.Object{ID: "2"}}}, at, backoff),
	} {
		if next.Gaps.Count != 0 {
			t.Errorf("%s, it still has gaps", name)
		}
	}
}

// A function that decides what is shown suspends a grant when it is replaced, and one that
// only writing calls where the grant writes and the function has the rights of its maker.
func TestFunctionsArePinned(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	backoff := func(int) time.Duration { return time.Minute }
	for name, tt := range map[string]struct {
		privilege request.Privilege
		function  catalog.Through
		state     provision.State
		beside    bool
	}{
		"of a view":                           {request.Read, catalog.Through{Way: catalog.ByFunction, Name: "f()", Own: true}, provision.Suspended, false},
		"of a default, read":                  {request.Read, catalog.Through{Way: catalog.ByFunction, Name: "f()", Writes: true}, provision.Active, false},
		"of a default, written":               {request.ReadWrite, catalog.Through{Way: catalog.ByFunction, Name: "f()", Writes: true}, provision.Suspended, false},
		"of a default, with one's own rights": {request.ReadWrite, catalog.Through{Way: catalog.ByFunction, Name: "f()", Writes: true, Own: true}, provision.Active, true},
		"of a trigger":                        {request.ReadWrite, catalog.Through{Way: catalog.ByTrigger, Name: "t on x (f())", Writes: true}, provision.Suspended, false},
	} {
		was, is := tt.function, tt.function
		was.Digest, is.Digest = "1", "2"
		g := provision.Grant{State: provision.Provisioning, How: provision.Auto, Approved: at, Access: provision.Access{Privilege: tt.privilege}}
		g = g.Applied(provision.Outcome{Reach: provision.Reach{was}, Definition: "v r"}, at, backoff)
		same := g.Applied(provision.Outcome{Reach: provision.Reach{was}, Definition: "v"}, at, backoff)
		next := same.Applied(provision.Outcome{Reach: provision.Reach{is}}, at, backoff)
		if next.State != tt.state || (next.ReplacedBeside(same) != "") != tt.beside || same.State != provision.Active {
			t.Errorf("%s: %s (%s), said %q", name, next.State, next.Withheld, next.ReplacedBeside(same))
		}
		if tt.state == provision.Suspended && !strings.Contains(next.Withheld, tt.function.Name) {
			t.Errorf("%s: withheld because %q", name, next.Withheld)
		}
		s := provision.Standing{Definitions: []string{g.Asset.Definition}}
		if shows := s.Shows("v r", provision.Reach{is}); shows != (tt.state == provision.Active) {
			t.Errorf("%s: may be given: %v", name, shows)
		}
	}
}
