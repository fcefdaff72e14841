package provision

import (
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

	Read    int           `json:"read"` // objects so far
	Added   int           `json:"added,omitempty"`
	Changed int           `json:"changed,omitempty"`
	Gone    int           `json:"gone,omitempty"`
	Unread  []catalog.Ref `json:"unread,omitempty"` // the first parts that could not be read, and stay as they were
	Error   string        `json:"error,omitempty"`  // why nothing was changed; it names no address
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
	s.Running = &run
	return s
}

// End notes the outcome of a sync.
func (s Syncs) End(run SyncRun) Syncs {
	run.Seen = time.Time{}
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
