package client

import (
	"context"
	"time"

	"github.com/grantwright/grantwright/client/api"
)

const (
	atServer  = 25 // seconds that the server waits for a platform within one call
	firstLook = time.Second
	lastLook  = 15 * time.Second
)

// Settled reports whether a request needs no waiting any more: it was not approved, or its
// access is there, did not come about, or has ended.
func Settled(c api.Case) bool {
	switch c.Request.Status {
	case "PENDING":
		return false
	case "APPROVED":
		return c.Grant.State != "" && c.Grant.State != "PENDING" && c.Grant.State != "PROVISIONING"
	}
	return true
}

// WaitFor reads a request until it is Settled, and returns it as it is then. It waits as long as
// its context lets it: the error is that of the context then, and comes with the request as
// it was last seen. The access is there if the State of its Grant is ACTIVE.
func (c *Client) WaitFor(ctx context.Context, id string) (api.Case, error) {
	var last api.Case
	for look := firstLook; ; look = min(2*look, lastLook) {
		seen, err := c.Request(ctx, id, api.RequestParams{Wait: atServer})
		if ctx.Err() != nil {
			return last, ctx.Err()
		}
		if err != nil || Settled(seen) {
			return seen, err
		}
		last = seen
		timer := time.NewTimer(look)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return last, ctx.Err()
		}
	}
}
