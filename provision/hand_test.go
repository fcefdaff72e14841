package provision_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// A task has its time from when it came up, and people are reminded of it then and
// every day, until it is done.
func TestTask(t *testing.T) {
	t.Parallel()
	give, take := 48*time.Hour, 24*time.Hour
	g := in(provision.Pending, provision.Manual)
	if next := g.Next(); next.After(approved) {
		t.Errorf("people are told of it at %v only", next)
	}
	g = g.Assign(approved, give, take)
	if g.Task.Due != approved.Add(give) || g.Next() != g.Task.Due || g.Assign(approved.Add(1), give, take).Task != g.Task {
		t.Errorf("assigned: %+v, next %v", g.Task, g.Next())
	}
	if early := g.Remind(g.Task.Due.Add(-1)); !early.Task.Reminded.IsZero() || early.Task.Overdue(g.Task.Due.Add(-1)) {
		t.Errorf("reminded before its time: %+v", early.Task)
	}
	g = g.Remind(g.Task.Due)
	if g.Task.Reminded != g.Task.Due || !g.Task.Overdue(g.Task.Due) || g.Next() != g.Task.Due.Add(provision.RemindEvery) {
		t.Errorf("reminded: %+v, next %v", g.Task, g.Next())
	}
	at := g.Task.Due.Add(time.Hour)
	failed := g.Attested(provision.Attestation{By: "admin", At: at, Note: "closed"}, backoff)
	if failed.State != provision.Failed || failed.Error != "closed" || failed.Task != g.Task {
		t.Errorf("failed: %s, %q, %+v", failed.State, failed.Error, failed.Task)
	}
	done := failed.Attested(provision.Attestation{By: "admin", At: at, Done: true}, backoff)
	if done.State != provision.Active || done.Known != provision.Attested || done.Task != (provision.Task{}) || done.Assign(at, give, take).Task != done.Task {
		t.Errorf("done: %+v", done)
	}
	ended := done.End(request.Revoked).Assign(at, give, take)
	if ended.Task.Due != at.Add(take) || ended.NextToTake() != (time.Time{}) {
		t.Errorf("to take: %+v, %v", ended.Task, ended.NextToTake())
	}
	if auto := in(provision.Pending, provision.Auto); auto.Assign(at, give, take).Task != auto.Task {
		t.Error("what a provisioner does was given to a person")
	}
}

// What should stand is what stands of others, and what the grant itself gives.
func TestHanded(t *testing.T) {
	t.Parallel()
	other := in(provision.Active, provision.Manual)
	other.ID, other.Access = "8", provision.Access{Privilege: request.ReadWrite}
	elsewhere := other
	elsewhere.ID, elsewhere.Principal.Name = "9", "frank"
	pending := in(provision.Pending, provision.Manual)
	pending.ID, pending.Access = "10", provision.Access{Privilege: request.Read, Columns: []string{"id"}}
	others := []provision.Grant{other, elsewhere, pending}
	read, write := provision.Access{Privilege: request.Read}, provision.Access{Privilege: request.ReadWrite}
	for _, tt := range []struct {
		name string
		of   provision.Grant
		want []provision.Access
	}{
		{"to give", in(provision.Pending, provision.Manual), []provision.Access{read, write}},
		{"to take", in(provision.Revoking, provision.Manual), []provision.Access{write}},
	} {
		same(t, tt.name, tt.want, tt.of.Handed(append(others, tt.of)).Want)
	}
	ending := in(provision.Revoking, provision.Manual)
	if ending.Covered(others) {
		t.Error("another privilege covers it")
	}
	other.Access = read
	if !ending.Covered([]provision.Grant{ending, other}) || ending.Covered([]provision.Grant{ending}) || other.Covered([]provision.Grant{other}) {
		t.Error("only another grant that gives the same covers what ends")
	}
}

func TestByHandRunsNothing(t *testing.T) {
	t.Parallel()
	p := provision.ByHand(func(context.Context, provision.Standing) provision.Plan {
		return provision.Plan{Statements: []provision.Statement{"grant"}}
	})
	want := make([]provision.Standing, 2)
	for _, o := range p.Apply(t.Context(), want) {
		if !errors.Is(o.Err, provision.ErrWaiting) {
			t.Errorf("got %v", o.Err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	if plans := p.Plan(ctx, want); len(plans) != 2 || plans[1].Err != nil || len(plans[1].Statements) != 1 {
		t.Errorf("got %+v", plans)
	}
	cancel()
	if plans := p.Plan(ctx, want); len(plans) != 2 || plans[1].Err == nil {
		t.Errorf("canceled: %+v", plans)
	}
	for how, p := range map[provision.Method]provision.Platform{
		provision.Manual: {}, provision.Webhook: {How: provision.Webhook},
		provision.Auto: {Provisioner: func(context.Context, provision.Target) (provision.Provisioner, error) { return nil, nil }},
	} {
		if got := p.Method(); got != how {
			t.Errorf("is done %s, want %s", got, how)
		}
	}
}
