//go:build unix

package tests

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// childVariable makes the test binary a process that kills itself: "before" or
// "after" it has acted on the platform.
const childVariable = "GRANTWRIGHT_TEST_CHILD"

// childWork is what the child is to do.
type childWork struct {
	Platform realPlatform
	Request  request.ID
	Revoke   bool
}

// lethal kills its process, as kill -9 does, around what it does.
type lethal struct {
	provision.Provisioner
	when string
}

func (l lethal) Apply(ctx context.Context, want []provision.Standing) []provision.Outcome {
	if l.when == "before" {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
	outcomes := l.Provisioner.Apply(ctx, want)
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	return outcomes
}

// crashLease is short, so that the test need not wait long for a takeover.
const crashLease = 4 * time.Second

// beChild decides or revokes a request and never comes back from the platform.
func beChild(when string) int {
	var work childWork
	if err := json.NewDecoder(os.Stdin).Decode(&work); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	ctx := context.Background()
	e, _, err := work.Platform.open(ctx, func(c *grantwright.Config) {
		c.Lease = crashLease
		c.Platforms = map[string]provision.Platform{"postgres": {
			Provisioner: func(ctx context.Context, to provision.Target) (provision.Provisioner, error) {
				p, err := pgprovision.Open(ctx, to)
				return lethal{p, when}, err
			},
		}}
	})
	if err == nil && work.Revoke {
		_, err = e.Revoke(ctx, gov, work.Request, "")
	} else if err == nil {
		_, err = e.Determine(ctx, twice, work.Request, review.Determination{Act: review.Approve})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	select {} // until the kill
}

// runChild runs a child until it has killed itself.
func runChild(t *testing.T, when string, work childWork) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childVariable+"="+when)
	in, err := child.StdinPipe()
	must(t, err)
	child.Stderr = os.Stderr
	must(t, child.Start())
	must(t, json.NewEncoder(in).Encode(work))
	must(t, in.Close())
	_ = child.Wait()
	if status, is := child.ProcessState.Sys().(syscall.WaitStatus); !is || status.Signal() != syscall.SIGKILL {
		t.Fatalf("the child ended with %v, not by the kill", child.ProcessState)
	}
}

func TestKilledAroundTheGrantAndTheRevoke(t *testing.T) {
	t.Parallel()
	for _, when := range []string{"before", "after"} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			p := newRealPlatform(t)
			e := p.engine(t, func(c *grantwright.Config) { c.Lease = crashLease; c.Poll = 50 * time.Millisecond })
			p.furnish(t, e)
			person := p.login(t, "eve")
			req, err := e.Submit(t.Context(), person, p.asking("30 DAYS"))
			must(t, err)

			runChild(t, when, childWork{Platform: *p, Request: req.ID})
			if acted := p.reads(t, person); acted != (when == "after") {
				t.Fatalf("killed %s the grant, and access is %v", when, acted)
			}
			agrees(t, e, p, person, req.ID, provision.Active, true)

			runChild(t, when, childWork{Platform: *p, Request: req.ID, Revoke: true})
			if left := p.reads(t, person); left != (when == "before") {
				t.Fatalf("killed %s the revoke, and access is %v", when, left)
			}
			agrees(t, e, p, person, req.ID, provision.Revoked, false)
		})
	}
}

// agrees runs the engine until a grant is where it should be, and checks that the
// platform is there too.
func agrees(t *testing.T, e *grantwright.Engine, p *realPlatform, person request.Identity, id request.ID, state provision.State, access bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	g, err := e.WaitForGrant(ctx, gov, id)
	if err != nil || g.State != state {
		t.Fatalf("after the restart the grant is %s (%s), %v; want %s", g.State, g.Error, err, state)
	}
	if reads := p.reads(t, person); reads != access {
		t.Fatalf("the record says %s, and access is %v", g.State, reads)
	}
}
