package request

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/grantwright/grantwright/catalog"
)

// MaxBatch bounds the submissions of one batch.
const MaxBatch = 20

// Complete fills in what a submission leaves out, and refuses what no form knows.
func (s Submission) Complete(by Identity) (Submission, error) {
	if s.Type == "" {
		s.Type = DataAccess
	}
	if s.Privilege == "" {
		s.Privilege = Read
	}
	if s.Beneficiary == "" {
		s.Beneficiary = by.Person()
	}
	var faults []Fault
	if s.Type != DataAccess && s.Type != MaskingException {
		faults = append(faults, Fault{Field: "type", Reason: "must be DATA_ACCESS or MASKING_EXCEPTION"})
	}
	if n := len(s.Beneficiary); n > MaxPersonBytes {
		faults = append(faults, Fault{Field: "beneficiary", Reason: fmt.Sprintf("has %d bytes, at most %d are allowed", n, MaxPersonBytes)})
	}
	if s.Privilege != Read && s.Privilege != ReadWrite {
		faults = append(faults, Fault{Field: "privilege", Reason: "must be READ or READ_WRITE"})
	}
	if faults = append(faults, s.checkEmergency(by)...); len(faults) > 0 {
		return s, &InvalidError{What: "request", Faults: faults}
	}
	return s, nil
}

// MaxKeyBytes bounds an idempotency key.
const MaxKeyBytes = 255

// KeyError says that an idempotency key was used for something else before.
type KeyError struct{ Key string }

func (e *KeyError) Error() string {
	return fmt.Sprintf("grantwright: idempotency key %q was used for another submission; take a new one", e.Key)
}

// KeyKept is how long an idempotency key holds at least: the same afterwards is a new act.
const KeyKept = 24 * time.Hour

// Attempt is an act that is done at most once under a key.
type Attempt struct {
	Operation string // which act it is, and on what
	Key       string // of whoever acts
	Body      []byte // under the same key, another body is a *KeyError
}

// Answered is the answer to an act, as it is given again under the same key.
type Answered struct {
	Status   int               `json:"status"`
	Header   map[string]string `json:"header,omitempty"`
	Body     []byte            `json:"body,omitempty"`
	Withheld bool              `json:"withheld,omitempty"` // the body is not kept: it is too long, or holds a secret
}

// UnansweredError says that an act was done under an idempotency key, and that its answer
// was not kept, or is still under way.
type UnansweredError struct {
	Key string
	At  time.Time // when the act began
}

func (e *UnansweredError) Error() string {
	return fmt.Sprintf("grantwright: under idempotency key %q this was begun on %s, and its answer is not there; look at what has come of it", e.Key, e.At.UTC().Format(time.RFC3339))
}

type replayNote struct{}

// NoteReplays returns a context in which Submit and SubmitBatch set replayed where they
// return what an idempotency key has made before.
func NoteReplays(ctx context.Context, replayed *bool) context.Context {
	return context.WithValue(ctx, replayNote{}, replayed)
}

// NoteReplay notes a replay in a context of NoteReplays.
func NoteReplay(ctx context.Context) {
	if replayed, is := ctx.Value(replayNote{}).(*bool); is {
		*replayed = true
	}
}

type existingNote struct{}

// NoteExisting returns a context in which Submit and SubmitBatch add to existing the requests
// that were open already, so that the answers of their submissions count for nothing.
func NoteExisting(ctx context.Context, existing *[]ID) context.Context {
	return context.WithValue(ctx, existingNote{}, existing)
}

// NoteExists notes in a context of NoteExisting that a request was open already.
func NoteExists(ctx context.Context, id ID) {
	if existing, is := ctx.Value(existingNote{}).(*[]ID); is {
		*existing = append(*existing, id)
	}
}

// Submission is what a requester hands in.
type Submission struct {
	Asset       catalog.Ref
	Type        Type      // zero means DATA_ACCESS
	Beneficiary PersonID  // zero means the requester
	Privilege   Privilege // zero means READ
	Columns     []string  // none means the whole asset
	Answers     Answers

	// Renews is an approved request for the same, whose access is to go on beyond
	// its end. What is granted ends at the later of the two ends. Empty for what is
	// no renewal.
	Renews ID `json:",omitempty"`

	// Emergency is why the access cannot wait for a decision. The flow of the asset must
	// let the requester have it at once, for themselves; it ends by itself after hours, and
	// is reviewed afterwards. Empty asks as always.
	Emergency string `json:",omitempty"`

	// Agreements are those of the form that the requester accepts, each in the
	// version that they have read.
	Agreements []AgreementVersion

	// Key makes a repeated submission the same one: it returns the request that
	// the first one made. Empty repeats nothing. A key holds for one requester;
	// using it for another submission is a *KeyError. It ends after KeyKept.
	Key string `json:"-"`
}

// OpenError says that a request for the same thing is open. Someone else made
// it, so nothing more is said of it.
type OpenError struct{ Asset catalog.Ref }

func (e *OpenError) Error() string {
	return fmt.Sprintf("grantwright: a request for the same access to %s is open already", e.Asset)
}

// LimitError says that somebody has too much open of a kind.
type LimitError struct {
	What string // such as "reports of assets that are not there"
	Most int

	Field string // of the submission that is one too many: requester or beneficiary; empty of others
	Right string // what to do instead; empty is to wait for governance
}

func (e *LimitError) Error() string {
	whose := "you have"
	if strings.HasSuffix(e.Field, "beneficiary") {
		whose = "there are"
	}
	return fmt.Sprintf("grantwright: %s %d %s open, which is the most; %s", whose, e.Most, e.What, cmp.Or(e.Right, "wait until governance has seen to them"))
}

// The bounds on pending requests, where the host sets none.
const (
	DefaultMaxOpen    = 500 // that one person has made
	DefaultMaxOpenFor = 50  // that others have made for one person
)
