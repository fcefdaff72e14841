package notices

import (
	"cmp"
	"context"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
)

// addRules completes a message by what holds for its asset as it is sent: for whoever works by
// hand the masks, and for whoever is asked to decide the guardrails that prevent the access.
func (no *Notices) addRules(ctx context.Context, m *notify.Message) error {
	switch {
	case m.Request != "" && m.Concern == notify.DoByHand:
		return no.addMasks(ctx, m)
	case m.Request != "" && m.Concern == notify.ToAct && m.Stands == request.Pending:
		return no.addPreventions(ctx, m)
	}
	return nil
}

func (no *Notices) addMasks(ctx context.Context, m *notify.Message) error {
	g, err := records.Grants.Get(ctx, no.Store, journal.GrantID(m.Request))
	if err != nil {
		return err
	}
	m.Masks, err = no.Decisions.Rules.MasksFor(ctx, g.Value.Asset.Ref, g.Value.Asset.Kind, g.Value.Access)
	return err
}

// addPreventions says why nobody can approve. Where that is not known the message is sent
// without it: an approval finds out.
func (no *Notices) addPreventions(ctx context.Context, m *notify.Message) error {
	req, err := records.Requests.Get(ctx, no.Store, m.Request)
	if err != nil {
		return err
	}
	found, err := no.Decisions.Rules.GuardrailChecker().Prevented(ctx, m.Recipient, req.Value)
	if err != nil {
		no.Logger.Warn("it is not known whether guardrails prevent what a message is about", "request", m.Request, "error", err)
		return nil
	}
	for _, p := range found {
		m.Prevented = append(m.Prevented, cmp.Or(p.Reason, string(p.Guardrail)))
	}
	return nil
}
