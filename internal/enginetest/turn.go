package enginetest

import (
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// Fail makes every change fail, or work again.
func (p *Platform) Fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fail = err
}

// OtherWays makes other ways in, for everybody.
func (p *Platform) OtherWays(ways ...provision.Path) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ways = ways
}

// Break makes an asset one that nobody can use, by itself or as a part of a container; with
// no reason it can be used again.
func (p *Platform) Break(ref catalog.Ref, why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.broken[ref] = why; why == "" {
		delete(p.broken, ref)
	}
}

// gaps are the parts of a Standing that nobody can use, and an error where all are.
func (p *Platform) gaps(s provision.Standing) (provision.Gaps, error) {
	var all []provision.Gap
	if why, broken := p.broken[s.Asset.Ref]; broken && len(s.Want) > 0 {
		return provision.Gaps{}, &provision.LackingError{Principal: s.Principal.Name, Lacks: []string{why}}
	}
	if p.Useless && slices.ContainsFunc(s.Want, provision.Access.Writes) {
		return provision.Gaps{}, &provision.LackingError{Principal: s.Principal.Name, Lacks: []string{"cannot be written to"}, Of: provision.Access.Writes}
	}
	for _, a := range s.Below {
		if why, broken := p.broken[a.Ref]; broken && len(s.Want) > 0 {
			all = append(all, provision.Gap{Part: string(a.Ref), Reason: why})
		}
	}
	if len(all) > 0 && len(all) == len(s.Below) {
		return provision.Gaps{}, fmt.Errorf("nothing of it works: %v", all)
	}
	return provision.GapsOf(all, 0), nil
}

// Add makes an asset that the next sync finds.
func (p *Platform) Add(a catalog.Asset) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.objects = append(p.objects, a)
}

// Stand puts other objects in the place of all.
func (p *Platform) Stand(objects ...catalog.Asset) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.objects = objects
}

// Replace puts another object in the place of one.
func (p *Platform) Replace(ref catalog.Ref, id, owner string) {
	p.change(ref, func(a *catalog.Asset) { a.ID, a.Source.Owner = id, owner })
}

// Describe changes the comment on an object.
func (p *Platform) Describe(ref catalog.Ref, comment string) {
	p.change(ref, func(a *catalog.Asset) { a.Source.Comment = comment })
}

// Rename gives a column of an object another name.
func (p *Platform) Rename(ref catalog.Ref, column, to string) {
	p.change(ref, func(a *catalog.Asset) {
		a.Columns = slices.Clone(a.Columns)
		for i, c := range a.Columns {
			if c.Name == column {
				a.Columns[i].Name = to
			}
		}
	})
}

// Reach sets what is read or touched through an object.
func (p *Platform) Reach(ref catalog.Ref, through ...catalog.Through) {
	p.change(ref, func(a *catalog.Asset) { a.Through = through })
}

// Own changes the owner of an object.
func (p *Platform) Own(ref catalog.Ref, by string) {
	p.change(ref, func(a *catalog.Asset) { a.Source.Owner = by })
}

func (p *Platform) change(ref catalog.Ref, f func(*catalog.Asset)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.objects {
		if p.objects[i].Ref == ref {
			f(&p.objects[i])
		}
	}
}

// Renew puts another principal in the place of one.
func (p *Platform) Renew(principal, id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ids[principal] = id
}

// Answer has a platform of another id answer, which is the same otherwise.
func (p *Platform) Answer(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.Self.ID = id
}

// Set makes something stand for a principal, past everybody.
func (p *Platform) Set(principal string, ref catalog.Ref, id string, access ...provision.Access) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := provision.Standing{Asset: catalog.Asset{Ref: ref, ID: id}, Want: access}
	s.Principal.Name, s.Principal.ID = principal, p.id(principal)
	p.access[p.pairOf(s)] = s
}

// LetIn has somebody let a principal into what is ours on an object, by an act of theirs.
func (p *Platform) LetIn(by, principal string, ref catalog.Ref, id string, access ...provision.Access) {
	p.Set(principal, ref, id, access...)
	p.mu.Lock()
	defer p.mu.Unlock()
	s := provision.Standing{Asset: catalog.Asset{Ref: ref, ID: id}, Want: access, By: by}
	s.Principal.Name, s.Principal.ID = principal, p.id(principal)
	p.acts++
	s.Act = int64(p.acts)
	p.access[p.pairOf(s)] = s
}

// On is what stands for a principal on an object.
func (p *Platform) On(principal string, ref catalog.Ref, id string) []provision.Access {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := provision.Standing{Asset: catalog.Asset{Ref: ref, ID: id}}
	s.Principal.Name, s.Principal.ID = principal, p.id(principal)
	return p.access[p.pairOf(s)].Want
}

// Allows reports whether a principal has access to what stands under a name.
func (p *Platform) Allows(principal string, ref catalog.Ref) bool {
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

// FailMasks makes masking fail, or work again.
func (p *Platform) FailMasks(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unshown = err
}

// Gave has somebody else give access.
func (p *Platform) Gave(by, principal string, ref catalog.Ref, takes bool, privilege request.Privilege) {
	p.mu.Lock()
	defer p.mu.Unlock()
	asset, _ := p.object(ref)
	p.foreign = append(p.foreign, provision.Foreign{Principal: request.Principal{Name: principal, ID: p.id(principal)}, Asset: asset, By: by,
		Rights: []string{"SELECT"}, Access: provision.Access{Privilege: privilege}, Takes: takes, Undo: []provision.Statement{"undo it"}, Remark: "amounts to nothing"})
}

// Others is the access that others gave.
func (p *Platform) Others() []provision.Foreign {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.foreign)
}

// Acts counts the calls of Apply that changed something.
func (p *Platform) Acts() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.acts
}

// Covers lists what the last call covered below a container.
func (p *Platform) Covers(container catalog.Ref) []catalog.Ref {
	p.mu.Lock()
	defer p.mu.Unlock()
	var refs []catalog.Ref
	for _, s := range p.access {
		if s.Asset.Ref == container {
			for _, a := range s.Below {
				refs = append(refs, a.Ref)
			}
		}
	}
	return refs
}

// Access is what a principal has on what stands under a name.
func (p *Platform) Access(principal string, ref catalog.Ref) []provision.Access {
	now, _ := p.at(ref)
	return p.On(principal, ref, now.ID)
}

// TakeAway has somebody else take away what a principal has on what stands under a name.
func (p *Platform) TakeAway(principal string, ref catalog.Ref) {
	now, _ := p.at(ref)
	p.Set(principal, ref, now.ID)
}

// at is object under the lock.
func (p *Platform) at(ref catalog.Ref) (catalog.Asset, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.object(ref)
}
