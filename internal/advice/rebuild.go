package advice

import (
	"context"

	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/store"
)

// Rebuild has all ledgers and scores made anew from the log. Until they are, advice has less to
// go by.
func (ad *Advice) Rebuild(ctx context.Context) error {
	err := ad.Commit(ctx, func(c *store.Change) error {
		at, err := ad.learner(ctx)
		if err != nil {
			return err
		}
		end, err := store.LastNumber(ctx, ad.Store)
		next := at.Value
		next.Clearing, next.LogEnd = true, max(next.LogEnd, end)
		saveLearner(c, at, next)
		return err
	})
	if err != nil {
		return err
	}
	ad.mu.Lock()
	defer ad.mu.Unlock()
	return ad.learn(ctx)
}

// clearedAtOnce are the records that one commit takes away.
const clearedAtOnce = 200

// clear takes away the next of the ledgers and scores, and begins the log anew when none are
// left.
func (l *learning) clear(ctx context.Context, at store.Stored[records.Learner]) error {
	ledgers, err := records.Ledgers.All(ctx, l.ad.Store, "", clearedAtOnce)
	if err != nil {
		return err
	}
	for _, ledger := range ledgers {
		records.Ledgers.Delete(&l.change, ledger)
	}
	scores, err := records.Scores.All(ctx, l.ad.Store, "", clearedAtOnce)
	if err != nil {
		return err
	}
	for _, score := range scores {
		records.Scores.Delete(&l.change, score)
	}
	next := at.Value
	if len(ledgers) == 0 && len(scores) == 0 {
		next.Clearing, next.After = false, 0
	}
	saveLearner(&l.change, at, next)
	return nil
}
