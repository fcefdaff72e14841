package grantwright

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

const (
	grantTasks = "grants/" // followed by the Ref of the asset
	syncTasks  = "sync/"   // followed by the name of the connection

	reconcileTasks = "reconcile/" // followed by the name of the connection
)

// longLease is how long what goes through a whole connection may take.
const longLease = time.Hour

func grantTask(ref catalog.Ref) store.TaskID { return store.TaskID(grantTasks + string(ref)) }
func syncTask(name string) store.TaskID      { return store.TaskID(syncTasks + name) }
func reconcileTask(name string) store.TaskID { return store.TaskID(reconcileTasks + name) }

func grantOf(id request.ID) provision.GrantID { return provision.GrantID(id) }

func leases(id store.TaskID) time.Duration {
	if strings.HasPrefix(string(id), syncTasks) || strings.HasPrefix(string(id), reconcileTasks) {
		return longLease
	}
	return 0
}

// handle does a task: whatever the records call for when it is done.
func (e *Engine) handle(ctx context.Context, t store.Task) (store.Change, time.Time, error) {
	if ref, is := strings.CutPrefix(string(t.ID), grantTasks); is {
		return e.provision(ctx, catalog.Ref(ref))
	}
	if name, is := strings.CutPrefix(string(t.ID), syncTasks); is {
		return e.periodically(ctx, name, e.periodicSync)
	}
	if name, is := strings.CutPrefix(string(t.ID), reconcileTasks); is {
		return e.periodically(ctx, name, e.periodicReconcile)
	}
	return store.Change{}, time.Time{}, fmt.Errorf("grantwright: task %s is of no kind that this engine knows", t.ID)
}
