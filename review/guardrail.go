package review

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/google/cel-go/cel"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/internal/condition"
	"github.com/grantwright/grantwright/review/internal/faults"
)

// Limits of guardrails.
const (
	MaxPlaces      = 20   // of one guardrail
	MaxReasonBytes = 4000 // of what is told of it
)

// GuardrailName names a guardrail.
type GuardrailName string

// Guardrail says who may never have access, whatever anybody decides: everyone for
// whom its condition does not hold. It is for requests of every type. Guardrails
// add up: all that are set at an asset and at its containers must hold.
type Guardrail struct {
	Name    GuardrailName `json:"name"`
	Version int           `json:"version"` // from 1; a saved version never changes
	At      []catalog.Ref `json:"at"`      // connections, containers and assets; it is for everything below them too

	// Require is CEL over request, asset, requester and beneficiary, with a bool
	// result, such as !('DE' in beneficiary.attributes.country). What it cannot read
	// prevents.
	Require string `json:"require"`

	Reason  string           `json:"reason,omitempty"` // for those whom it keeps out
	SavedBy request.PersonID `json:"savedBy,omitempty"`
}

// GuardrailVersion is one version of a guardrail.
type GuardrailVersion struct {
	Name    GuardrailName `json:"name"`
	Version int           `json:"version"`
}

// Of identifies the version.
func (g Guardrail) Of() GuardrailVersion { return GuardrailVersion{g.Name, g.Version} }

// Guard is a guardrail that is ready to run. It never changes, and serves any
// number of goroutines.
type Guard struct {
	Guardrail
	program *condition.Program
}

// ReadsAsset reports whether the condition may differ from one asset to another.
func (g *Guard) ReadsAsset() bool { return g.program.Reads("asset") }

// guardrailEnvironment has no answers: whatever somebody answers, they may or may
// not have access.
var guardrailEnvironment = sync.OnceValues(func() (*cel.Env, error) { return declaring(standingVariables...) })

// CompileGuardrail checks a guardrail and makes it ready. Its errors are
// *request.InvalidError for the shape and *RuleError for the condition, joined.
func CompileGuardrail(g Guardrail) (*Guard, error) {
	faults := []error{g.validate()}
	env, err := guardrailEnvironment()
	if err != nil {
		return nil, err
	}
	guard := &Guard{Guardrail: g}
	if g.Require != "" {
		guard.program, err = compile(env, "guardrail "+string(g.Name), g.Require, cel.BoolType)
		faults = append(faults, err)
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return guard, nil
}

func (g Guardrail) validate() error {
	var c faults.List
	c.Name(string(g.Name))
	if n := len(g.At); n < 1 || n > MaxPlaces {
		c.Add("at", "are %d places, must be 1 to %d", n, MaxPlaces)
	}
	for i, ref := range g.At {
		if same, err := catalog.ParseRef(string(ref)); err != nil || same != ref {
			c.Add(fmt.Sprintf("at[%d]", i), "must be a reference such as warehouse:sales.public, in its one spelling")
		} else if slices.Contains(g.At[:i], ref) {
			c.Add(fmt.Sprintf("at[%d]", i), "is named twice")
		}
	}
	if g.Require == "" {
		c.Add("require", "is missing: it says what must hold for whoever has access")
	}
	c.Text("reason", g.Reason)
	if len(g.Reason) > MaxReasonBytes {
		c.Add("reason", "has %d bytes, at most %d are allowed", len(g.Reason), MaxReasonBytes)
	}
	return c.Err("guardrail")
}

// Prevention says why a guardrail keeps somebody from access.
type Prevention struct {
	Guardrail GuardrailName    `json:"guardrail"`
	Version   int              `json:"version"`
	At        catalog.Ref      `json:"at"`               // where it is set
	Reason    string           `json:"reason,omitempty"` // as the guardrail gives it
	Asset     catalog.Ref      `json:"asset,omitempty"`  // what a container covers, if that is what it keeps them from
	Person    request.PersonID `json:"person,omitempty"` // the member of a group whom it keeps out
	Fault     string           `json:"fault,omitempty"`  // why the condition could not be evaluated, which prevents too

	// ForOther says that somebody has asked for another: the reason is not theirs to know.
	ForOther bool `json:"-"`

	// Unknown says that a fact is not known on which the condition depends: nothing is
	// given, and nothing that was given ends.
	Unknown bool `json:"unknown,omitempty"`
}

// Known are the preventions that depend on nothing unknown: they end what was given.
func Known(all []Prevention) []Prevention {
	return slices.DeleteFunc(slices.Clone(all), func(p Prevention) bool { return p.Unknown })
}

// Public is the prevention as everybody may learn it who sees the request: without why a
// condition could not be evaluated, and without members of groups.
func (p Prevention) Public() Prevention {
	if p.Person = ""; p.Fault != "" {
		p.Fault = "something that it reads is missing"
	}
	if p.ForOther {
		p.Reason = ""
	}
	return p
}

func (p Prevention) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "guardrail %s at %s prevents", p.Guardrail, p.At)
	if p.Asset != "" {
		fmt.Fprintf(&b, " access to %s", p.Asset)
	}
	if p.Person != "" {
		fmt.Fprintf(&b, " because of %s", p.Person)
	}
	if p.Fault != "" {
		fmt.Fprintf(&b, ": its condition could not be evaluated: %s", p.Fault)
	}
	if p.Reason != "" {
		fmt.Fprintf(&b, ": %s", p.Reason)
	}
	return b.String()
}

