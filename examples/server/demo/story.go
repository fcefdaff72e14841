package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

const day = 24 * time.Hour

// The people of the story, as the file has them.
func person(id string, groups []string, permissions ...request.Permission) request.Identity {
	return request.Identity{ID: id + "@example.com", Groups: groups, Attributes: map[string][]string{}, Permissions: permissions}
}

var (
	owner = person("sales-owner", []string{"sales-owners"})
	admin = person("admin", []string{}, request.Admin)
)

// chapter is one request, and what becomes of it.
type chapter struct {
	ago      time.Duration // when it is made
	by       string
	asset    catalog.Ref
	purpose  string
	duration string
	then     func(ctx context.Context, p *play, req request.Request) error
}

// play is a story on its way.
type play struct {
	stage  *Stage
	engine *grantwright.Engine
}

// The chapters, the earliest first: their order is that of the clock.
var chapters = []chapter{
	{10 * day, "eve", "warehouse:warehouse.sales.products", "prices of the autumn sale", "1 DAYS", gives},
	{9 * day, "frank", "warehouse:warehouse.finance.invoices", "who has not paid", "90 DAYS", revokes},
	{5 * day, "grace", "warehouse:warehouse.finance.invoices", "I am curious", "1 YEARS", denies},
	{3 * day, "eve", "warehouse:warehouse.sales.orders", "the quarterly report", "90 DAYS", gives},
	{2 * day, "grace", "warehouse:warehouse.sales.customers", "a letter to our customers", "30 DAYS", gives},
	{day, "heidi", "archive:years.old.y2019", "compare with five years ago", "7 DAYS", approves},
	{6 * time.Hour, "heidi", "lake:lake.raw.clicks", "which pages are read", "30 DAYS", fails},
	{2 * time.Hour, "frank", "warehouse:warehouse.sales.orders", "a forecast", "1 YEARS", asksBack},
	{time.Hour, "grace", "warehouse:warehouse.sales.revenue_by_month", "the board meets on Friday", "14 DAYS", leaves},
}

// Play prepares the platforms, and has the requests made and decided, as the clock of the
// engine goes on from ten days ago until now. The engine runs meanwhile.
func (s *Stage) Play(ctx context.Context, engine *grantwright.Engine) error {
	for _, connection := range []string{"warehouse", "lake", "archive"} {
		if connection != "archive" {
			if err := s.prepare(ctx, engine, admin, connection); err != nil {
				return fmt.Errorf("preparing %s: %w", connection, err)
			}
		}
		if _, err := engine.Sync(ctx, admin, catalog.Ref(connection)); err != nil {
			return err
		}
	}
	p, first := &play{stage: s, engine: engine}, request.Request{}
	for i, c := range chapters {
		s.Clock.ago(c.ago)
		req, err := engine.Submit(ctx, person(c.by, []string{"analysts"}), request.Submission{Asset: c.asset, Answers: request.Answers{"purpose": {c.purpose}, "duration": {c.duration}}})
		if err == nil {
			err = c.then(ctx, p, req)
		}
		if i == 0 {
			first = req // whose time is over by now
		}
		if err != nil {
			return fmt.Errorf("%s asks for %s: %w", c.by, c.asset, err)
		}
	}
	s.Clock.ago(0)
	return p.until(ctx, first, func(c grantwright.Case) bool {
		return c.Request.Status == request.Expired && c.Grant.State == provision.Revoked
	})
}

func leaves(context.Context, *play, request.Request) error { return nil }

func approves(ctx context.Context, p *play, req request.Request) error {
	_, err := p.engine.Determine(ctx, owner, req.ID, review.Determination{Act: review.Approve, Reason: "fine for this purpose"})
	return err
}

func gives(ctx context.Context, p *play, req request.Request) error {
	if err := approves(ctx, p, req); err != nil {
		return err
	}
	return p.until(ctx, req, func(c grantwright.Case) bool { return c.Grant.State == provision.Active })
}

func revokes(ctx context.Context, p *play, req request.Request) error {
	if err := gives(ctx, p, req); err != nil {
		return err
	}
	p.stage.Clock.ago(8 * day)
	if _, err := p.engine.Revoke(ctx, owner, req.ID, "the project was stopped"); err != nil {
		return err
	}
	return p.until(ctx, req, func(c grantwright.Case) bool { return c.Grant.State == provision.Revoked })
}

func denies(ctx context.Context, p *play, req request.Request) error {
	_, err := p.engine.Determine(ctx, owner, req.ID, review.Determination{Act: review.Deny, Reason: "invoices are for accounting only"})
	return err
}

func asksBack(ctx context.Context, p *play, req request.Request) error {
	_, err := p.engine.Reviews().Ask(ctx, owner, req.ID, "Would the last two years do?")
	return err
}

// fails takes our login at the lake away, so that what is approved cannot be given.
func fails(ctx context.Context, p *play, req request.Request) error {
	if err := p.stage.asSuperuser(ctx, "postgres", "alter role gw_lake nologin; select pg_terminate_backend(pid) from pg_stat_activity where usename = 'gw_lake'"); err != nil {
		return err
	}
	if err := approves(ctx, p, req); err != nil {
		return err
	}
	return p.until(ctx, req, func(c grantwright.Case) bool { return c.Grant.State == provision.Failed })
}

// until waits until a request is as it should be.
func (p *play) until(ctx context.Context, req request.Request, is func(grantwright.Case) bool) error {
	const patience, look = time.Minute, 50 * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for {
		now, err := p.engine.Request(ctx, owner, req.ID)
		if err != nil {
			return err
		}
		if is(now) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("it is %s, and its grant %s: %s", now.Request.Status, now.Grant.State, now.Grant.Error)
		case <-ticker.C:
		}
	}
}
