package grantwright

import (
	"context"
	"errors"
	"time"

	"github.com/grantwright/grantwright/store"
)

// keepHouse does now and then what no task calls for, until ctx ends.
func (e *Engine) keepHouse(ctx context.Context) {
	poll := e.config.Poll
	if poll == 0 {
		poll = store.DefaultPoll
	}
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for {
		if err := errors.Join(e.decisions.Elapse(ctx), e.decisions.RecheckAll(ctx), e.governance.LapseProposals(ctx), e.journal.Place(ctx)); err != nil && ctx.Err() == nil {
			e.journal.Logger.Warn("keeping house is tried again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
