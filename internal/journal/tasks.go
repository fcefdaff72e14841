package journal

import (
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// The ids of tasks, or how they begin.
const (
	GrantTasks = "grants/" // followed by the Ref of the asset
	SyncTasks  = "sync/"   // followed by the name of the connection
	StopTasks  = "stop/"   // followed by the id of the stop switch
	HookTasks  = "hook/"   // followed by the id of the webhook
	PostTasks  = "post/"   // followed by the name of the channel
	NoticeTask = "tell"    // turns the log into notices
	DigestTask = "digest"  // sends stewards once a day a list of the requests that wait for them

	ReconcileTasks = "reconcile/" // followed by the name of the connection
	MaskTasks      = "masks/"     // the same
	MemberTasks    = "members/"   // followed by the id of the group as a beneficiary
)

// The leases of tasks that take longer than others.
const (
	LongLease   = time.Hour        // of tasks that go through a whole connection
	DigestLease = 15 * time.Minute // of the digest, which reads every pending review
)

// GrantTask is the task that applies the grants of an asset.
func GrantTask(ref catalog.Ref) store.TaskID { return store.TaskID(GrantTasks + string(ref)) }

// SyncTask is the task that syncs the assets of a connection.
func SyncTask(name string) store.TaskID { return store.TaskID(SyncTasks + name) }

// ReconcileTask is the task that reconciles a connection.
func ReconcileTask(name string) store.TaskID { return store.TaskID(ReconcileTasks + name) }

// MaskTask is the task that enforces the masks of a connection.
func MaskTask(name string) store.TaskID { return store.TaskID(MaskTasks + name) }

// MemberTask is the task that carries out which members a group has.
func MemberTask(group request.PersonID) store.TaskID {
	return store.TaskID(MemberTasks + string(group))
}

// StopTask is the task that carries out a stop switch.
func StopTask(id provision.StopID) store.TaskID { return store.TaskID(StopTasks + string(id)) }

// HookTask is the task that calls a webhook.
func HookTask(id notify.WebhookID) store.TaskID { return store.TaskID(HookTasks + string(id)) }

// PostTask is the task that sends the posts of a channel.
func PostTask(channel string) store.TaskID { return store.TaskID(PostTasks + channel) }

// HookCursor is the name of a webhook's cursor.
func HookCursor(id notify.WebhookID) string { return HookTasks + string(id) }

// GrantID is the id of the grant of a request.
func GrantID(id request.ID) provision.GrantID { return provision.GrantID(id) }
