// Package enginetest is what the tests of this module share and hosts do not need: a fake
// platform that does everything, a service that answers later, the people and the flow of
// the tests. What hosts need is grantwrighttest.
package enginetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// ErrDown is for Platform.Fail.
var ErrDown = errors.New("the platform is down")

// Platform gives and takes access in memory, does all that a provisioner may do beside,
// and can be made to fail and to drift. It is a catalog.Source too. The fields that are
// exported are set while nothing else is going on.
type Platform struct {
	Before  func()                        // called before anything is done
	Masking func()                        // called before anything is masked
	Logins  func(principal string) bool   // who can log in; nil is everybody
	Refuse  map[string]error              // what Check says of a principal
	Parted  map[catalog.Ref][]catalog.Ref // what is read through an asset
	Opens   []string                      // what every Plan says that it would open beside
	NoWrite bool                          // READ_WRITE is refused, and nothing else
	Useless bool                          // READ_WRITE is given, and cannot be used
	Stamped provision.Mark                // the mark that stands
	Self    provision.Identity            // which platform it is, without the mark

	mu      sync.Mutex
	objects []catalog.Asset               // what stands, containers first
	access  map[string]provision.Standing // by principal and object: Want is what stands
	ids     map[string]string             // of principals that were made anew
	fail    error                         // what Apply says while it is set
	shown   map[catalog.Ref]string        // what shows assets masked, as it was last asked for
	unshown error                         // why nothing can be masked, while it is set
	ways    []provision.Path              // how everybody gets in otherwise
	acts    int                           // calls of Apply that changed something
	foreign []provision.Foreign
	broken  map[catalog.Ref]string // why parts of containers cannot be used
}

// NewPlatform returns a platform on which some objects stand, containers first.
func NewPlatform(objects ...catalog.Asset) *Platform {
	return &Platform{Self: provision.Identity{ID: "fake"}, access: map[string]provision.Standing{}, ids: map[string]string{}, Refuse: map[string]error{}, broken: map[catalog.Ref]string{}, shown: map[catalog.Ref]string{}, objects: objects}
}

// Open opens p for every connection, as a source and as a provisioner.
func (p *Platform) Open() provision.Platform {
	return provision.Platform{
		Source:      func(context.Context, provision.Target) (catalog.Source, error) { return p, nil },
		Provisioner: func(context.Context, provision.Target) (provision.Provisioner, error) { return p, nil },
	}
}

// Apply brings what stands to what is wanted.
func (p *Platform) Apply(ctx context.Context, want []provision.Standing) []provision.Outcome {
	return provision.Each(p.apply).Apply(ctx, want)
}

