package main

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// overlap gives eve a second grant on the table, and ends the first.
func (s *stage) overlap(ctx context.Context, entry request.Entry, first request.Request) (request.Request, error) {
	heading("Overlap", "eve asks again, for 90 days, and gives back what she had: what the second grant needs stays")
	second, err := s.engine.Submit(ctx, eve, filled(entry, "the report is quarterly", "90 DAYS"))
	if err != nil {
		return second, err
	}
	for _, steward := range []request.Identity{owner, privacy} {
		if second, err = s.engine.Determine(ctx, steward, second.ID, review.Determination{Act: review.Approve, Reason: "as before"}); err != nil {
			return second, err
		}
	}
	if _, err := s.settled(ctx, second, provision.Active); err != nil {
		return second, err
	}
	if _, err := s.engine.Revoke(ctx, eve, first.ID, "the longer one will do"); err != nil {
		return second, err
	}
	grant, err := s.settled(ctx, first, provision.Revoked)
	if err != nil {
		return second, err
	}
	say("the first grant is %s, %s on the platform", grant.State, grant.Known)
	return second, s.admitted(ctx, "eve", orders)
}

// swap builds the orders anew beside the old ones and puts them in their place, as
// tools that transform data do. What was granted stays with the old table.
const swap = `
	begin;
	create table sales.orders_new as select * from sales.orders;
	alter table sales.orders rename to orders_backup;
	alter table sales.orders_new rename to orders;
	commit`

// replaced heals what went with an object that was made anew.
func (s *stage) replaced(ctx context.Context, req request.Request) error {
	heading("Drift", "the table is built anew and swapped in overnight: what was granted stays with the backup")
	if err := s.asSuperuser(ctx, database, swap); err != nil {
		return err
	}
	if err := s.refused(ctx, "eve", orders); err != nil {
		return err
	}
	if err := s.admitted(ctx, "eve", backup); err != nil {
		return err
	}
	if err := s.reconcile(ctx, provision.FoundReplaced); err != nil {
		return err
	}
	grant, err := s.settled(ctx, req, provision.Active)
	if err != nil {
		return err
	}
	say("the grant is %s again, until %s as before", grant.State, grant.Ends.Format("2 January 2006"))
	if err := s.admitted(ctx, "eve", orders); err != nil {
		return err
	}
	return s.refused(ctx, "eve", backup)
}

// takeAway ends a membership of eve's behind our back.
const takeAway = `
	do $$ begin
		execute (select format('revoke %I from eve granted by grantwright', roleid::regrole::text)
			from pg_auth_members where member = 'eve'::regrole and grantor = 'grantwright'::regrole);
	end $$`

// takenAway leaves alone what someone has taken away on the platform.
func (s *stage) takenAway(ctx context.Context, req request.Request) error {
	heading("Drift", "the platform's administrator takes eve's access away, without a word")
	if err := s.asSuperuser(ctx, database, takeAway); err != nil {
		return err
	}
	if err := s.reconcile(ctx, provision.FoundSuspended); err != nil {
		return err
	}
	if err := s.refused(ctx, "eve", orders); err != nil {
		return err
	}
	grant, err := s.engine.Grants().Resume(ctx, governance, provision.GrantID(req.ID), "it was a mistake")
	if err != nil {
		return err
	}
	say("governance looks into it, and resumes the grant: it is %s", grant.State)
	if _, err := s.settled(ctx, req, provision.Active); err != nil {
		return err
	}
	return s.admitted(ctx, "eve", orders)
}

// reconcile compares what stands with what should, as happens by itself every
// hour, and wants to find one thing.
func (s *stage) reconcile(ctx context.Context, want provision.FindingKind) error {
	found, err := s.engine.Reconcile(ctx, governance, platformName, provision.Reconcile{})
	if err != nil {
		return err
	}
	for _, f := range found.Findings {
		say("reconciliation finds %s: %s on %s, %s", f.Kind, f.Principal, f.Asset, f.Detail)
	}
	if len(found.Findings) != 1 || found.Findings[0].Kind != want {
		return fmt.Errorf("reconciliation found %+v, want one of %s", found.Findings, want)
	}
	return nil
}
