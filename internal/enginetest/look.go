package enginetest

import (
	"context"
	"iter"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
)

// Setup lists one statement.
func (p *Platform) Setup(context.Context) ([]provision.Statement, error) {
	return []provision.Statement{"create role grantwright"}, nil
}

// Check fills in the ids of what stands.
func (p *Platform) Check(_ context.Context, want provision.Standing) (provision.Standing, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	want.Principal.ID = p.id(want.Principal.Name)
	if now, stands := p.object(want.Asset.Ref); stands && want.Asset.ID == "" {
		want.Asset.ID, want.Asset.Kind, want.Asset.Source.Owner = now.ID, now.Kind, now.Source.Owner
	}
	want.Asset.Through = p.through(want.Asset.Ref)
	if now, stands := p.object(want.Asset.Ref); stands {
		want.Asset.Definition = now.Definition
	}
	if err := p.Refuse[want.Principal.Name]; err != nil {
		return want, err
	}
	return want, p.changed(want)
}

// List lists what stands of ours.
func (p *Platform) List(ctx context.Context, root catalog.Ref) iter.Seq2[provision.Standing, error] {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []provision.Standing
	for _, s := range p.access {
		if len(s.Want) > 0 && root.Covers(s.Asset.Ref) {
			all = append(all, provision.Standing{Principal: s.Principal, Asset: catalog.Asset{Ref: s.Asset.Ref, ID: s.Asset.ID}, Want: s.Want, Act: s.Act, By: s.By})
		}
	}
	return func(yield func(provision.Standing, error) bool) {
		for _, s := range all {
			if !yield(s, ctx.Err()) || ctx.Err() != nil {
				return
			}
		}
	}
}

// through is what is read through an asset.
func (p *Platform) through(ref catalog.Ref) []catalog.Through {
	now, _ := p.object(ref)
	all := now.Through
	for _, part := range p.Parted[ref] {
		all = append(all[:len(all):len(all)], catalog.Through{Way: catalog.ByPartition, Ref: part})
	}
	return catalog.Join(all)
}

// partOf lists what an asset is a partition of.
func (p *Platform) partOf(ref catalog.Ref) []catalog.Ref {
	var wholes []catalog.Ref
	for whole, parts := range p.Parted {
		if slices.Contains(parts, ref) {
			wholes = append(wholes, whole)
		}
	}
	slices.Sort(wholes)
	return wholes
}

// Survey lists the access that others gave.
func (p *Platform) Survey(_ context.Context, root catalog.Ref) iter.Seq2[provision.Foreign, error] {
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

// Take takes away what others gave.
func (p *Platform) Take(_ context.Context, all []provision.Foreign) []provision.Outcome {
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

// Marked returns the mark that stands.
func (p *Platform) Marked(context.Context) (provision.Mark, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.Stamped, nil
}

// Identify says which platform it is.
func (p *Platform) Identify(context.Context) (provision.Identity, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.Self
	now.Mark = p.Stamped
	return now, nil
}

// Mark puts a mark in the place of another.
func (p *Platform) Mark(_ context.Context, was, m provision.Mark) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.Stamped != was {
		return provision.ErrMarked
	}
	p.Stamped = m
	return nil
}

// Assets lists the objects.
func (p *Platform) Assets(context.Context, catalog.Ref) iter.Seq2[catalog.Asset, error] {
	p.mu.Lock()
	defer p.mu.Unlock()
	objects := slices.Clone(p.objects)
	for i, o := range objects {
		objects[i].Through, objects[i].PartOf, objects[i].Definition = p.through(o.Ref), append(p.partOf(o.Ref), o.PartOf...), ""
	}
	return func(yield func(catalog.Asset, error) bool) {
		for _, a := range objects {
			if !yield(a, nil) {
				return
			}
		}
	}
}