// Members are the people of a group that is the beneficiary.
type Members struct {
	Known    []request.Identity
	Complete bool // there are no others
}

// Prevents says why the guardrail, set at a place, keeps a beneficiary with these facts
// from access; nil if it does not. Members is nil where the beneficiary is no group.
// For a group, each known member has to meet a condition that reads the beneficiary, by
// facts of their own; if no member is known although there may be some, the guardrail
// prevents. The error is that of ctx alone.
func (g *Guard) Prevents(ctx context.Context, at catalog.Ref, f Facts, members *Members) (*Prevention, error) {
	p := &Prevention{Guardrail: g.Name, Version: g.Version, At: at, Reason: g.Reason}
	if members == nil || !g.program.Reads("beneficiary") {
		return g.unless(ctx, p, f)
	}
	if len(members.Known) == 0 && !members.Complete {
		p.Fault, p.Unknown = "nobody in the group is known", true
		return p, ctx.Err()
	}
	var unknown *Prevention
	for _, member := range members.Known {
		one := *p
		f.Beneficiary, one.Person = FactsOf(member), member.Person()
		switch prevents, err := g.unless(ctx, &one, f); {
		case err != nil:
			return nil, err
		case prevents == nil:
		case !prevents.Unknown:
			return prevents, nil
		case unknown == nil:
			unknown = prevents
		}
	}
	return unknown, ctx.Err()
}

// unless returns p, unless the condition holds.
func (g *Guard) unless(ctx context.Context, p *Prevention, f Facts) (*Prevention, error) {
	yes, err := holds(ctx, g.program, f.variables())
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		p.Fault, p.Unknown = err.Error(), errors.Is(err, ErrUnknown)
		return p, nil
	}
	if yes {
		return nil, nil
	}
	return p, nil
}

// On are the same facts about another asset, with the tags that governance has given.
func (f Facts) On(a catalog.Asset, tags []string) Facts {
	f.Asset = factsOfAsset(a)
	f.Asset.Tags = tags
	return f
}

// Prevent turns an approval by a rule into a denial: guardrails prevent what it
// would have given. Those that prevent only because a fact is not known ask people: see
// Facts.AskPeople.
func (r Review) Prevent(all []Prevention) Review {
	if all = Known(all); r.Status != request.Approved || len(all) == 0 {
		return r
	}
	r.Status, r.Comment = request.Denied, all[0].Public().String()
	for _, p := range all {
		r.Why = append(r.Why, p.String())
	}
	return r
}
