package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// noInterns keeps interns from the sales data, whatever the stewards say.
var noInterns = review.Guardrail{
	Name:    "no-interns",
	At:      []catalog.Ref{platformName + ":" + database + ".sales"},
	Require: `!("interns" in beneficiary.groups)`,
	Reason:  "Interns never get at the sales data.",
}

// guarded has a guardrail prevent what was approved.
func (s *stage) guarded(ctx context.Context, entry request.Entry) error {
	heading("Guardrail", "frank, an intern, asks with a better purpose, and both stewards approve")
	req, err := s.engine.Submit(ctx, frank, filled(entry, "the monthly report", "30 DAYS"))
	if err != nil {
		return err
	}
	for _, steward := range []request.Identity{owner, privacy} {
		if _, err := s.engine.Determine(ctx, steward, req.ID, review.Determination{Act: review.Approve}); err != nil {
			return err
		}
	}
	if _, err := s.engine.WaitForGrant(ctx, governance, req.ID); err != nil {
		return err
	}
	if err := s.admitted(ctx, "frank", orders); err != nil {
		return err
	}
	saved := time.Now()
	if _, err := s.engine.Governance().Guardrails.Save(ctx, governance, noInterns); err != nil {
		return err
	}
	say("governance sets the guardrail %s at %s: %s", noInterns.Name, noInterns.At[0], noInterns.Require)
	grant, err := s.untilPrevented(ctx, req)
	if err != nil {
		return err
	}
	say("%d ms later the grant is %s: %s", grant.Gone.Sub(saved).Milliseconds(), grant.State, grant.Prevented)
	if err := s.refused(ctx, "frank", orders); err != nil {
		return err
	}
	if err := s.untilReconciled(ctx); err != nil {
		return err
	}
	return s.prevented(ctx, entry)
}

// untilReconciled waits for the end of the reconciliation that a new guardrail brings.
// Otherwise it would find what happens next on the platform.
func (s *stage) untilReconciled(ctx context.Context) error {
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		events, err := s.engine.Log().Events(ctx, auditor, 0, store.MaxPage)
		if err != nil {
			return err
		}
		saved := slices.IndexFunc(events, func(e store.Event) bool { return e.Type == event.GuardrailSaved.Name() })
		if slices.ContainsFunc(events[max(0, saved):], func(e store.Event) bool { return e.Type == event.ConnectionReconciled.Name() }) {
			return nil
		}
		if time.Now().After(deadline) {
			return errors.New("10 s after the guardrail was saved the connection is not reconciled")
		}
	}
}

// untilPrevented waits until what was given is gone.
func (s *stage) untilPrevented(ctx context.Context, req request.Request) (provision.Grant, error) {
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		all, err := s.engine.Request(ctx, governance, req.ID)
		if err != nil || all.Grant.State == provision.Revoked && all.Grant.Prevented != "" {
			return all.Grant, err
		}
		if time.Now().After(deadline) {
			return all.Grant, fmt.Errorf("10 s after the guardrail was saved the grant is %s", all.Grant.State)
		}
	}
}

// prevented asks again, and has it approved in vain.
func (s *stage) prevented(ctx context.Context, entry request.Entry) error {
	asked := filled(entry, "the monthly report, please", "30 DAYS")
	preview, err := s.engine.Preview(ctx, frank, asked)
	if err != nil {
		return err
	}
	if len(preview.Prevented) != 1 {
		return fmt.Errorf("the preview names %v, want one guardrail", preview.Prevented)
	}
	say("frank's preview of another request: %s", preview.Prevented[0])
	req, err := s.engine.Submit(ctx, frank, asked)
	if err != nil {
		return err
	}
	_, err = s.engine.Determine(ctx, owner, req.ID, review.Determination{Act: review.Approve})
	if !errors.As(err, new(*review.PreventedError)) {
		return fmt.Errorf("an approval that a guardrail prevents: %v", err)
	}
	say("an approval of it is refused: %v", err)
	return s.refused(ctx, "frank", orders)
}
