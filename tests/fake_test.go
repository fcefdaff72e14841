package tests

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

var errPlatform = errors.New("the platform is down")

// fakePlatform gives and takes access in memory, tells all that a provisioner may
// tell, and can be made to fail and to drift.
type fakePlatform struct {
	mu      sync.Mutex
	objects []catalog.Asset               // what stands, containers first
	access  map[string]provision.Standing // by principal and object: Want is what stands
	ids     map[string]string             // of principals that were made anew
	mark    provision.Mark
	fail    error                  // what Apply says while it is set
	refuse  map[string]error       // what Check says of a principal
	shown   map[catalog.Ref]string // what shows assets masked, as it was last asked for
	unshown error                  // why nothing can be masked, while it is set
	ways    []provision.Path       // how everybody gets in otherwise
	acts    int                    // calls of Apply that changed something
	before  func()                 // called before anything is done
	foreign []provision.Foreign
	parts   map[catalog.Ref][]catalog.Ref // what is read through an asset
}

const customersTable catalog.Ref = "warehouse:sales.public.customers"

// newFakePlatform holds some objects, or else the sales database of the warehouse.
func newFakePlatform(objects ...catalog.Asset) *fakePlatform {
	if len(objects) == 0 {
		objects = []catalog.Asset{
			{Ref: "warehouse:sales", Kind: catalog.Database, ID: "1"},
			{Ref: "warehouse:sales.public", Kind: catalog.Schema, ID: "2"},
			{Ref: customersTable, Kind: catalog.Table, ID: "4"},
			{Ref: orders, Kind: catalog.Table, ID: "3", Columns: []catalog.Column{{Name: "id"}, {Name: "email"}}},
		}
	}
	return &fakePlatform{access: map[string]provision.Standing{}, ids: map[string]string{}, refuse: map[string]error{}, shown: map[catalog.Ref]string{}, objects: objects}
}

func (p *fakePlatform) Apply(ctx context.Context, want []provision.Standing) []provision.Outcome {
	return provision.Each(p.apply).Apply(ctx, want)
}

func (p *fakePlatform) apply(_ context.Context, want provision.Standing) provision.Outcome {
	if p.before != nil {
		p.before()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	plan := p.plan(want)
	if plan.Err != nil {
		return provision.Outcome{Err: plan.Err, Taken: p.fail == nil}
	}
	next := want
	next.Want = slices.DeleteFunc(slices.Clone(want.Want), func(a provision.Access) bool { return slices.ContainsFunc(plan.Withdrawn, a.Equal) })
	p.access[pairOf(want)] = next
	if len(plan.Statements) > 0 {
		p.acts++
	}
	return provision.Outcome{Withdrawn: plan.Withdrawn, Ran: plan.Statements, Remaining: plan.Paths, Query: plan.Query, Taken: true}
}

// Mask shows each asset under a name of its own.
func (p *fakePlatform) Mask(_ context.Context, want []provision.Masking) []provision.Masked {
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
		case !w.Show.Masked() || w.Off:
			how = ""
		default:
			masked[i].Name = "masked." + w.Asset.Ref.Name()
		}
		if p.shown[w.Asset.Ref] != how {
			p.shown[w.Asset.Ref] = how
			masked[i].Ran = []provision.Statement{provision.Statement("show " + string(w.Asset.Ref))}
		}
	}
	return masked
}

// maskFails makes masking fail, or work again.
func (p *fakePlatform) maskFails(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unshown = err
}

func (p *fakePlatform) Plan(_ context.Context, want []provision.Standing) []provision.Plan {
	p.mu.Lock()
	defer p.mu.Unlock()
	plans := make([]provision.Plan, len(want))
	for i, w := range want {
		plans[i] = p.plan(w)
	}
	return plans
}

// plan is what apply does, without doing it.
func (p *fakePlatform) plan(want provision.Standing) provision.Plan {
	stands := p.access[pairOf(want)].Want
	if p.fail != nil {
		return provision.Plan{Err: p.fail}
	}
	if len(want.Want) > 0 {
		if err := p.changed(want); err != nil {
			return provision.Plan{Err: err}
		}
	}
	plan := provision.Plan{Paths: p.ways}
	if m, is := want.MaskingOf(want.Asset.Ref); is && len(want.Want) > 0 {
		if plan.Query = "masked." + want.Asset.Ref.Name(); p.shown[want.Asset.Ref] == "" || m.Off {
			return provision.Plan{Err: provision.ErrUnmasked}
		}
	}
	for _, a := range want.Given {
		if !slices.ContainsFunc(stands, a.Equal) {
			plan.Withdrawn = append(plan.Withdrawn, a)
		}
	}
	wanted := slices.DeleteFunc(slices.Clone(want.Want), func(a provision.Access) bool { return slices.ContainsFunc(plan.Withdrawn, a.Equal) })
	if !slices.EqualFunc(stands, wanted, provision.Access.Equal) {
		plan.Statements = []provision.Statement{provision.Statement(fmt.Sprint(pairOf(want), " ", wanted))}
	}
	return plan
}

// changed says why what was approved is not what stands.
func (p *fakePlatform) changed(want provision.Standing) error {
	now, stands := p.object(want.Asset.Ref)
	switch {
	case !stands:
		return &provision.RefusedError{What: "asset", Reason: "stands no longer under its name"}
	case now.Object() != want.Asset.Object():
		return &provision.ReplacedError{What: "asset", Reason: "is another object now", Now: now.Object()}
	case want.Principal.ID != "" && want.Principal.ID != p.id(want.Principal.Name):
		return &provision.ReplacedError{What: "principal", Reason: "is another one now"}
	}
	return nil
}

