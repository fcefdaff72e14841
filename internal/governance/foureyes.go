package governance

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// ProposalPending is how long a proposed change waits for a second person. Then it
// lapses.
const ProposalPending = 30 * 24 * time.Hour

// Alteration is one change that governance looks after. It is stored as JSON while
// it waits for a second person.
type Alteration interface {
	// Kind tells it from the other kinds of alterations in a stored proposal.
	Kind() manifest.ProposalKind

	// Of names the definition that it changes.
	Of() (what, name string)

	// Needs is the permission that it takes.
	Needs() request.Permission

	// Check lists its faults that show without the records.
	Check(ctx context.Context) error

	// Differences compares the definitions as they would be with those of now.
	Differences(ctx context.Context) (manifest.Differences, error)

	// CarryOut adds the change to d, or says why it cannot be made.
	CarryOut(ctx context.Context, d *Revision) error
}

// Alter carries out an alteration, or proposes it where a second person has to see
// it first: then the error is a *ProposedError.
func (gov *Governance) Alter(ctx context.Context, by request.Identity, a Alteration) error {
	if err := a.Check(ctx); err != nil {
		return err
	}
	two, err := gov.TakesTwo(ctx, by)
	if err != nil {
		return err
	}
	if two {
		return gov.Propose(ctx, by, a)
	}
	return gov.Define(ctx, by, func(d *Revision) error { return a.CarryOut(ctx, d) })
}

// TakesTwo reports whether changes take two people. A disabled person counts as one
// of them: otherwise one person would disable the other, and change definitions
// alone.
func (gov *Governance) TakesTwo(ctx context.Context, by request.Identity) (bool, error) {
	switch gov.FourEyes {
	case manifest.FourEyesNever:
		return false, nil
	case manifest.FourEyesAlways:
		return true, nil
	}
	governing, _, err := gov.People.EverybodyWith(ctx, request.Criterion{Permission: request.Governance})
	if err != nil {
		return false, err
	}
	who := map[request.PersonID]bool{}
	for _, i := range append(slices.Clip(governing), by) {
		if i.Is(request.Person) && i.Has(request.Governance) {
			who[i.Person()] = true
		}
	}
	return len(who) > 1, nil
}

// Propose stores a proposal of an alteration that could be carried out now. One that
// would change nothing is done at once: there is nothing to see. Else the error is a
// *ProposedError.
func (gov *Governance) Propose(ctx context.Context, by request.Identity, a Alteration) error {
	p, err := gov.proposed(ctx, by, a)
	if err != nil {
		return err
	}
	if p.Based == "" {
		return gov.Define(ctx, by, func(d *Revision) error { return a.CarryOut(ctx, d) })
	}
	var same manifest.ProposalID // that waits already
	err = gov.Change(ctx, func(c *store.Change) error {
		tried := gov.defines(new(store.Change), by.Person())
		if err := a.CarryOut(ctx, tried); err != nil {
			return err
		}
		if err := errors.Join(tried.checkEffects(ctx), tried.checkUses(ctx)); err != nil {
			return err
		}
		open, err := records.ProposalsWaiting.Find(ctx, gov.Store, "all", store.Position{}, manifest.MaxProposals)
		if err != nil {
			return err
		}
		if p.Kind.OfFile() {
			if open, same = gov.replaceOfFile(c, open, by, p); same != "" {
				return nil
			}
		}
		if len(open) >= manifest.MaxProposals {
			return fmt.Errorf("%w: %d proposed changes wait for a second person; decide on some of them first", store.ErrTooMany, len(open))
		}
		records.Proposals.Insert(c, p)
		gov.Emit(c, event.ProposalCreated.With(proposalPayload(p)), p.By, nil, records.Proposals.Subject(p.ID))
		return gov.People.Remember(ctx, c, by)
	})
	if taken := (*store.TakenError)(nil); errors.As(err, &taken) && taken.Name == "open" {
		same, err = manifest.ProposalID(taken.ID), nil // they have proposed just this before
	}
	if err != nil {
		return err
	}
	return &manifest.ProposedError{Proposal: cmp.Or(same, p.ID), What: p.What, Name: p.Name}
}

// proposed is the proposal of an alteration; its Based is empty where it would
// change nothing.
func (gov *Governance) proposed(ctx context.Context, by request.Identity, a Alteration) (manifest.Proposal, error) {
	differences, err := gov.compared(ctx, a)
	if err != nil || len(differences) == 0 {
		return manifest.Proposal{}, err
	}
	body, err := json.Marshal(a)
	if err != nil {
		return manifest.Proposal{}, err
	}
	want, err := wantedBy(ctx, a)
	if err != nil {
		return manifest.Proposal{}, err
	}
	text, err := json.Marshal(gov.WarnInDifferences(ctx, differences, want))
	if err != nil {
		return manifest.Proposal{}, err
	}
	now := gov.Now()
	p := manifest.Proposal{ID: manifest.ProposalID(gov.NewID()), Kind: a.Kind(), Body: body, By: by.Person(), At: now, Lapses: now.Add(ProposalPending),
		Differences: text, Based: differences.Hash(), Status: manifest.ProposalPending}
	p.What, p.Name = a.Of()
	return p, nil
}

// proposalPayload is the payload of the events about a proposal.
func proposalPayload(p manifest.Proposal) event.Proposal {
	return event.Proposal{Kind: string(p.Kind), What: p.What, Name: p.Name, Text: p.What + " " + p.Name, Reason: p.Reason}
}
