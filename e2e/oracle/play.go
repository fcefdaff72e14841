package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/e2e/world"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/pgprovision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// play lets a script happen, and looks whenever it is brought about. It ends at the first
// look that finds something. An error is one of the script or of the machine.
func (s *stage) play(ctx context.Context, script world.Script) ([]world.Disagreement, error) {
	var plants []string
	for _, step := range script {
		statements, fits := s.world.Do(step)
		switch {
		case !fits:
			continue
		case step.Do == world.Plant:
			plants = append(plants, statements...)
		case step.Do == world.BringAbout:
			found, err := s.bringAbout(ctx, plants)
			if err != nil || len(found) > 0 {
				return found, err
			}
			plants = nil
		case step.Do == world.Sync || step.Do == world.Reconcile:
			if err := s.half(ctx, step.Do); err != nil {
				return []world.Disagreement{{Kind: world.EngineErrs, Text: fmt.Sprintf("%s: %v", step, err)}}, nil
			}
		default:
			if err := errors.Join(s.run(ctx, statements...), s.act(ctx, step)); err != nil {
				return nil, fmt.Errorf("%s: %w", step, err)
			}
		}
		s.tally[string(step.Do)]++
	}
	return nil, nil
}

// bringAbout lets the engine see to it that all is as it should be, and compares.
func (s *stage) bringAbout(ctx context.Context, plants []string) ([]world.Disagreement, error) {
	if !s.begun {
		if err := s.begin(ctx); err != nil {
			return nil, err
		}
		s.begun = true
	}
	if err := s.settle(ctx); err != nil {
		return []world.Disagreement{{Kind: world.EngineErrs, Text: err.Error()}}, nil
	}
	if err := s.run(ctx, plants...); err != nil {
		return nil, err
	}
	r, err := s.records(ctx)
	if err != nil {
		return nil, err
	}
	seen, err := s.world.Look(ctx, s.super, s.address)
	if err != nil {
		return nil, err
	}
	return world.Compare(s.world, r, seen), nil
}

// begin runs Setup, as an administrator does who has nothing else to do, and registers the
// platform.
func (s *stage) begin(ctx context.Context) error {
	p, err := pgprovision.Open(ctx, provision.Target{Connection: s.target(), Password: password, Installation: s.name})
	if err != nil {
		return err
	}
	defer func() { _ = p.Close() }()
	steps, err := p.SetupStatements(ctx, s.name)
	if err != nil {
		return err
	}
	for _, step := range steps {
		if err := s.run(ctx, string(step.Statement)); err != nil {
			return err
		}
	}
	if err := s.engine.Connections().Register(ctx, admin, s.target()); err != nil {
		return err
	}
	for _, f := range []review.Flow{open, strict} {
		if _, err := s.engine.Governance().Flows.Save(ctx, governance, f); err != nil {
			return err
		}
	}
	for _, t := range []request.Type{request.DataAccess, request.MaskingException} {
		if _, err := s.engine.Governance().Attachments.Save(ctx, governance, request.Attachment{At: connection, Type: t, Flow: open.Name}); err != nil {
			return err
		}
	}
	return nil
}

// many is more than anybody takes away at once in a world.
const many = 1000

// half lets only a part of it happen: the catalog knows, or the platform is reconciled by
// what it knew.
func (s *stage) half(ctx context.Context, of world.Verb) error {
	if of == world.Sync {
		return s.sync(ctx)
	}
	_, err := s.reconcile(ctx)
	return err
}

func (s *stage) sync(ctx context.Context) error {
	if _, err := s.engine.Sync(ctx, admin, s.ref("")); err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	return nil
}

// settle syncs, brings masks into force and reconciles, until nothing changes any more. Time
// passes, so that what has failed is tried again.
func (s *stage) settle(ctx context.Context) error {
	if err := s.sync(ctx); err != nil {
		return err
	}
	if err := s.engine.Masks().Enforce(ctx, governance, connection); err != nil {
		return fmt.Errorf("masks: %w", err)
	}
	for range 4 {
		if changed, err := s.reconcile(ctx); err != nil {
			return err
		} else if !changed {
			break
		}
	}
	return s.finish(ctx)
}

// reconcile does what is due and reconciles, and reports whether that changed anything: what
// failed for want of another grant is tried again when that one works.
func (s *stage) reconcile(ctx context.Context) (changed bool, err error) {
	before, err := s.states(ctx)
	if err != nil {
		return false, err
	}
	s.clock.Move(store.MaxBackoff)
	if err := s.finish(ctx); err != nil {
		return false, err
	}
	after, err := s.states(ctx)
	if err != nil {
		return false, err
	}
	r, err := s.engine.Reconcile(ctx, governance, connection, provision.Reconcile{MaxRemovals: many})
	switch {
	case err != nil:
		return false, fmt.Errorf("reconcile: %w", err)
	case r.Stopped || r.Doubt != "":
		return false, fmt.Errorf("reconciliation stopped: %s", r.Doubt)
	}
	s.named = r.Findings
	mended := slices.ContainsFunc(r.Findings, func(f provision.Finding) bool { return f.Mended && f.Kind != provision.FoundStricter })
	return mended || !maps.Equal(before, after), nil
}

