package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// The tables as the people's SELECT names them.
const (
	orders = "sales.orders"
	backup = "sales.orders_backup"
)

// tell goes through the steps; each one fails if the platform does not agree.
func (s *stage) tell(ctx context.Context) error {
	title("Grantwright quickstart: from a request link to a SELECT that works, and back")
	var entry request.Entry
	var granted, last request.Request
	for _, step := range []func() error{
		func() error { return s.before(ctx) },
		func() error { return s.register(ctx) },
		func() error { return s.govern(ctx) },
		func() (err error) { entry, err = s.follow(ctx); return err },
		func() (err error) { granted, err = s.ask(ctx, entry); return err },
		func() error { return s.explain(ctx, granted) },
		func() error { return s.approve(ctx, granted) },
		func() error { return s.deny(ctx, entry) },
		func() error { return s.routed(ctx) },
		func() error { return s.guarded(ctx, entry) },
		func() (err error) { granted, err = s.overlap(ctx, entry, granted); return err },
		func() error { return s.replaced(ctx, granted) },
		func() error { return s.takenAway(ctx, granted) },
		func() error { return s.revoke(ctx, granted) },
		func() (err error) { last, err = s.expire(ctx, entry); return err },
		func() error { return s.rehearse(ctx) },
		func() error { return s.deliveries(ctx, last) },
		func() error { return s.masked(ctx) },
		func() error { return s.log(ctx) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) before(ctx context.Context) error {
	heading("Before", "a data platform, and eve, who may not read the orders")
	say("PostgreSQL %s on %s, database %s", s.version, s.host(), database)
	return s.refused(ctx, "eve", orders)
}

func (s *stage) register(ctx context.Context) error {
	heading("1", "An administrator registers the platform as a connection")
	ran, err := s.prepare(ctx)
	if err != nil {
		return err
	}
	say("the platform's administrator has run the %d statements of Setup: our role is no superuser, and owns nothing but an empty schema for what is masked", ran)
	if err := s.engine.Connections().Register(ctx, admin, s.connection()); err != nil {
		return err
	}
	synced, err := s.engine.Sync(ctx, admin, platformName+":"+database)
	if err != nil {
		return err
	}
	say("sync has found %d assets in the database %s", synced.Added, database)
	return s.subscribe(ctx)
}

func (s *stage) ask(ctx context.Context, entry request.Entry) (request.Request, error) {
	heading("5", "Eve asks to read it for 30 days")
	form := filled(entry, "the quarterly report", "30 DAYS")
	if err := s.preview(ctx, form); err != nil {
		return request.Request{}, err
	}
	req, err := s.engine.Submit(ctx, eve, form)
	if err != nil {
		return req, err
	}
	say("request %s is %s", req.ID, req.Status)
	for _, a := range req.Agreements {
		say("  it keeps that %s has accepted version %d of %q", a.By, a.Version, a.Name)
	}
	if err := s.told(ctx, req, "request.created"); err != nil {
		return req, err
	}
	plan, err := s.engine.Grants().Plan(ctx, owner, req.ID)
	if err := errors.Join(err, plan.Err); err != nil {
		return req, err
	}
	say("if it is approved, these statements will run:")
	statements(plan.Statements)
	for _, opens := range plan.Opens {
		say("  which opens beside: %s", opens)
	}
	return req, s.refused(ctx, "eve", orders)
}

func (s *stage) approve(ctx context.Context, req request.Request) error {
	heading("6", "The stewards decide: one approves, and the other")
	req, err := s.engine.Determine(ctx, owner, req.ID, review.Determination{Act: review.Approve, Reason: "fine for reporting"})
	if err != nil {
		return err
	}
	say("%s approves: the request is %s", owner.ID, req.Status)
	if err := s.refused(ctx, "eve", orders); err != nil {
		return err
	}
	decided := time.Now()
	if req, err = s.engine.Determine(ctx, privacy, req.ID, review.Determination{Act: review.Approve, Reason: "no personal data in it"}); err != nil {
		return err
	}
	say("%s approves: the request is %s", privacy.ID, req.Status)
	if err := s.told(ctx, req, "request.determined"); err != nil {
		return err
	}
	heading("7", "Access appears by itself")
	grant, err := s.settled(ctx, req, provision.Active)
	if err != nil {
		return err
	}
	say("the grant is %s, %s on the platform, %d ms after the last approval, until %s", grant.State, grant.Known,
		time.Since(decided).Milliseconds(), grant.Ends.Format("2 January 2006 15:04 MST"))
	say("what ran:")
	statements(grant.Ran)
	return s.admitted(ctx, "eve", orders)
}

func (s *stage) deny(ctx context.Context, entry request.Entry) error {
	heading("Denied", "frank asks for the same, and one steward denies")
	req, err := s.engine.Submit(ctx, frank, filled(entry, "curiosity", "ENDLESS"))
	if err != nil {
		return err
	}
	advice, err := s.engine.Assist().Advise(ctx, owner, req.ID)
	if err != nil {
		return err
	}
	say("review assist shows %s how others have decided what is like it: %s", owner.ID, advice.Short())
	if _, err = s.engine.Determine(ctx, owner, req.ID, review.Determination{Act: review.Approve}); err != nil {
		return err
	}
	if req, err = s.engine.Determine(ctx, privacy, req.ID, review.Determination{Act: review.Deny, Reason: "that is no purpose"}); err != nil {
		return err
	}
	say("%s has approved, %s has denied: the request is %s", owner.ID, privacy.ID, req.Status)
	if _, err := s.engine.Determine(ctx, owner, req.ID, review.Determination{Act: review.Approve}); !errors.Is(err, review.ErrDecided) {
		return fmt.Errorf("another approval of a denied request: %v", err)
	}
	say("another approval afterwards is refused: the request is already decided")
	return s.refused(ctx, "frank", orders)
}

func (s *stage) revoke(ctx context.Context, req request.Request) error {
	heading("Revoked", "the report is done, and eve gives her access back")
	if _, err := s.engine.Revoke(ctx, eve, req.ID, "the report is done"); err != nil {
		return err
	}
	grant, err := s.settled(ctx, req, provision.Revoked)
	if err != nil {
		return err
	}
	say("the grant is %s, %s on the platform", grant.State, grant.Known)
	return s.refused(ctx, "eve", orders)
}

func (s *stage) expire(ctx context.Context, entry request.Entry) (request.Request, error) {
	heading("Expired", "eve needs another look, and gets 3 seconds of the minute that she asked for")
	req, err := s.engine.Submit(ctx, eve, filled(entry, "one number was missing", "1 MINUTES"))
	if err != nil {
		return req, err
	}
	req, err = s.engine.Determine(ctx, owner, req.ID, review.Determination{Act: review.Approve, Duration: request.For(3, request.Seconds)})
	if err != nil {
		return req, err
	}
	grant, err := s.settled(ctx, req, provision.Active)
	if err != nil {
		return req, err
	}
	say("approved by one steward, as the flow says for a short look; the grant is %s until %s", grant.State, grant.Ends.Format("15:04:05.000 MST"))
	if err := s.explain(ctx, req); err != nil {
		return req, err
	}
	if err := s.admitted(ctx, "eve", orders); err != nil {
		return req, err
	}
	return s.untilExpired(ctx, req, grant)
}

func (s *stage) untilExpired(ctx context.Context, req request.Request, grant provision.Grant) (request.Request, error) {
	select {
	case <-ctx.Done():
		return req, ctx.Err()
	case <-time.After(time.Until(grant.Ends)):
	}
	for grant.State != provision.Revoked {
		if time.Since(grant.Ends) > 10*time.Second {
			return req, fmt.Errorf("10 s after its end the grant is still %s: %s", grant.State, grant.Error)
		}
		all, err := s.engine.Request(ctx, eve, req.ID)
		if err != nil {
			return req, err
		}
		grant, req = all.Grant, all.Request
		time.Sleep(10 * time.Millisecond)
	}
	say("the request is %s, the grant %s %d ms after its end", req.Status, grant.State, grant.Gone.Sub(grant.Ends).Milliseconds())
	return req, s.refused(ctx, "eve", orders)
}

func (s *stage) log(ctx context.Context) error {
	heading("The log", "what happened, in the order in which it was committed")
	var last int64
	for {
		events, err := s.engine.Log().Events(ctx, auditor, last, store.MaxPage)
		if err != nil {
			return err
		}
		for _, e := range events {
			if last++; e.Number != last {
				return fmt.Errorf("event %d has number %d", last, e.Number)
			}
			say("%3d  %s  %-22s %-25s %s", e.Number, e.At.Format("15:04:05.000"), e.Type, e.By, short(string(e.Data)))
		}
		if len(events) < store.MaxPage {
			return nil
		}
	}
}

// settled waits for the platform, and wants a grant in some state.
func (s *stage) settled(ctx context.Context, req request.Request, want provision.State) (provision.Grant, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	grant, err := s.engine.WaitForGrant(ctx, eve, req.ID)
	if err == nil && grant.State != want {
		err = fmt.Errorf("the grant is %s, want %s: %s", grant.State, want, grant.Error)
	}
	return grant, err
}

// admitted checks on the platform that somebody can read a table.
func (s *stage) admitted(ctx context.Context, login, table string) error {
	rows, err := s.rowsFor(ctx, login, table)
	if err != nil {
		return fmt.Errorf("%s should be able to read %s: %w", login, table, err)
	}
	checked("%s: select count(*) from %s  →  %d", login, table, rows)
	return nil
}

// refused checks on the platform that somebody cannot read a table.
func (s *stage) refused(ctx context.Context, login, table string) error {
	rows, err := s.rowsFor(ctx, login, table)
	if err == nil {
		return fmt.Errorf("%s can read %d rows of %s and should not", login, rows, table)
	}
	if !strings.Contains(err.Error(), "permission denied") {
		return err
	}
	checked("%s: select count(*) from %s  →  %v", login, table, err)
	return nil
}
