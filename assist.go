package grantwright

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/internal/advice"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/assist"
)

// Assist puts in front of data stewards how others have determined what is like the request
// before them. It decides nothing.
type Assist struct{ e *Engine }

// Assist returns the review assist of the engine.
func (e *Engine) Assist() Assist { return Assist{e} }

// Advise advises somebody who may decide on a request now, and keeps what they were shown, and
// since when. Where administrators have switched it off on the connection, the error wraps
// store.ErrState. What it costs does not depend on how much was determined before.
func (a Assist) Advise(ctx context.Context, by request.Identity, id request.ID) (assist.Advice, error) {
	if err := by.CheckActs("be advised on requests"); err != nil {
		return assist.Advice{}, err
	}
	advice, err := a.e.advice.Show(ctx, by, id)
	return advice, a.e.decisions.Alike(ctx, by, id, err)
}

// Shown lists the advice that was shown of a request, and what those did who saw it. It is for
// the data stewards of the request, GOVERNANCE and AUDIT.
func (a Assist) Shown(ctx context.Context, by request.Identity, id request.ID) ([]assist.Shown, error) {
	shown, err := a.e.advice.Kept(ctx, by, id)
	return shown, a.e.decisions.Alike(ctx, by, id, err)
}

// Briefs are the advice in short on those of some requests that the caller may decide on now, at
// most a hundred, by request. One that is not there has none, or is not theirs to decide on.
// They are at most a minute behind, and count as shown to nobody.
func (a Assist) Briefs(ctx context.Context, by request.Identity, ids ...request.ID) (map[request.ID]assist.Brief, error) {
	if err := by.CheckActs("be advised on requests"); err != nil {
		return nil, err
	}
	return a.e.advice.Briefs(ctx, by, ids)
}

// Report says how advice did in a scope, by month, the last so many: assist.Everywhere, or that
// of a connection or a flow. It takes GOVERNANCE, AUDIT or ADMIN.
func (a Assist) Report(ctx context.Context, by request.Identity, scope string, months int) ([]assist.Score, error) {
	if err := permit(by, "read how review assist does", request.Governance, request.Audit, request.Admin); err != nil {
		return nil, err
	}
	if months < 1 || months > advice.MaxMonths {
		return nil, &request.InvalidError{What: "report", Faults: []request.Fault{{Field: "months", Reason: fmt.Sprintf("is %d, must be 1 to %d", months, advice.MaxMonths)}}}
	}
	return a.e.advice.Report(ctx, scope, months)
}

// Rebuild counts all determinations anew from the log. Until that is done, advice has less to
// go by. It takes ADMIN.
func (a Assist) Rebuild(ctx context.Context, by request.Identity) error {
	if err := permit(by, "have review assist learn anew", request.Admin); err != nil {
		return err
	}
	return a.e.advice.Rebuild(ctx)
}
