package journal

import (
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

const (
	GrantTasks = "grants/" // followed by the Ref of the asset
	SyncTasks  = "sync/"   // followed by the name of the connection
	StopTasks  = "stop/"   // followed by the id of the stop switch
	HookTasks  = "hook/"   // followed by the id of the webhook
	PostTasks  = "post/"   // followed by the name of the channel
	NoticeTask = "tell"    // of telling people what the log says
	DigestTask = "digest"  // of telling people once a day what waits for them

	ReconcileTasks = "reconcile/" // followed by the name of the connection
	MaskTasks      = "masks/"     // the same
)

const (
	LongLease   = time.Hour        // how long what goes through a whole connection may take
	DigestLease = 15 * time.Minute // how long it may take to find out what waits for whom
)

func GrantTask(ref catalog.Ref) store.TaskID { return store.TaskID(GrantTasks + string(ref)) }

func SyncTask(name string) store.TaskID { return store.TaskID(SyncTasks + name) }

func ReconcileTask(name string) store.TaskID { return store.TaskID(ReconcileTasks + name) }

func MaskTask(name string) store.TaskID { return store.TaskID(MaskTasks + name) }

func StopTask(id provision.StopID) store.TaskID { return store.TaskID(StopTasks + string(id)) }

func HookTask(id notify.WebhookID) store.TaskID { return store.TaskID(HookTasks + string(id)) }

func PostTask(channel string) store.TaskID { return store.TaskID(PostTasks + channel) }

// HookCursor is the name of the lane of a webhook.
func HookCursor(id notify.WebhookID) string { return HookTasks + string(id) }

func GrantID(id request.ID) provision.GrantID { return provision.GrantID(id) }
