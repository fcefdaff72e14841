package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// explain prints why a request goes its way, as its data stewards see it.
func (s *stage) explain(ctx context.Context, req request.Request) error {
	why, err := s.engine.Explain(ctx, owner, req.ID)
	if err != nil {
		return err
	}
	if !why.Same {
		return errors.New("the request would go another way now, and nothing has changed")
	}
	say("why does it go this way?")
	for _, flow := range why.Flows {
		for _, rule := range flow.Rules {
			say("  rule %q of flow %s:", rule.Rule, flow.Flow.Name)
			for _, part := range rule.Parts {
				say("    %s %s", mark(part.Verdict), part.Words)
				for _, fact := range part.Reads {
					say("        %s: %s", fact.Words, fact.Value)
				}
			}
		}
		say("  so %q of flow %s decides: it %s", flow.Rule, flow.Flow.Name, flow.Says)
	}
	for _, s := range why.Selectors {
		say("  %s %s, of stage %q, is whoever asks this", mark(s.Verdict), s.Selector, s.Stage)
	}
	return nil
}

func mark(v review.Verdict) string {
	switch v {
	case review.Holds:
		return "✓"
	case review.HoldsNot:
		return "✗"
	}
	return "?"
}

// rehearse runs a changed flow over the requests of the story before anybody saves
// it.
func (s *stage) rehearse(ctx context.Context) error {
	heading("Rehearsed", "governance would like a short look to need nobody, and sees first what that would have done")
	flow, err := s.engine.Governance().Flows.Newest(ctx, governance, "sales")
	if err != nil {
		return err
	}
	flow.Rules = slices.Clone(flow.Rules)
	for i := range flow.Rules {
		if flow.Rules[i].Name == "a short look" {
			flow.Rules[i].Then = review.Action{Act: review.Approve}
		}
	}
	replay, err := s.engine.Governance().Replay(ctx, governance, flow, manifest.ReplayQuery{})
	if err != nil {
		return err
	}
	say("run over %d requests, it would have treated %d otherwise:", replay.Looked, len(replay.Differing))
	for _, d := range replay.Differing {
		say("  %s for %s: %s; it would be: %s", d.Asset, d.Beneficiary, d.Was.Says, d.Would.Says)
	}
	if len(replay.Differing) == 0 {
		return fmt.Errorf("the replay finds no request that would go another way: %+v", replay)
	}
	warnings, err := s.engine.Governance().Flows.Lint(ctx, governance, flow)
	for _, w := range warnings {
		say("  careful: %s", w)
	}
	return err
}
