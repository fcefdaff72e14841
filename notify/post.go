package notify

import (
	"errors"
	"time"

	"github.com/grantwright/grantwright/internal/excerpt"
)

// PostState is how far a post is.
type PostState string

// The states of a post.
const (
	PostPending PostState = "PENDING"
	PostFailed  PostState = "FAILED" // it is not tried again
)

// Post is a notice on its way by one channel. It is deleted when it has arrived; one
// that has failed for good is kept for a while.
type Post struct {
	ID       string    `json:"id"` // of the notice, a slash, and the channel's name
	Channel  string    `json:"channel"`
	Notice   Notice    `json:"notice"`
	State    PostState `json:"state"`
	Made     time.Time `json:"made"`
	Next     time.Time `json:"next,omitzero"` // not before; while PENDING
	Attempts int       `json:"attempts,omitempty"`
	Error    string    `json:"error,omitempty"` // of the last attempt
}

// NewPost is a notice that is to be sent by a channel.
func NewPost(n Notice, channel string, now time.Time) Post {
	return Post{ID: n.ID + "/" + channel, Channel: channel, Notice: n, State: PostPending, Made: now, Next: now}
}

// Failed is the post after an attempt that did not work.
func (p Post) Failed(err error, now time.Time) Post {
	p.Next = now.Add(PostBackoff(p.Attempts))
	p.Attempts++
	p.Error = excerpt.Storable(err.Error(), MaxExcerptBytes)
	if errors.Is(err, ErrPermanent) || now.Sub(p.Made) >= GiveUpAfter {
		p.State, p.Next = PostFailed, time.Time{}
	}
	return p
}

// PostBackoff is how long to wait after a number of attempts that failed before
// the last one: from 15 seconds on, doubling, to half an hour, and less by up to a
// third at random.
func PostBackoff(attempts int) time.Duration {
	return backoff(15*time.Second, 30*time.Minute, attempts)
}
