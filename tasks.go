package grantwright

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

const (
	grantTasks = "grants/" // followed by the Ref of the asset
	syncTasks  = "sync/"   // followed by the name of the connection
	stopTasks  = "stop/"   // followed by the id of the stop switch
	hookTasks  = "hook/"   // followed by the id of the webhook
	postTasks  = "post/"   // followed by the name of the channel
	tellTask   = "tell"    // of telling people what the log says
	digestTask = "digest"  // of telling people once a day what waits for them

	reconcileTasks = "reconcile/" // followed by the name of the connection
	maskTasks      = "masks/"     // the same
)

const (
	longLease   = time.Hour        // how long what goes through a whole connection may take
	digestLease = 15 * time.Minute // how long it may take to find out what waits for whom
)

func grantTask(ref catalog.Ref) store.TaskID { return store.TaskID(grantTasks + string(ref)) }
func syncTask(name string) store.TaskID      { return store.TaskID(syncTasks + name) }
func reconcileTask(name string) store.TaskID { return store.TaskID(reconcileTasks + name) }

func maskTask(name string) store.TaskID { return store.TaskID(maskTasks + name) }

func stopTask(id store.StopID) store.TaskID { return store.TaskID(stopTasks + string(id)) }

func hookTask(id notify.WebhookID) store.TaskID { return store.TaskID(hookTasks + string(id)) }

func postTask(channel string) store.TaskID { return store.TaskID(postTasks + channel) }

// hookLane is the name of the lane of a webhook.
func hookLane(id notify.WebhookID) string { return hookTasks + string(id) }

func grantOf(id request.ID) provision.GrantID { return provision.GrantID(id) }

func leases(id store.TaskID) time.Duration {
	if strings.HasPrefix(string(id), syncTasks) || strings.HasPrefix(string(id), reconcileTasks) {
		return longLease
	}
	return 0
}

// carries reports whether a task carries something to a receiver. Those have a
// worker of their own: receivers that do not answer hold up no grant.
func carries(id store.TaskID) bool {
	return id == tellTask || id == digestTask || strings.HasPrefix(string(id), hookTasks) || strings.HasPrefix(string(id), postTasks)
}

// carrierLeases leave time for some calls after each other.
func (c Config) carrierLeases(id store.TaskID) time.Duration {
	switch {
	case strings.HasPrefix(string(id), hookTasks):
		return 4 * c.Webhooks.Timeout()
	case strings.HasPrefix(string(id), postTasks):
		return 4 * postTimeout
	case id == digestTask:
		return digestLease
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
	if name, is := strings.CutPrefix(string(t.ID), maskTasks); is {
		return e.enforce(ctx, name)
	}
	if id, is := strings.CutPrefix(string(t.ID), stopTasks); is {
		return e.sweep(ctx, store.StopID(id))
	}
	if id, is := strings.CutPrefix(string(t.ID), hookTasks); is {
		return e.callWebhook(ctx, notify.WebhookID(id))
	}
	if channel, is := strings.CutPrefix(string(t.ID), postTasks); is {
		return e.carry(ctx, channel)
	}
	switch t.ID {
	case tellTask:
		return e.tellPeople(ctx, t.Attempts)
	case digestTask:
		return e.tellWaiting(ctx)
	}
	return store.Change{}, time.Time{}, fmt.Errorf("grantwright: task %s is of no kind that this engine knows", t.ID)
}
