package notices

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/grantwright/grantwright/internal/journal"
	"github.com/grantwright/grantwright/internal/records"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/store"
)

// sending is a post that is sent once.
type sending struct {
	notify.Post
	outcome atomic.Pointer[error] // nil until it was sent
	saved   bool
}

// sendAll sends some posts, a few at once, while the lease lasts, and commits the outcomes
// in sets. The error is that of the store.
func (no *Notices) sendAll(ctx context.Context, channel notify.Channel, due []store.Stored[notify.Post]) error {
	all := make([]*sending, len(due))
	for i, post := range due {
		all[i] = &sending{Post: post.Value}
	}
	saving := context.WithoutCancel(ctx)
	return journal.InSets(postsSaved, func() { no.sendSome(ctx, channel, all) }, func(bool) error {
		ctx, cancel := context.WithTimeout(saving, PostTimeout/2)
		defer cancel()
		return no.savePosts(ctx, all)
	})
}

func (no *Notices) sendSome(ctx context.Context, channel notify.Channel, all []*sending) {
	slots := make(chan struct{}, postParallel)
	var calling sync.WaitGroup
	for _, s := range all {
		slots <- struct{}{}
		calling.Go(func() {
			defer func() { <-slots }()
			if deadline, limited := ctx.Deadline(); ctx.Err() != nil || limited && time.Until(deadline) <= PostTimeout/2 {
				return
			}
			if err := no.send(ctx, channel, s.Post); err == nil || ctx.Err() == nil {
				s.outcome.Store(&err)
			} // else it may have left; the next holder of the lease sends it again
		})
	}
	calling.Wait()
}

// savePosts commits the outcomes that were not saved so far: a post that has arrived is
// deleted.
func (no *Notices) savePosts(ctx context.Context, all []*sending) error {
	outcomes, ids := map[string]error{}, []string(nil)
	var unsaved []*sending
	for _, s := range all {
		if err := s.outcome.Load(); err != nil && !s.saved {
			outcomes[s.ID], ids, unsaved = *err, append(ids, s.ID), append(unsaved, s)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	err := no.Commit(ctx, func(c *store.Change) error {
		read, err := records.Posts.Some(ctx, no.Store, ids...)
		for _, post := range read {
			no.savePost(c, post, outcomes[post.Value.ID])
		}
		return err
	})
	for _, s := range unsaved {
		s.saved = err == nil
	}
	return err
}

func (no *Notices) savePost(c *store.Change, read store.Stored[notify.Post], sent error) {
	if sent == nil {
		records.Posts.Delete(c, read)
		return
	}
	post := read.Value.Failed(sent, no.Now())
	if post.State == notify.PostFailed {
		no.Logger.Warn("a notice was not delivered, and is not tried again", "channel", post.Channel, "notice", post.Notice.ID, "to", post.Notice.To, "error", post.Error)
	}
	records.Posts.Update(c, read, post)
}
