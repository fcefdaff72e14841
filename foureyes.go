package grantwright

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// FourEyes says when what governance looks after is changed by two people only:
// one proposes the change, and a second one with GOVERNANCE approves it. It covers
// flows, forms, agreements, guardrails, masks, attachments, who is who on a
// connection, and webhooks.
type FourEyes string

// When two people are needed.
const (
	FourEyesIfTwo  FourEyes = ""       // as soon as the Directory knows two people who hold GOVERNANCE, be they disabled or not
	FourEyesAlways FourEyes = "ALWAYS" // also where it knows only one, or cannot say
	FourEyesNever  FourEyes = "NEVER"  // everybody with the permission changes things alone
)

// ProposalPending is how long a proposed change waits for a second person. Then it
// lapses.
const ProposalPending = 30 * 24 * time.Hour

// MaxProposals bounds how many changes wait at the same time.
const MaxProposals = 500

// ErrProposed is wrapped by *ProposedError.
var ErrProposed = errors.New("grantwright: the change awaits a second person")

// ProposedError says that a change was not made yet: it is kept as a proposal,
// until a second person with GOVERNANCE approves it.
type ProposedError struct {
	Proposal store.ProposalID
	What     string // such as flow
	Name     string
}

func (e *ProposedError) Error() string {
	return fmt.Sprintf("%v: %s %q is changed when somebody else with GOVERNANCE approves proposal %s", ErrProposed, e.What, e.Name, e.Proposal)
}

func (e *ProposedError) Unwrap() error { return ErrProposed }

// alteration is one change of what governance looks after. It is kept as JSON
// while it waits, and carried out by whoever may do so alone, or for two.
type alteration interface {
	kind() store.ProposalKind
	of() (what, name string)

	// needs is the permission that whoever wants it must have.
	needs() request.Permission

	// check says what is wrong with it by itself.
	check(ctx context.Context) error

	// differences are what it would change in what stands now.
	differences(ctx context.Context) (manifest.Differences, error)

	// carryOut adds the change to d, or says why it cannot be made.
	carryOut(ctx context.Context, d *defining) error
}

// definitionAlterations are those of definitions.
func (e *Engine) definitionAlterations() []alteration {
	return []alteration{
		&savingFlow{e: e}, &deletingFlow{e: e}, &savingForm{e: e}, &deletingForm{e: e}, &savingAgreement{e: e}, &deletingAgreement{e: e},
		&savingGuardrail{e: e}, &deletingGuardrail{e: e}, &savingMask{e: e}, &deletingMask{e: e}, &classifying{e: e},
		&attaching{e: e}, &applying{e: e},
	}
}

// alterationOf reads the change that a proposal holds.
func (e *Engine) alterationOf(p store.Proposal) (alteration, error) {
	for _, a := range e.alterations() {
		if a.kind() != p.Kind {
			continue
		}
		if err := json.Unmarshal(p.Body, a); err != nil {
			return nil, fmt.Errorf("grantwright: proposal %s cannot be read: %w", p.ID, err)
		}
		return a, nil
	}
	return nil, fmt.Errorf("grantwright: proposal %s is a %s, which this release does not know", p.ID, p.Kind)
}

// alter makes a change, or proposes it where a second person has to see it first:
// then the error is a *ProposedError.
func (e *Engine) alter(ctx context.Context, by request.Identity, a alteration) error {
	if err := a.check(ctx); err != nil {
		return err
	}
	two, err := e.takesTwo(ctx, by)
	if err != nil {
		return err
	}
	if two {
		return e.propose(ctx, by, a)
	}
	return e.define(ctx, by, func(d *defining) error { return a.carryOut(ctx, d) })
}

// takesTwo reports whether changes take two people. Whoever is disabled is one of
// them: otherwise one person would disable the other, and change things alone.
func (e *Engine) takesTwo(ctx context.Context, by request.Identity) (bool, error) {
	switch e.config.FourEyes {
	case FourEyesNever:
		return false, nil
	case FourEyesAlways:
		return true, nil
	}
	governing, _, err := e.everybodyWith(ctx, request.Criterion{Permission: request.Governance})
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

// propose keeps a change that could be made now. What would change nothing is done
// at once: there is nothing to see.
func (e *Engine) propose(ctx context.Context, by request.Identity, a alteration) error {
	p, err := e.proposed(ctx, by, a)
	if err != nil {
		return err
	}
	if p.Based == "" {
		return e.define(ctx, by, func(d *defining) error { return a.carryOut(ctx, d) })
	}
	err = e.change(ctx, func(c *store.Change) error {
		tried := e.defines(new(store.Change), by.Person())
		if err := a.carryOut(ctx, tried); err != nil {
			return err
		}
		if err := errors.Join(tried.checkEffects(ctx), tried.checkUses(ctx)); err != nil {
			return err
		}
		open, err := store.ProposalsWaiting.Find(ctx, e.config.Store, "all", store.Position{}, MaxProposals)
		if err != nil {
			return err
		}
		if len(open) >= MaxProposals {
			return fmt.Errorf("%w: %d proposed changes wait for a second person; decide on some of them first", ErrTooMany, len(open))
		}
		store.Proposals.Insert(c, p)
		e.tell(c, event.ProposalCreated.With(proposalNews(p)), p.By, nil, store.Proposals.Subject(p.ID))
		return e.remember(ctx, c, by)
	})
	if taken := (*store.TakenError)(nil); errors.As(err, &taken) && taken.Name == "open" {
		p.ID, err = store.ProposalID(taken.ID), nil // they have proposed just this before
	}
	if err != nil {
		return err
	}
	return &ProposedError{p.ID, p.What, p.Name}
}

// proposed is the record of a change; without Based it would change nothing.
func (e *Engine) proposed(ctx context.Context, by request.Identity, a alteration) (store.Proposal, error) {
	differences, err := a.differences(ctx)
	if err != nil || len(differences) == 0 {
		return store.Proposal{}, err
	}
	body, err := json.Marshal(a)
	if err != nil {
		return store.Proposal{}, err
	}
	text, err := json.Marshal(differences)
	if err != nil {
		return store.Proposal{}, err
	}
	now := e.now()
	p := store.Proposal{ID: store.ProposalID(e.config.NewID()), Kind: a.kind(), Body: body, By: by.Person(), At: now, Lapses: now.Add(ProposalPending),
		Differences: text, Based: differences.Hash(), Status: store.ProposalPending}
	p.What, p.Name = a.of()
	return p, nil
}

func proposalNews(p store.Proposal) event.Proposal {
	return event.Proposal{Kind: string(p.Kind), What: p.What, Name: p.Name, Text: p.What + " " + p.Name, Reason: p.Reason}
}
