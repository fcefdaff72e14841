package governance

import (
	"bytes"
	"context"
	"errors"
	"maps"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// FileChange is an alteration that a file proposes, and not a person: whoever approves it
// answers for it.
type FileChange interface {
	Alteration
	OfFile()
}

// Furnishing is the proposal to change definitions as a file has changed them.
type Furnishing struct{ Application }

// OfFile says that a file proposes it.
func (*Furnishing) OfFile() {}

// Kind is the kind of its proposals.
func (*Furnishing) Kind() manifest.ProposalKind { return "definitions.furnish" }

// Of says that it concerns many definitions.
func (*Furnishing) Of() (what, name string) { return "definitions", "of the file of the start" }

// CarryOut applies the changes, and notes that the file is carried out so far.
func (a *Furnishing) CarryOut(ctx context.Context, d *Revision) error {
	gov := a.governance
	stored, err := gov.Definitions(ctx)
	if err != nil {
		return err
	}
	var all []said
	for _, k := range gov.Kinds {
		s, err := k.furnishing(ctx, gov, a.Changed, stored)
		if err != nil {
			return err
		}
		all = append(all, s)
	}
	if err := a.Application.CarryOut(ctx, d); err != nil {
		return err
	}
	for _, s := range all {
		now := map[string]records.Said{}
		if len(s.read) > 0 {
			maps.Copy(now, s.read[0].Value.Said)
		}
		for name, digest := range s.digests {
			now[name] = records.Said{Digest: digest, Number: s.heads(d, name)}
		}
		noteSaid(d.C, s.word, s.read, now)
	}
	return nil
}

// ProposeOfFile proposes a change of a file, unless just this was refused.
func (gov *Governance) ProposeOfFile(ctx context.Context, by request.Identity, a FileChange) (manifest.Became, manifest.ProposalID, error) {
	p, err := gov.proposed(ctx, by, a)
	if err != nil {
		return manifest.Conflict, "", err
	}
	refused, err := records.ProposalsByStatus.Newest(ctx, gov.Store, manifest.ProposalRefused, store.Position{}, store.MaxPage)
	if err != nil {
		return manifest.Conflict, "", err
	}
	for _, read := range refused {
		if was := read.Value; was.Kind == p.Kind && was.Based == p.Based && bytes.Equal(was.Body, p.Body) {
			return manifest.WasRefused, was.ID, nil
		}
	}
	err = gov.Propose(ctx, by, a)
	if proposed := (*manifest.ProposedError)(nil); errors.As(err, &proposed) {
		return manifest.Awaits, proposed.Proposal, nil
	}
	return manifest.Saved, "", err
}

// FirstFile reports whether nothing was ever defined or registered, or by the first file
// alone, which is not carried out as a whole yet.
func (gov *Governance) FirstFile(ctx context.Context) (bool, error) {
	open, err := records.Furnishings.Some(ctx, gov.Store, records.FirstFurnished)
	if err != nil || len(open) > 0 {
		return err == nil, err
	}
	any, err := records.Revisions.Some(ctx, gov.Store, records.RevisionKey)
	return len(any) == 0, err
}

// noteSaid writes how a file describes all definitions of a kind, if that is new.
func noteSaid(c *store.Change, word string, read []store.Stored[records.Furnished], now map[string]records.Said) {
	next := records.Furnished{What: word, Said: now}
	switch {
	case len(read) == 0 && len(now) > 0:
		records.Furnishings.Insert(c, next)
	case len(read) > 0 && !maps.Equal(read[0].Value.Said, now):
		records.Furnishings.Update(c, read[0], next)
	}
}