func (p *Platform) apply(_ context.Context, want provision.Standing) provision.Outcome {
	if p.Before != nil {
		p.Before()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	plan := p.plan(want)
	if plan.Err != nil {
		return provision.Outcome{Err: plan.Err, Taken: p.fail == nil, Definition: plan.Definition, Reach: plan.Reach}
	}
	next := want
	next.Want = slices.DeleteFunc(slices.Clone(want.Want), func(a provision.Access) bool { return slices.ContainsFunc(plan.Withdrawn, a.Equal) })
	if want.Hold && len(plan.Withdrawn) > 0 {
		return provision.Outcome{Withdrawn: plan.Withdrawn, Remaining: plan.Paths, Query: plan.Query, Taken: true}
	}
	next.Act = p.access[p.pairOf(want)].Act
	if len(plan.Statements) > 0 {
		p.acts++
		next.Act = int64(p.acts)
	}
	p.access[p.pairOf(want)] = next
	_, useless := p.gaps(want)
	return provision.Outcome{Act: next.Act, Withdrawn: plan.Withdrawn, Ran: plan.Statements, Remaining: plan.Paths, Query: plan.Query, Taken: true, Reach: plan.Reach, Definition: plan.Definition, Remarks: plan.Remarks, Gaps: plan.Gaps, Err: useless}
}

// Mask shows each asset under a name of its own.
func (p *Platform) Mask(_ context.Context, want []provision.Masking) []provision.Masked {
	if p.Masking != nil {
		p.Masking()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	masked := make([]provision.Masked, len(want))
	for i, w := range want {
		how := fmt.Sprint(w.Show, w.Off)
		now, _ := p.object(w.Asset.Ref)
		masked[i].Object = now.Object()
		switch {
		case p.unshown != nil && w.Show.Masked():
			masked[i].Err = p.unshown
			delete(p.shown, w.Asset.Ref)
			continue
		case p.redefined(w):
			masked[i].Err = provision.ErrRedefined
			continue
		case !w.Show.Masked() || w.Off:
			how = ""
		default:
			masked[i].Name = "masked." + w.Asset.Ref.Name()
			view, _ := p.object(w.Show.View)
			masked[i].Definition = view.Definition
		}
		if p.shown[w.Asset.Ref] != how {
			p.shown[w.Asset.Ref] = how
			masked[i].Ran = []provision.Statement{provision.Statement("show " + string(w.Asset.Ref))}
		}
	}
	return masked
}

// redefined reports whether the view by which governance masks an asset shows something else
// than when it was brought into force.
func (p *Platform) redefined(m provision.Masking) bool {
	view, _ := p.object(m.Show.View)
	return m.Show.View != "" && !catalog.SameDefinition(m.Pinned, view.Definition)
}

// Plan says what Apply would do.
func (p *Platform) Plan(_ context.Context, want []provision.Standing) []provision.Plan {
	p.mu.Lock()
	defer p.mu.Unlock()
	plans := make([]provision.Plan, len(want))
	for i, w := range want {
		plans[i] = p.plan(w)
	}
	return plans
}

// plan is what apply does, without doing it.
func (p *Platform) plan(want provision.Standing) provision.Plan {
	stands := p.access[p.pairOf(want)].Want
	if p.fail != nil {
		return provision.Plan{Err: p.fail}
	}
	if len(want.Want) > 0 {
		if err := p.changed(want); err != nil {
			return provision.Plan{Err: err}
		}
	}
	now, _ := p.object(want.Asset.Ref)
	plan := provision.Plan{Paths: p.ways, Opens: p.Opens, Reach: p.through(want.Asset.Ref), Definition: now.Definition}
	plan.Remarks = plan.Reach.Remarks(slices.ContainsFunc(want.Want, func(a provision.Access) bool { return a.Privilege == request.ReadWrite }))
	if len(want.Want) > 0 && !want.Shows(now.Definition, plan.Reach) {
		return provision.Plan{Err: &provision.RefusedError{What: "asset", Reason: "shows something else by now"}, Definition: now.Definition, Reach: plan.Reach}
	}
	if err := want.Known(plan.Reach); err != nil && len(want.Want) > 0 {
		return provision.Plan{Err: err, Reach: plan.Reach, Definition: now.Definition}
	}
	if m, is := want.MaskingOf(want.Asset.Ref); is && len(want.Want) > 0 {
		if plan.Query = "masked." + want.Asset.Ref.Name(); p.shown[want.Asset.Ref] == "" || m.Off || p.redefined(m) {
			return provision.Plan{Err: provision.ErrUnmasked}
		}
	}
	if p.NoWrite && slices.ContainsFunc(want.Want, provision.Access.Writes) {
		return provision.Plan{Err: &provision.RefusedError{What: "asset", Reason: "cannot be written to", Of: provision.Access.Writes}}
	}
	plan.Gaps, _ = p.gaps(want)
	for _, a := range want.Given {
		if !slices.ContainsFunc(stands, a.Equal) {
			plan.Withdrawn = append(plan.Withdrawn, a)
		}
	}
	wanted := slices.DeleteFunc(slices.Clone(want.Want), func(a provision.Access) bool { return slices.ContainsFunc(plan.Withdrawn, a.Equal) })
	if !slices.EqualFunc(stands, wanted, provision.Access.Equal) {
		plan.Statements = []provision.Statement{statement(want, wanted)}
	}
	return plan
}

func statement(s provision.Standing, wanted []provision.Access) provision.Statement {
	return provision.Statement(fmt.Sprintf("grant %v on %s to %s", wanted, s.Asset.Ref, s.Principal.Name))
}

// changed says why what was approved is not what stands.
func (p *Platform) changed(want provision.Standing) error {
	now, stands := p.object(want.Asset.Ref)
	switch {
	case !stands:
		return &provision.RefusedError{What: "asset", Reason: "stands no longer under its name"}
	case now.Object() != want.Asset.Object():
		return &provision.ReplacedError{What: "asset", Reason: "is another object now", Now: now.Object()}
	case p.Logins != nil && !p.Logins(want.Principal.Name):
		return &provision.RefusedError{What: "principal", Reason: "does not exist"}
	case want.Principal.ID != "" && want.Principal.ID != p.id(want.Principal.Name):
		return &provision.ReplacedError{What: "principal", Reason: "is another one now"}
	}
	return nil
}

func (p *Platform) object(ref catalog.Ref) (catalog.Asset, bool) {
	at := slices.IndexFunc(p.objects, func(a catalog.Asset) bool { return a.Ref == ref })
	if at < 0 {
		return catalog.Asset{}, false
	}
	return p.objects[at], true
}

func (p *Platform) id(principal string) string {
	if id := p.ids[principal]; id != "" {
		return id
	}
	return "id of " + principal
}

// pairOf names what a Standing is about. A principal without an ID is the one that
// stands.
func (p *Platform) pairOf(s provision.Standing) string {
	id := s.Principal.ID
	if id == "" {
		id = p.id(s.Principal.Name)
	}
	return s.Principal.Name + " " + id + " " + string(s.Asset.Ref) + " " + s.Asset.ID
}
