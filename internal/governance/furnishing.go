package governance

import (
	"bytes"
	"context"
	"errors"
	"maps"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Furnishing is the proposal to change definitions as a file has changed them.
type Furnishing struct{ Application }

// Kind is the kind of its proposals.
func (*Furnishing) Kind() manifest.ProposalKind { return "definitions.furnish" }

// Of says that it concerns many definitions.
func (*Furnishing) Of() (what, name string) { return "definitions", "of the file of the start" }

// CarryOut applies the changes, and notes that the file is carried out so far.
func (a *Furnishing) CarryOut(ctx context.Context, d *Revision) error {
	gov := a.governance
	d.OfFile()
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

// ProposeOfFile proposes a change of a file in place of what the file proposed before, unless
// just this was refused.
func (gov *Governance) ProposeOfFile(ctx context.Context, by request.Identity, a Alteration) (manifest.Became, manifest.ProposalID, error) {
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
	for range journal.CommitTries {
		err = gov.Propose(ctx, by, a)
		if taken := (*store.TakenError)(nil); !errors.As(err, &taken) || taken.Name != records.ProposalOfFile {
			break // else another server has proposed another file meanwhile
		}
	}
	if proposed := (*manifest.ProposedError)(nil); errors.As(err, &proposed) {
		return manifest.Awaits, proposed.Proposal, nil
	}
	return manifest.Saved, "", err
}

// WithdrawOfFile withdraws the changes of a kind that a file has proposed, and of which it
// says something else by now.
func (gov *Governance) WithdrawOfFile(ctx context.Context, by request.Identity, kind manifest.ProposalKind, stale func(name string) bool) error {
	return gov.Change(ctx, func(c *store.Change) error {
		open, err := records.ProposalsWaiting.Find(ctx, gov.Store, "all", store.Position{}, manifest.MaxProposals)
		for _, read := range open {
			if read.Value.Kind == kind && stale(read.Value.Name) {
				gov.withdrawOfFile(c, by, read)
			}
		}
		return err
	})
}

func (gov *Governance) withdrawOfFile(c *store.Change, by request.Identity, read store.Stored[manifest.Proposal]) {
	p := read.Value
	p.Status, p.Decider, p.Reason, p.Decided = manifest.ProposalWithdrawn, by.Person(), "its file says something else by now", gov.Now()
	records.Proposals.Update(c, read, p)
	gov.Emit(c, event.ProposalWithdrawn.With(proposalPayload(p)), p.Decider, nil, records.Proposals.Subject(p.ID))
}

// replaceOfFile withdraws what a file has proposed before in the place of a proposal. It
// returns those that are left, and which of them is just the same.
func (gov *Governance) replaceOfFile(c *store.Change, open []store.Stored[manifest.Proposal], by request.Identity, p manifest.Proposal) (left []store.Stored[manifest.Proposal], same manifest.ProposalID) {
	for _, read := range open {
		was := read.Value
		switch {
		case was.Kind != p.Kind || was.Name != p.Name:
		case was.By == p.By && was.Based == p.Based && bytes.Equal(was.Body, p.Body):
			same = was.ID
		default:
			gov.withdrawOfFile(c, by, read)
			continue
		}
		left = append(left, read)
	}
	return left, same
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
