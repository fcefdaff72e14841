// Package provision puts decisions into effect on data platforms.
//
// An approval becomes a Grant, PENDING. A Provisioner brings the platform to
// what all grants together want for a principal and an asset, and reads back:
// only then is the grant ACTIVE, and its clock starts. When it expires or is
// revoked it is REVOKING, until the platform was read again and the access is
// gone: REVOKED. What fails is FAILED with the platform's own words, and is
// tried again.
package provision

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

// Provisioner gives and takes access on one platform.
//
// Apply brings each (principal, asset) to exactly what its Standing wants from
// us, no more and no less, and reads back that it is so. It never takes away
// what others gave. It is called again after every failure, after a crash at any
// point, and perhaps for what already stands, so it looks first and then acts.
// It finishes, or gives up without an effect that comes later, before the
// deadline of ctx. It returns one Outcome for each Standing, in their order;
// one that fails does not hold up the others.
type Provisioner interface {
	Apply(ctx context.Context, want []Standing) []Outcome
}

// Standing is what one principal should have on one asset from all our grants.
type Standing struct {
	Principal request.Principal
	Asset     catalog.Asset // as it was approved; another Object under its Ref is another asset
	Want      []Access      // empty: nothing from us

	// Given is what of Want was read back as standing before. What of it stands no
	// longer, although the asset and the principal are the same, someone has taken
	// away: Apply does not put it back, and names it in Outcome.Withdrawn.
	Given []Access

	// Hold leaves what someone took away in part as it is: Apply names it in
	// Outcome.Withdrawn, and takes nothing more of it, until somebody has looked. The same
	// holds for what is Given of an asset of which nothing stands under its name: Err is a
	// *MovedError then, and Taken is false where it stands still.
	Hold bool

	// Below are the assets below a container that access to it covers, in the order
	// of their Refs. What is below it and not named here is not covered.
	Below []catalog.Asset

	// Masked are the masks that hold for the asset, and for what is below it, in the
	// order of their Refs. What is not named here is not masked.
	Masked []Masking

	// By and Act are said by a Lister: who gave the access, in the platform's words, where
	// that was not us, and the last act by which it was given; see Outcome.Act.
	By  string
	Act int64

	// Deciding are, of a container, the places at which others decide than about the
	// container. What is covered is left out where something that lies there is read
	// through it now, and was not when a sync saw it last.
	Deciding []catalog.Ref

	// Definitions are those of what was approved, as catalog.SameDefinition compares them.
	// The asset is given only where it shows one of them; without any, whatever it shows.
	Definitions []string

	// Reached are the digests of the assets that are opened with this one, as those who
	// decided knew them: see Reach.Digest. Where none is that of now, and nothing is Given,
	// nothing is given, and Err is a *ReachedError. Nil is whatever is opened, unlike the
	// digest of no assets.
	Reached []string
}

// Access is one way in which a principal may use an asset.
type Access struct {
	Privilege request.Privilege `json:"privilege"`
	Columns   []string          `json:"columns,omitempty"` // sorted; none means the whole asset

	// ColumnIDs are the platform's own ids of Columns, in their order, where it has any. By
	// them the access stays with what was approved: a column that was renamed is the same,
	// and one that came under the name of another is not.
	ColumnIDs []string `json:"columnIds,omitempty"`

	// Unmasked are columns that are shown clear to the principal, sorted. Such an
	// access gives nothing else: whoever may not read the asset reads nothing by it.
	Unmasked []string `json:"unmasked,omitempty"`
}

// Outcome says what Apply found for one Standing after it had acted.
type Outcome struct {
	// Err is nil when the platform was read back and is as it should be: what is
	// wanted works for the principal's login, but for Gaps, and nothing else of ours is
	// left.
	// It wraps ErrPermanent or ErrWaiting where trying again soon cannot help.
	Err error

	// Taken says that nothing of ours is left beside what is wanted, also where
	// Err says that what is wanted does not work. False says nothing.
	Taken bool

	// Withdrawn is what of Given someone has taken away. It is not wanted any more
	// as far as Err and Taken go.
	Withdrawn []Access

	// Query is what to query in place of the asset, as the platform writes it. Empty
	// is the asset itself.
	Query string

	// Act numbers the last act on the platform about this principal and asset, where the
	// platform numbers its acts: a later one has a higher number, whoever does it. By it an
	// engine sees that its records are older than what stands. Zero says nothing.
	Act int64

	// Gaps are the parts of a container that do not work for the principal's login, where
	// others do. Where no part works, Err says so.
	Gaps Gaps

	Ran       []Statement // what was run on the platform for this Standing, in order
	Remaining []Path      // how the principal gets in anyhow, not through us

	// What the platform said of the asset, or of all that a container covers, as it
	// stands now.
	Reach      Reach    // what is read or touched through it
	Definition string   // of a view, as catalog.SameDefinition compares it; empty where that is not known
	Remarks    []string // what limits the access, and what cannot be known of it
}

