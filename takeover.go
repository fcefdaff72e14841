package grantwright

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// mayTakeOver refuses a claim that takes over where the platform cannot take away
// what others gave.
func (c *claiming) mayTakeOver(ctx context.Context) error {
	_, err := c.taker(ctx)
	if err == nil && !c.result.Found.Takes {
		err = c.untaken()
	}
	return err
}

func (c *claiming) untaken() error {
	return fmt.Errorf("%w: connection %s does not take away what %q gave, who can: %s", ErrNoPlatform, c.result.Asset.Connection(), c.result.Found.By, provision.Script(c.result.Found.Undo))
}

func (c *claiming) taker(ctx context.Context) (provision.Taker, error) {
	p, err := c.e.provisioner(ctx, c.result.Asset.Connection())
	if err != nil {
		return nil, err
	}
	taker, is := p.(provision.Taker)
	if !is {
		return nil, c.untaken()
	}
	return taker, nil
}

// takeOver has what others gave taken away, where governance has said so, once our
// own grant works: never before, so that nobody loses what they may keep.
func (c *claiming) takeOver(ctx context.Context) {
	c.e.provisionSoon(request.Request{Asset: c.result.Asset, Status: request.Approved})
	if !c.result.TakeOver {
		return
	}
	if err := c.takeOverNow(ctx); err != nil {
		c.result.Left = err.Error()
	}
}

func (c *claiming) takeOverNow(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.e.config.PlatformTimeout)
	defer cancel()
	req, err := store.Requests.Get(ctx, c.e.config.Store, c.result.Request)
	if err != nil {
		return err
	}
	grant, err := c.e.waitForGrant(ctx, req.Value)
	if err != nil {
		return err
	}
	if grant.State != provision.Active {
		return fmt.Errorf("%w: our grant is %s, and what others gave stays until it works: %s", ErrState, grant.State, grant.Error)
	}
	taker, err := c.taker(ctx)
	if err != nil {
		return err
	}
	outcomes := taker.Take(ctx, []provision.Foreign{*c.result.Found})
	if len(outcomes) != 1 {
		return unasked(c.result.Asset.Connection(), fmt.Errorf("the provisioner answered %d of 1", len(outcomes)))
	}
	if err := outcomes[0].Err; err != nil {
		return unasked(c.result.Asset.Connection(), err)
	}
	c.result.Taken = true
	return c.tellTaken(ctx, grant.ID)
}

// tellTaken records that what others gave is gone.
func (c *claiming) tellTaken(ctx context.Context, id provision.GrantID) error {
	return c.e.change(ctx, func(change *store.Change) error {
		read, err := store.Requests.Get(ctx, c.e.config.Store, c.result.Request)
		if err != nil {
			return err
		}
		req := read.Value
		c.e.tell(change, event.AccessTaken.With(c.told()), c.by.Person(), &req, store.Grants.Subject(id))
		store.Requests.Update(change, read, req)
		return nil
	})
}