// states are the states of all grants.
func (s *stage) states(ctx context.Context) (map[provision.GrantID]provision.State, error) {
	all := map[provision.GrantID]provision.State{}
	for after := provision.GrantID(""); ; {
		page, err := records.Grants.All(ctx, s.store, after, store.MaxPage)
		for _, g := range page {
			after = g.Value.ID
			all[after] = g.Value.State
		}
		if err != nil || len(page) < store.MaxPage {
			return all, err
		}
	}
}

// finish does everything that is due.
func (s *stage) finish(ctx context.Context) error {
	for {
		if err := s.engine.Work(ctx); err != nil {
			return err
		}
		tasks, err := store.Tasks.All(ctx, s.store, "", store.MaxPage)
		if err != nil {
			return err
		}
		pending := func(t store.Stored[store.Task]) bool {
			return t.Value.Holder != "" || !t.Value.Due.IsZero() && !t.Value.Due.After(s.clock.Now())
		}
		if !slices.ContainsFunc(tasks, pending) {
			return nil
		}
	}
}

// act has governance say something, or somebody ask.
func (s *stage) act(ctx context.Context, step world.Step) error {
	g := s.engine.Governance()
	var err error
	switch step.Do {
	case world.SaveMask:
		m := catalog.Mask{Name: step.To, At: s.ref(step.On), Columns: step.Names, Tags: step.Tags, How: catalog.MaskHow(step.How)}
		switch m.How {
		case catalog.MaskConstant:
			m.Constant = "0"
		case catalog.MaskLast:
			m.Last = 4
		case catalog.MaskView:
			m.View = s.ref(step.Of[0])
		}
		_, err = g.Masks.Save(ctx, governance, m)
	case world.DropMask:
		err = g.Masks.Delete(ctx, governance, step.To, 1)
	case world.Classify:
		err = s.classify(ctx, step.On)
	case world.Strict:
		_, err = g.Attachments.Save(ctx, governance, request.Attachment{At: s.ref(step.On), Type: request.DataAccess, Flow: strict.Name})
	case world.SaveGuard:
		name := review.GuardrailName(fmt.Sprintf("interns%d", len(s.world.Guards)))
		_, err = g.Guardrails.Save(ctx, governance, review.Guardrail{Name: name, At: []catalog.Ref{s.ref(step.On)}, Require: `!("interns" in beneficiary.groups)`})
	case world.Ask, world.Exempt:
		s.ask(ctx, step)
	case world.Revoke:
		err = s.revoke(ctx, step)
	case world.LetExpire:
		s.clock.Move(5 * 24 * hour)
	}
	return err
}

func (s *stage) classify(ctx context.Context, place string) error {
	c := catalog.Classification{At: s.ref(place), Version: s.version[place]}
	for name, tags := range s.world.Classified[place] {
		c.Columns = append(c.Columns, catalog.ClassifiedColumn{Name: name, Tags: tags})
	}
	saved, err := s.engine.Governance().Classifications.Save(ctx, governance, c)
	s.version[place] = saved.Version
	return err
}

// ask has somebody ask, and the steward decide. The platform and the engine may refuse it.
func (s *stage) ask(ctx context.Context, step world.Step) {
	by := s.identity(step.Who)
	sub := request.Submission{Asset: s.ref(step.On), Beneficiary: by.Person(), Answers: request.Answers{"purpose": {"to see"}, "duration": {"60 DAYS"}}}
	if by.Kind == request.Group {
		by = lead
	}
	if step.Short {
		sub.Answers["duration"] = []string{"2 DAYS"}
	}
	if step.Write {
		sub.Privilege = request.ReadWrite
	}
	sub.Columns = step.Names
	if step.Do == world.Exempt {
		sub.Type = request.MaskingException
	}
	req, err := s.engine.Submit(ctx, by, sub)
	if err != nil {
		s.tally["refused: submit"]++
		return
	}
	if _, known := s.asked[req.ID]; !known {
		s.asked[req.ID] = len(s.world.Asked) - 1
	}
	if req.Status == request.Pending {
		act := review.Approve
		if step.Deny {
			act = review.Deny
		}
		if _, err := s.engine.Determine(ctx, steward, req.ID, review.Determination{Act: act}); err != nil {
			s.tally["refused: determine"]++
		}
	}
}

// revoke ends all that somebody has at a place.
func (s *stage) revoke(ctx context.Context, step world.Step) error {
	for id, at := range s.asked {
		a := s.world.Asked[at]
		if a.Who != step.Who || a.On != step.On {
			continue
		}
		c, err := s.engine.Request(ctx, governance, id)
		if err != nil {
			return err
		}
		if c.Request.Status != request.Approved {
			continue
		}
		if _, err := s.engine.Revoke(ctx, governance, id, "enough"); err != nil && !errors.Is(err, store.ErrState) { // its time is over by now
			return err
		}
	}
	return nil
}