// Statement is one statement in the platform's own language. It never holds a
// secret.
type Statement string

// Path is a way in that we did not give and do not take away, in words that a
// person understands, such as "owner of the table" or "through role analysts".
type Path string

// ErrPermanent is wrapped where trying again cannot help until a person changes
// something: a principal that is refused, an object that was replaced.
var ErrPermanent = errors.New("provision: needs a person")

// ErrWaiting is wrapped where someone else has to act first, and will say so.
var ErrWaiting = errors.New("provision: waiting")

// RefusedError says why a principal or an asset can have no grant on a platform.
// It wraps ErrPermanent.
type RefusedError struct {
	What   string // such as `principal "postgres"`
	Reason string // such as "is a superuser, who sees everything anyhow"

	// Of says of which access of a Standing that is so: whoever asks without it may be given
	// the rest. Nil is all of it.
	Of func(Access) bool
}

// Writes reports whether an access is READ_WRITE. It is for RefusedError and LackingError.
func (a Access) Writes() bool { return a.Privilege == request.ReadWrite }

// Unmasks reports whether an access shows columns clear. It is for RefusedError.
func (a Access) Unmasks() bool { return len(a.Unmasked) > 0 }

func (e *RefusedError) Error() string { return e.What + " " + e.Reason }
func (e *RefusedError) Unwrap() error { return ErrPermanent }

// LackingError says that the access stands, and that the principal's login cannot use it.
type LackingError struct {
	Principal string
	Lacks     []string // such as "no USAGE on schema hr"

	// Of says of which access of the Standing that is so: the rest works. Nil is all of it.
	Of func(Access) bool
}

func (e *LackingError) Error() string {
	return fmt.Sprintf("%q is granted the access but cannot use it: %s", e.Principal, strings.Join(e.Lacks, "; "))
}

// ReplacedError says that another object stands under the name of an asset, or
// another principal under a name, than the one that was approved. It wraps
// ErrPermanent.
type ReplacedError struct {
	What   string // such as `asset "warehouse:sales.public.orders"`
	Reason string // such as "is another object now: 16390, but 16384 was approved"

	// Now is what stands under the name of the asset. It is zero where the
	// principal was replaced.
	Now catalog.Object
}

func (e *ReplacedError) Error() string { return e.What + " " + e.Reason }
func (e *ReplacedError) Unwrap() error { return ErrPermanent }

// MovedError says that nothing stands under the name of an asset. Its object may have another
// name by now, as where somebody has renamed what it lies in: access under that name is taken.
type MovedError struct{ Err error }

func (e *MovedError) Error() string { return e.Err.Error() }
func (e *MovedError) Unwrap() error { return e.Err }

// ReachedError says that others are opened with an asset than those who decided knew. It
// wraps ErrPermanent.
type ReachedError struct {
	What  string // such as `asset "warehouse:sales.public.orders"`
	Reach Reach  // as it is now

	// Asks are those of them because of which somebody has to look at it; none is not said.
	Asks []catalog.Ref
}

func (e *ReachedError) Error() string {
	names := e.Reach.names()
	if len(e.Asks) > 0 {
		names = namesOf(e.Asks)
	}
	return fmt.Sprintf("%s opens other assets with it than was known when it was approved: %s", e.What, names)
}
func (e *ReachedError) Unwrap() error { return ErrPermanent }

// Each is a Provisioner for platforms that go one at a time. It must do for one
// Standing what Apply promises.
type Each func(ctx context.Context, want Standing) Outcome

// Apply calls f for each Standing in turn.
func (f Each) Apply(ctx context.Context, want []Standing) []Outcome {
	outcomes := make([]Outcome, len(want))
	for i, w := range want {
		if outcomes[i].Err = ctx.Err(); outcomes[i].Err == nil {
			outcomes[i] = f(ctx, w)
		}
	}
	return outcomes
}

// Checker is what a Provisioner may do beside: say at submit, before people are
// asked, whether it could give what a Standing wants. It returns the Standing
// with the platform's own ids filled in, of the principal, the asset and columns, and with what
// is read through the asset and its definition as they are now, or an error that wraps
// ErrPermanent. Any other error means that the platform could not be asked.
type Checker interface {
	Check(ctx context.Context, want Standing) (Standing, error)
}

// Planner is what a Provisioner may do beside: say what Apply would run, without
// running anything.
type Planner interface {
	Plan(ctx context.Context, want []Standing) []Plan
}

