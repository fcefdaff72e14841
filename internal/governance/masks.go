package governance

import (
	"context"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/request"
)

// checkMask says everything that is wrong with a mask by itself, and whether it is
// on a connection that is known.
func (gov *Governance) checkMask(ctx context.Context, m catalog.Mask) error {
	return gov.checkDeclared(ctx, "mask", m.At, m.Faults())
}

func (gov *Governance) checkClassification(ctx context.Context, c catalog.Classification) error {
	return gov.checkDeclared(ctx, "classification", c.At, c.Faults())
}

func (gov *Governance) checkDeclared(ctx context.Context, what string, at catalog.Ref, found []catalog.Fault) error {
	if len(found) == 0 {
		_, err := records.Connections.Get(ctx, gov.Store, at.Connection())
		return err
	}
	invalid := &request.InvalidError{What: what}
	for _, f := range found {
		invalid.Faults = append(invalid.Faults, request.Fault{Field: f.Field, Reason: f.Reason})
	}
	return invalid
}
