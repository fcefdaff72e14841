package governance

import (
	"context"
	"errors"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Furnish saves the definitions that a file has changed since it was carried out last. A
// definition that was changed here meanwhile stays as it is. Where changes take two people,
// those of the file are proposed, but for the first file. What the file keeps for itself becomes
// as the file says, whatever was changed here before.
func (gov *Governance) Furnish(ctx context.Context, by request.Identity, file *manifest.File) ([]manifest.Furnished, error) {
	if err := gov.CheckDefinitions(ctx, file.Definitions()); err != nil {
		return nil, err
	}
	two, err := gov.TakesTwo(ctx, request.Identity{}) // a file is nobody
	if err != nil {
		return nil, err
	}
	for range journal.CommitTries {
		found, err := gov.furnish(ctx, by, file, two)
		if !overtaken(err) {
			return found, err
		}
	}
	return nil, store.ErrConflict
}

// overtaken reports whether others, such as a server that starts at the same time, have saved
// something while it was compared.
func overtaken(err error) bool {
	return errors.As(err, new(*manifest.StaleDiffError)) || errors.As(err, new(*manifest.StaleError))
}

func (gov *Governance) furnish(ctx context.Context, by request.Identity, file *manifest.File, two bool) ([]manifest.Furnished, error) {
	var p furnishingPlan
	var proposes bool
	err := gov.Define(ctx, by, func(d *Revision) (err error) {
		d.OfFile()
		if p, err = gov.planFurnishing(ctx, file.Definitions()); err != nil {
			return err
		}
		if err := d.own(ctx, file); err != nil {
			return err
		}
		first, err := gov.FirstFile(ctx)
		if err != nil {
			return err
		}
		if proposes = two && !first && len(p.changes) > 0; !proposes {
			err = p.save(ctx, d)
		}
		return errors.Join(err, p.note(ctx, d, first))
	})
	if err != nil {
		return p.found, err
	}
	change := &Furnishing{*gov.NewApplication(p.want, p.changes)}
	if !proposes {
		return p.found, gov.WithdrawOfFile(ctx, by, change.Kind(), everyName)
	}
	became, id, err := gov.ProposeOfFile(ctx, by, change)
	if err == nil && became != manifest.Awaits {
		err = gov.WithdrawOfFile(ctx, by, change.Kind(), everyName)
	}
	for i := range p.found {
		if p.found[i].Became == manifest.Saved {
			p.found[i].Became, p.found[i].Proposal = became, id
		}
	}
	return p.found, err
}

func everyName(string) bool { return true }

// said is how a file describes the definitions of one kind, beside how it did last and the
// numbers of the versions that stand.
type said struct {
	word    string
	read    []store.Stored[records.Furnished]
	digests map[string]string
	numbers map[string]int64
	heads   func(d *Revision, name string) int64 // the number of a version that d saves
}

// last is how the file described a definition when it was carried out last.
func (s said) last(name string) (records.Said, bool) {
	if len(s.read) == 0 {
		return records.Said{}, false
	}
	l, is := s.read[0].Value.Said[name]
	return l, is
}

func (s said) becomes(d manifest.Difference) manifest.Became {
	last, is := s.last(d.Name)
	if !is && d.How != manifest.Added {
		return manifest.Conflict
	}
	return last.Becomes(s.digests[d.Name], s.numbers[d.Name])
}

// furnishing reads of one kind what Furnish compares.
func (k *Kind[N, T]) furnishing(ctx context.Context, gov *Governance, file, stored manifest.Definitions) (said, error) {
	s := said{word: k.word(), digests: map[string]string{}, numbers: map[string]int64{}}
	list, err := k.File.List(file)
	stands, unread := k.File.List(stored)
	if err := errors.Join(err, unread); err != nil {
		return s, err
	}
	for _, v := range list {
		s.digests[string(k.name(v))] = manifest.Digest(v)
	}
	for _, v := range stands {
		s.numbers[string(k.name(v))] = int64(k.version(v))
	}
	s.heads = func(d *Revision, name string) int64 { return int64(d.heads[k.need(N(name)).Key()].next.Newest) }
	if k.unversioned() {
		s.heads = func(_ *Revision, name string) int64 { return s.numbers[name] + 1 } // as each store counts its writes
		for name := range s.digests {
			read, err := k.Records.Some(ctx, gov.Store, name)
			if err != nil {
				return s, err
			}
			if len(read) > 0 {
				s.numbers[name] = read[0].Version
			}
		}
	}
	s.read, err = records.Furnishings.Some(ctx, gov.Store, s.word)
	return s, err
}

// furnishingPlan is what a file changes, and what it leaves.
type furnishingPlan struct {
	said    []said
	found   []manifest.Furnished
	changes manifest.Differences // of those that are saved
	want    manifest.Definitions
	differs map[named]manifest.Became
}

func (gov *Governance) planFurnishing(ctx context.Context, file manifest.Definitions) (p furnishingPlan, err error) {
	stored, err := gov.Definitions(ctx)
	if err != nil {
		return p, err
	}
	p.differs = map[named]manifest.Became{}
	of := map[string]said{}
	for _, k := range gov.Kinds {
		s, err := k.furnishing(ctx, gov, file, stored)
		if err != nil {
			return p, err
		}
		p.said, of[s.word] = append(p.said, s), s
	}
	for _, one := range manifest.Diff(stored, stored.With(file)) {
		became := of[one.What].becomes(one)
		if file.Owned != "" {
			became = manifest.Saved
		}
		p.differs[named{one.What, one.Name}] = became
		p.found = append(p.found, manifest.Furnished{What: one.What, Name: one.Name, How: one.How, Became: became})
		if became == manifest.Saved {
			p.changes = append(p.changes, one)
		}
	}
	p.want = stored.With(file.Only(func(what, name string) bool { return p.differs[named{what, name}] == manifest.Saved }))
	return p, nil
}

// save saves what the file has changed.
func (p furnishingPlan) save(ctx context.Context, d *Revision) error {
	if err := d.apply(ctx, p.changes, p.want); err != nil {
		return err
	}
	for _, one := range p.changes {
		delete(p.differs, named{one.What, one.Name})
	}
	for _, s := range p.said {
		for _, one := range p.changes {
			if one.What == s.word {
				s.numbers[one.Name] = s.heads(d, one.Name)
			}
		}
	}
	return nil
}

// note writes down how the file describes what is stored just so. What it holds no more is
// forgotten: it is new where it comes back.
func (p furnishingPlan) note(ctx context.Context, d *Revision, first bool) error {
	for _, s := range p.said {
		now := map[string]records.Said{}
		for name, digest := range s.digests {
			last, is := s.last(name)
			if _, differs := p.differs[named{s.word, name}]; !differs {
				last, is = records.Said{Digest: digest, Number: s.numbers[name]}, true
			}
			if is {
				now[name] = last
			}
		}
		noteSaid(d.C, s.word, s.read, now)
	}
	if !first {
		return nil
	}
	read, err := records.Furnishings.Some(ctx, d.governance.Store, records.FirstFurnished)
	if err == nil && len(read) > 0 {
		records.Furnishings.Delete(d.C, read[0])
	}
	return err
}