// Plan is what Apply would do now for one Standing.
type Plan struct {
	Err        error       // why Apply would fail, where that can be known
	Withdrawn  []Access    // see Outcome.Withdrawn
	Statements []Statement // in order
	Opens      []string    // what the statements would open beside what is wanted
	Paths      []Path      // how the principal gets in already, not through us
	Query      string      // see Outcome.Query
	Reach      Reach       // see Outcome.Reach
	Definition string      // see Outcome.Definition
	Remarks    []string    // see Outcome.Remarks
	Gaps       Gaps        // see Outcome.Gaps, as far as they can be known before
}

// Preparer is what a Provisioner may do beside: list the statements by which an
// administrator gives us the least privilege that we need.
type Preparer interface {
	Setup(ctx context.Context) ([]Statement, error)
}

// Scripter is what a Preparer may do beside: write those statements as a script for the
// platform's own client, so that an administrator can pipe it there. Names stand quoted in
// it, and it stops at the first error.
type Scripter interface {
	SetupScript(ctx context.Context) (string, error)
}

// Lister is what a Provisioner may do beside: list everything of ours that stands
// on the platform, at and below root, whether or not it is wanted, and whoever has let
// the principal in. Want says what each principal has; of an Asset the Ref and the ID are
// filled in, as they were when the access was given. It changes nothing.
type Lister interface {
	List(ctx context.Context, root catalog.Ref) iter.Seq2[Standing, error]
}

// Sweeper is what a Provisioner may do beside: remove what is left of ours on the platform
// by which nobody has access, and that could not be removed with the last end. It returns
// what it ran.
type Sweeper interface {
	Sweep(ctx context.Context) ([]Statement, error)
}

// Marker is what a Provisioner may do beside: keep a Mark on the platform, for
// each installation its own. By it an engine sees that its records are not those
// that the access was given by: a store that is empty, a second one, or one that
// was restored from a backup.
type Marker interface {
	// Marked returns what stands; zero if nothing does.
	Marked(ctx context.Context) (Mark, error)
	// Mark puts m in the place of was. If was is not what stands, nothing is
	// changed and the error wraps ErrMarked.
	Mark(ctx context.Context, was, m Mark) error
}

// Mark says which records an installation acts by.
type Mark struct {
	Store      string // names the store for ever: letters and digits, at most 64
	Generation int64  // rises; records that know only a lower one are older
}

// ErrMarked is wrapped when another Mark stands than the one that was to be
// replaced.
var ErrMarked = errors.New("provision: another mark stands")

// Platform opens what is needed to serve connections of one technology. Source
// or Provisioner may be nil, where a platform has none.
type Platform struct {
	Source      func(ctx context.Context, to Target) (catalog.Source, error)
	Provisioner func(ctx context.Context, to Target) (Provisioner, error)

	// How is how access is given; zero means AUTO with a Provisioner, and MANUAL
	// without. With MANUAL a Provisioner is asked what it would do, as far as it is a
	// Checker, a Planner or a Preparer, and never does anything: people do.
	How Method

	// Fold is how the platform of a connection reads a name that stands in no quotes,
	// such as in lower case: a link whose names are none is looked up so. It asks the
	// platform nothing. Nil reads a name as it is.
	Fold func(on catalog.Connection, name string) string

	// MendLogin lists the statements by which an administrator of the platform lets us log
	// in, if an error of opening it says that we may not; otherwise none. They hold no
	// password. Nil knows none.
	MendLogin func(to Target, err error) []Statement
}

// Method is how access is given on the platform.
func (p Platform) Method() Method {
	switch {
	case p.How != "":
		return p.How
	case p.Provisioner == nil:
		return Manual
	}
	return Auto
}

// Target is a connection that is to be opened.
type Target struct {
	Connection   catalog.Connection
	Password     string // what the connection's Secret refers to; never logged, stored or part of an error
	Known        Known  // which platform it should be
	Installation string // names this installation of the engine on the platform: 1 to 16 lower case letters or digits
}

func (t Target) String() string { return "connection " + t.Connection.Name }

// GoString keeps the password out of %#v.
func (t Target) GoString() string { return t.String() }

// Script joins statements for a person to read, one on each line.
func Script(statements []Statement) string {
	var b strings.Builder
	for _, s := range statements {
		b.WriteString(strings.TrimSuffix(string(s), ";") + ";\n")
	}
	return b.String()
}

// MaxCovered bounds how many assets access to one container may cover.
const MaxCovered = 20_000

// MaxExcluded bounds how many parts of a container are named that it would not give.
const MaxExcluded = 100
