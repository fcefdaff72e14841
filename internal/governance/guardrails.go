package governance

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/review"
)

// checkGuardrail says everything that is wrong with a guardrail by itself.
func (gov *Governance) checkGuardrail(ctx context.Context, rail review.Guardrail) error {
	if _, err := review.CompileGuardrail(rail); err != nil {
		return err
	}
	for i, at := range rail.At {
		if _, err := records.Connections.Get(ctx, gov.Store, at.Connection()); err != nil {
			return fmt.Errorf("at[%d]: %w", i, err)
		}
	}
	return nil
}
