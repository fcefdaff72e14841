package advice

import (
	"context"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// Risk is that of a request by precedent alone, for the stages that read assist.risk: the same
// request has the same risk whichever model a host asks, and no outsider holds up a submission.
// It is empty, which is not known, where administrators have switched review assist off on
// the connection, or where no advice can be made. The request need not be stored yet.
func (ad *Advice) Risk(ctx context.Context, by request.Identity, req request.Request, f review.Facts) string {
	mode, err := ad.mode(ctx, req.Asset.Connection())
	if err == nil && mode == catalog.AssistOff {
		return ""
	}
	var risk string
	if err == nil {
		risk, err = ad.riskOf(ctx, by, req, f)
	}
	if err != nil {
		ad.Logger.Warn("the risk of a request is not known, and its stages apply", "request", req.ID, "error", err)
		return ""
	}
	return risk
}

func (ad *Advice) riskOf(ctx context.Context, by request.Identity, req request.Request, f review.Facts) (string, error) {
	c, err := ad.caseOf(ctx, by, req, f)
	if err != nil {
		return "", err
	}
	a, err := ad.precedent().Advise(ctx, c)
	return string(a.Risk), err
}
