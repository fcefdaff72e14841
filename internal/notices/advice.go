package notices

import (
	"context"

	"github.com/grantwright/grantwright/internal/decisions"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/assist"
)

// advise adds advice in short to the notices that ask people to decide: it is made once of an
// event, however many they are. Without it they are told all the same.
func (no *Notices) advise(ctx context.Context, about decisions.EventSubject, notices []notify.Notice) error {
	var advice *notify.AdviceBrief
	for i, n := range notices {
		if n.Concern != notify.ToAct || about.Request == nil || about.Request.Status != request.Pending {
			continue
		}
		if advice == nil {
			b, is, err := no.Advice.Brief(ctx, n.Request)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				no.Logger.WarnContext(ctx, "people are told without advice", "request", n.Request, "error", err)
			}
			if err != nil || !is || b.Risk == assist.Undetermined {
				return nil
			}
			advice = &notify.AdviceBrief{Recommendation: string(b.Recommendation), Duration: b.Duration, Risk: string(b.Risk), Denial: b.Number}
		}
		notices[i].Advice = advice
	}
	return nil
}
