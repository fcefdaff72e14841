package provision

import (
	"math"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

// ProbeStep is one step of the test of a connection.
type ProbeStep string

// The steps of a test, in their order. Each takes those before it.
const (
	ProbeSecret  ProbeStep = "SECRET"  // what the secret refers to can be read
	ProbeAddress ProbeStep = "ADDRESS" // something answers at the URL
	ProbeTLS     ProbeStep = "TLS"     // it is encrypted as the URL says, and shows a certificate that is trusted
	ProbeLogin   ProbeStep = "LOGIN"   // we can log in
	ProbeRights  ProbeStep = "RIGHTS"  // nothing of Setup is left to run
	ProbeAssets  ProbeStep = "ASSETS"  // objects can be read
)

// ProbeSteps are all steps, in their order.
func ProbeSteps() []ProbeStep {
	return []ProbeStep{ProbeSecret, ProbeAddress, ProbeTLS, ProbeLogin, ProbeRights, ProbeAssets}
}

// ProbeState is how a step went.
type ProbeState string

// The states of a step.
const (
	ProbePassed  ProbeState = "PASSED"
	ProbeFailed  ProbeState = "FAILED"
	ProbeSkipped ProbeState = "SKIPPED" // a step before it has failed, or the platform has no such step
)

// Probed is how one step of a test went.
type Probed struct {
	Step   ProbeStep   `json:"step"`
	State  ProbeState  `json:"state"`
	Detail string      `json:"detail,omitempty"` // why it failed, in the platform's words; for administrators
	Mend   []Statement `json:"mend,omitempty"`   // by which an administrator of the platform mends it
}

// SyncRun is one sync of a connection, under way or done.
type SyncRun struct {
	Root  catalog.Ref      `json:"root"` // it read what is at and below it
	By    request.PersonID `json:"by"`
	Began time.Time        `json:"began"`
	Seen  time.Time        `json:"seen,omitzero"`  // when it was last known to run; of one under way
	Ended time.Time        `json:"ended,omitzero"` // zero while it is under way

	Read    int           `json:"read"`           // objects so far
	Pace    *Pace         `json:"pace,omitempty"` // nil once it has ended, and before a second has passed
	Added   int           `json:"added,omitempty"`
	Changed int           `json:"changed,omitempty"`
	Gone    int           `json:"gone,omitempty"`
	Unread  []catalog.Ref `json:"unread,omitempty"` // the first parts that could not be read, and stay as they were
	Error   string        `json:"error,omitempty"`  // why nothing was changed; it names no address
}

// Pace is how fast a sync goes, and what is left of it.
type Pace struct {
	PerSecond float64 `json:"perSecond"`             // objects read in a second, from its beginning on
	Expected  int     `json:"expected,omitempty"`    // objects, as many as the last complete sync of the same root read; 0 if there was none, or more were read by now
	Left      int     `json:"secondsLeft,omitempty"` // until it has read as many; 0 if that is not known
}

// Rest is what is left of the sync; 0 if that is not known.
func (p Pace) Rest() time.Duration { return time.Duration(p.Left) * time.Second }

// paced is a sync under way with its pace, by the syncs before it.
func (r SyncRun) paced(past []SyncRun) SyncRun {
	took := r.Seen.Sub(r.Began).Seconds()
	if r.Pace = nil; took < 1 {
		return r
	}
	p := Pace{PerSecond: math.Round(float64(r.Read)/took*10) / 10}
	for _, before := range past {
		if before.Root == r.Root && before.Error == "" && len(before.Unread) == 0 {
			if p.Expected = before.Read; p.Expected < r.Read {
				p.Expected = 0
			}
			break
		}
	}
	if p.Expected > 0 && r.Read > 0 {
		p.Left = int(math.Ceil(float64(p.Expected-r.Read) * took / float64(r.Read)))
	}
	r.Pace = &p
	return r
}

// Syncs is what is known of the syncs of a connection.
type Syncs struct {
	Running *SyncRun  `json:"running,omitempty"` // nil while none is under way
	Past    []SyncRun `json:"past,omitempty"`    // the newest first, at most MaxSyncs
}

// The bounds of what is kept of the syncs of a connection.
const (
	MaxSyncs  = 20
	MaxUnread = 20 // parts of one sync that are named
)

// SyncQuiet is how long nothing is heard of a sync before it counts as broken off.
const SyncQuiet = 2 * time.Minute

// Begin notes that a sync has begun, or goes on.
func (s Syncs) Begin(run SyncRun) Syncs {
	run = run.paced(s.Past)
	s.Running = &run
	return s
}

// End notes the outcome of a sync.
func (s Syncs) End(run SyncRun) Syncs {
	run.Seen, run.Pace = time.Time{}, nil
	run.Unread = run.Unread[:min(len(run.Unread), MaxUnread)]
	s.Past = append([]SyncRun{run}, s.Past[:min(len(s.Past), MaxSyncs-1)]...)
	if s.Running != nil && s.Running.Began.Equal(run.Began) {
		s.Running = nil
	}
	return s
}

// At is what is known at a time: a sync of which nothing was heard for SyncQuiet does not
// run any more, as when its process was ended.
func (s Syncs) At(now time.Time) Syncs {
	if s.Running != nil && now.Sub(s.Running.Seen) > SyncQuiet {
		broken := *s.Running
		broken.Ended, broken.Error = broken.Seen, "it was broken off"
		s = s.End(broken)
	}
	return s
}

// Health is how a connection is, as far as it is known without asking its platform.
type Health struct {
	Connection string         `json:"connection"`
	Syncs      Syncs          `json:"syncs"`
	Compared   Reconciliation `json:"compared"` // the last one, with the first of its findings; zero if there was none
}