func (p *fakePlatform) object(ref catalog.Ref) (catalog.Asset, bool) {
	at := slices.IndexFunc(p.objects, func(a catalog.Asset) bool { return a.Ref == ref })
	if at < 0 {
		return catalog.Asset{}, false
	}
	return p.objects[at], true
}

func (p *fakePlatform) id(principal string) string {
	if id := p.ids[principal]; id != "" {
		return id
	}
	return "id of " + principal
}

func (p *fakePlatform) Check(_ context.Context, want provision.Standing) (provision.Standing, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	want.Principal.ID = p.id(want.Principal.Name)
	if now, stands := p.object(want.Asset.Ref); stands && want.Asset.ID == "" {
		want.Asset.ID, want.Asset.Kind, want.Asset.Source.Owner = now.ID, now.Kind, now.Source.Owner
	}
	if err := p.refuse[want.Principal.Name]; err != nil {
		return want, err
	}
	return want, p.changed(want)
}

func (p *fakePlatform) List(_ context.Context, root catalog.Ref) iter.Seq2[provision.Standing, error] {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []provision.Standing
	for _, s := range p.access {
		if len(s.Want) > 0 && root.Covers(s.Asset.Ref) {
			all = append(all, provision.Standing{Principal: s.Principal, Asset: catalog.Asset{Ref: s.Asset.Ref, ID: s.Asset.ID}, Want: s.Want})
		}
	}
	return func(yield func(provision.Standing, error) bool) {
		for _, s := range all {
			if !yield(s, nil) {
				return
			}
		}
	}
}

func (p *fakePlatform) Parts(_ context.Context, asset catalog.Asset) ([]catalog.Ref, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.parts[asset.Ref], nil
}

func (p *fakePlatform) Survey(_ context.Context, root catalog.Ref) iter.Seq2[provision.Foreign, error] {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := slices.Clone(p.foreign)
	return func(yield func(provision.Foreign, error) bool) {
		for _, f := range all {
			if root.Covers(f.Asset.Ref) && !yield(f, nil) {
				return
			}
		}
	}
}

func (p *fakePlatform) Take(_ context.Context, all []provision.Foreign) []provision.Outcome {
	p.mu.Lock()
	defer p.mu.Unlock()
	outcomes := make([]provision.Outcome, len(all))
	for i, f := range all {
		if outcomes[i].Err = p.fail; p.fail == nil {
			p.foreign = slices.DeleteFunc(p.foreign, func(o provision.Foreign) bool {
				return o.Asset.Ref == f.Asset.Ref && o.Principal == f.Principal && o.By == f.By
			})
		}
	}
	return outcomes
}

// gave has somebody else give access.
func (p *fakePlatform) gave(by, principal string, ref catalog.Ref, takes bool, privilege request.Privilege) {
	p.mu.Lock()
	defer p.mu.Unlock()
	asset, _ := p.object(ref)
	p.foreign = append(p.foreign, provision.Foreign{Principal: request.Principal{Name: principal, ID: p.id(principal)}, Asset: asset, By: by,
		Rights: []string{"SELECT"}, Access: provision.Access{Privilege: privilege}, Takes: takes, Undo: []provision.Statement{"undo it"}, Remark: "amounts to nothing"})
}

func (p *fakePlatform) Marked(context.Context) (provision.Mark, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mark, nil
}

func (p *fakePlatform) Mark(_ context.Context, was, m provision.Mark) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mark != was {
		return provision.ErrMarked
	}
	p.mark = m
	return nil
}

func (p *fakePlatform) Assets(context.Context, catalog.Ref) iter.Seq2[catalog.Asset, error] {
	p.mu.Lock()
	defer p.mu.Unlock()
	objects := slices.Clone(p.objects)
	return func(yield func(catalog.Asset, error) bool) {
		for _, a := range objects {
			if !yield(a, nil) {
				return
			}
		}
	}
}

func (p *fakePlatform) fails(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fail = err
}

// opens makes other ways in, for everybody.
func (p *fakePlatform) opens(ways ...provision.Path) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ways = ways
}

// add makes an asset that the next sync finds.
func (p *fakePlatform) add(a catalog.Asset) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.objects = append(p.objects, a)
}

// replace puts another object in the place of one.
func (p *fakePlatform) replace(ref catalog.Ref, id, owner string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := slices.IndexFunc(p.objects, func(a catalog.Asset) bool { return a.Ref == ref })
	p.objects[at].ID, p.objects[at].Source.Owner = id, owner
}

// set makes something stand for a principal, past everybody.
func (p *fakePlatform) set(principal string, ref catalog.Ref, id string, access ...provision.Access) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := provision.Standing{Asset: catalog.Asset{Ref: ref, ID: id}, Want: access}
	s.Principal.Name, s.Principal.ID = principal, p.id(principal)
	p.access[pairOf(s)] = s
}

// on is what stands for a principal on an object.
func (p *fakePlatform) on(principal string, ref catalog.Ref, id string) []provision.Access {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := provision.Standing{Asset: catalog.Asset{Ref: ref, ID: id}}
	s.Principal.Name, s.Principal.ID = principal, p.id(principal)
	return p.access[pairOf(s)].Want
}

// Allows reports whether a principal has access to what stands under a name.
func (p *fakePlatform) Allows(principal string, ref catalog.Ref) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, stands := p.object(ref)
	for _, s := range p.access {
		if s.Principal.Name == principal && s.Asset.Ref == ref && s.Asset.ID == now.ID && len(s.Want) > 0 {
			return stands
		}
	}
	return false
}

func pairOf(s provision.Standing) string {
	return s.Principal.Name + " " + s.Principal.ID + " " + string(s.Asset.Ref) + " " + s.Asset.ID
}
