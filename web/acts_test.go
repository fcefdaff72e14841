package web_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// operation is one of the OpenAPI document.
type operation struct{ id, method, path string }

// described are the operations of the document, sorted by path.
func described(t *testing.T) (all []operation) {
	t.Helper()
	text, err := os.ReadFile("testdata/openapi.json")
	must(t, err)
	var document struct {
		Paths map[string]map[string]struct{ OperationID string }
	}
	must(t, json.Unmarshal(text, &document))
	for path, methods := range document.Paths {
		for method, op := range methods {
			all = append(all, operation{op.OperationID, strings.ToUpper(method), strings.TrimPrefix(path, "/api/v1")})
		}
	}
	slices.SortFunc(all, func(a, b operation) int { return strings.Compare(a.path+" "+a.method, b.path+" "+b.method) })
	return all
}

// reachedBy are the operations by which each method of the engine is reached.
var reachedBy = map[string]string{
	"Access.Claim": "claim", "Access.Foreign": "foreign-access", "Access.Of": "person-access", "Access.To": "asset-access",
	"Assets.Asked": "preview", "Assets.Entry": "asset-form", "Assets.Guardrails": "asset-guardrails", "Assets.Outlook": "asset-outlook",
	"Assets.Report": "report-wanted", "Assets.Search": "search-assets", "Assist.Advise": "advise", "Assist.Briefs": "advice-briefs",
	"Assist.Rebuild": "rebuild-advice", "Assist.Report": "advice-report", "Assist.Shown": "shown-advice",
	"Connections.All": "list-connections", "Connections.Connection": "connection", "Connections.Estranged": "list-connections", "Connections.Links": "connection-links", "Connections.PublishLinks": "publish-links",
	"Connections.Health": "connection-health", "Connections.Test": "test-connection", "Grants.Amiss": "failed-grants", "Grants.Shorten": "shorten-grant",
	"Log.Tallies": "figures", "People.Profile": "person", "People.Search": "list-people",
	"Connections.Recognize": "recognize-platform", "Connections.Register": "register-connection", "Connections.Release": "release-principal", "Connections.Relink": "relink-principal",
	"Connections.Setup": "connection-setup", "Connections.SetupScript": "connection-setup",
	"Definitions.At": "form-version", "Definitions.Delete": "delete-form", "Definitions.List": "list-forms", "Definitions.Newest": "form", "Definitions.Save": "save-form", "Definitions.Stands": "save-form",
	"Engine.Batch": "batch", "Engine.Cancel": "cancel", "Engine.Determine": "determine", "Engine.EraseEvidence": "erase-evidence", "Engine.Explain": "explain-request",
	"Engine.Once": "remark", "Engine.Preview": "preview", "Engine.Reconcile": "reconcile-connection", "Engine.Request": "request", "Engine.Requests": "list-requests", "Engine.Resolve": "resolve",
	"Engine.Revoke": "revoke", "Engine.Submit": "submit", "Engine.SubmitBatch": "submit-batch", "Engine.Sync": "sync-connection", "Engine.WaitForGrant": "request",
	"Governance.Apply": "apply-definitions", "Governance.Diff": "diff-definitions", "Governance.Dismiss": "dismiss-wanted", "Governance.Export": "export-definitions", "Governance.Owned": "owned-definitions",
	"Definitions.Lint": "lint-flow", "Governance.Replay": "replay-flow", "Governance.Wanted": "list-wanted",
	"Grants.Attest": "attest", "Grants.Job": "grant-job", "Grants.On": "asset-grants", "Grants.Plan": "plan", "Grants.Resume": "resume-grant", "Grants.Retry": "retry-grant", "Grants.ToDo": "grants-to-do",
	"Inbox.Account": "accounts", "Inbox.Channels": "preferences", "Inbox.Confirm": "confirm-account", "Inbox.Link": "link-account", "Inbox.Linkable": "accounts", "Inbox.Notices": "inbox",
	"Inbox.Prefer": "set-preferences", "Inbox.Preferences": "preferences", "Inbox.See": "see-notice", "Inbox.Unlink": "unlink-account",
	"Log.CloudEvents": "events", "Log.Events": "events", "Log.Find": "events", "Log.FindCloudEvents": "events", "Log.Follow": "events", "Log.Checkpoint": "log-checkpoint", "Log.Consistency": "log-consistency", "Log.Export": "log-export", "Log.Proof": "event-proof", "Log.Story": "request-proof", "Log.Of": "request-events",
	"Masks.Enforce": "enforce-masks", "Masks.Masked": "list-masked", "Masks.Of": "asset-masks", "Masks.Resume": "resume-masks", "Masks.Suspend": "suspend-masks",
	"People.Forget": "forget-person", "People.Lost": "lost-groups", "People.ConfirmLost": "confirm-lost-groups", "People.Relink": "relink-person",
	"Sessions.Of": "sessions", "Sessions.End": "end-session",
	"Tokens.Issue": "issue-token", "Tokens.List": "list-tokens", "Tokens.Revoke": "revoke-token", "Tokens.Exchange": "exchange-code", "Tokens.BeginDevice": "begin-device", "Tokens.PollDevice": "device-token", "Tokens.MaxDays": "issue-token",
	"Proposals.All": "list-proposals", "Proposals.Approve": "approve-proposal", "Proposals.Proposal": "proposal", "Proposals.Refuse": "refuse-proposal", "Proposals.Replay": "replay-proposal", "Proposals.Withdraw": "withdraw-proposal",
	"Reviews.Answer": "remark", "Reviews.Ask": "remark", "Reviews.Asked": "edit-answers", "Reviews.Assign": "assign",
	"Reviews.Comment": "remark", "Reviews.Determine": "determine-many", "Reviews.Dossier": "dossier", "Reviews.Edit": "edit-answers", "Reviews.Emergencies": "list-emergencies", "Reviews.ReviewEmergency": "review-emergency",
	"Reviews.Remarks": "remarks", "Reviews.Remind": "remind", "Reviews.TakeBack": "take-back", "Reviews.Try": "determine-many",
	"StopSwitches.All": "stops", "StopSwitches.Disable": "disable-person", "StopSwitches.DisableUnknown": "disable-person", "StopSwitches.Enable": "enable-person",
	"StopSwitches.FreezeApprovals": "freeze-approvals", "StopSwitches.FreezeConnection": "freeze-connection",
	"StopSwitches.RetireConnection": "retire-connection", "StopSwitches.RevokeAll": "revoke-person", "StopSwitches.ThawApprovals": "thaw-approvals", "StopSwitches.ThawConnection": "thaw-connection",
	"Substitutes.End": "end-substitute", "Substitutes.Mine": "substitute", "Substitutes.Name": "name-substitute",
	"Webhooks.Agree": "agree-webhook", "Webhooks.All": "list-webhooks", "Webhooks.Deliveries": "webhook-deliveries", "Webhooks.Redeliver": "redeliver", "Webhooks.RedeliverSince": "redeliver",
	"Webhooks.Register": "register-webhook", "Webhooks.Remove": "remove-webhook", "Webhooks.Resume": "resume-webhook", "Webhooks.Rotate": "rotate-webhook-secret", "Webhooks.Set": "set-webhook", "Webhooks.Test": "test-webhook", "Webhooks.Webhook": "webhook",
}

// unreached are the methods of the engine that the API does not reach, and why.
var unreached = map[string]string{
	"Assets.Connections": "the tree of the pages; assets name their connection",
	"Engine.Allowed":     "for platforms in the same process: whoever calls it vouches for the principal",
	"Engine.Close":       "the host's", "Engine.Furnish": "the host's", "Engine.Run": "the host's", "Engine.Work": "the host's",
	"Engine.Overdue": "at /readyz", "Engine.Ready": "at /readyz",
	"Governance.Try": "on the page that builds a flow; replay-flow runs it over many requests", "Governance.Matching": "on the page that builds a flow",
	"Grants.Answer": "at /provisioning/answers, by the token of a call", "Grants.Awaits": "at /provisioning/answers, by the token of a call",
	"Inbox.LinkedTo": "for requests that a channel has signed", "Inbox.Messages": "the words of the pages for what inbox returns", "Inbox.ToldBy": "the pages' preview of preferences",
	"People.Find": "at /pick/people, for fields of pages", "People.Groups": "at /pick/groups, for fields of pages", "Log.Await": "at /live, for pages; events streams the log",
	"Log.Verify":  "whoever has the store checks it; others verify what log-export and request-proof give them, offline",
	"Log.Newest":  "at /log; events lists the same, the oldest first",
	"People.Seen": "the host vouches for people", "People.Arrive": "the host vouches for people", "Engine.Enrollment": "at /scim/v2",
	"Enrollment.Edit": "at /scim/v2", "Enrollment.EditGroup": "at /scim/v2", "Enrollment.Enroll": "at /scim/v2", "Enrollment.EnrollGroup": "at /scim/v2", "Enrollment.Groups": "at /scim/v2",
	"Enrollment.Members": "at /scim/v2", "Enrollment.Remove": "at /scim/v2", "Enrollment.RemoveGroup": "at /scim/v2", "Enrollment.Users": "at /scim/v2",
	"Sessions.Open": "for ways to sign in", "Sessions.Find": "for ways to sign in", "Sessions.Close": "for ways to sign in", "Sessions.CloseUnder": "for ways to sign in",
	"Sessions.Keep": "for ways to sign in", "Sessions.Take": "for ways to sign in",
	"Tokens.AllowProgram": "on the page /cli: no program allows itself", "Tokens.AnswerDevice": "on the page /device: no device allows itself", "Tokens.Device": "on the page /device",
	"Tokens.Authenticate": "with every call that bears a token", "Tokens.Covers": "with every call that bears a token",
	"Connections.SyncSoon": "sync-connection answers when it is done; the page does not wait",
	"Reviews.Waiting":      "the navigation of the pages; list-requests lists them", "Webhooks.Latest": "webhook-deliveries has them; the page shows the newest of each",
	"Reviews.Briefs":        "the rows of the pages for what list-requests returns",
	"StopSwitches.Disabled": "asked at every sign-in; stops lists who is",
}

// TestEveryActOfTheEngineIsReached holds the API to the methods of the engine and its parts.
func TestEveryActOfTheEngineIsReached(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../testdata/names/grantwright.txt")
	must(t, err)
	ids := map[string]bool{}
	for _, op := range described(t) {
		ids[op.id] = true
	}
	methods := map[string]bool{}
	for _, name := range strings.Fields(string(text)) {
		part, method, is := strings.Cut(name, ".")
		if !is || part == "Engine" && slices.Contains([]string{"Access", "Assets", "Assist", "Connections", "Governance", "Grants", "Inbox", "Log", "Masks", "People", "Proposals", "Reviews", "Sessions", "StopSwitches", "Substitutes", "Tokens", "Webhooks"}, method) {
			continue
		}
		methods[name] = true
		id, reason := reachedBy[name], unreached[name]
		switch {
		case id == "" && reason == "":
			t.Errorf("%s is reached by no operation, and no reason is given", name)
		case id != "" && reason != "":
			t.Errorf("%s is reached by %s, and is not: %s", name, id, reason)
		case id != "" && !ids[id]:
			t.Errorf("%s is reached by %s, which is no operation", name, id)
		}
	}
	for name := range reachedBy {
		if !methods[name] {
			t.Errorf("%s is no method of the engine", name)
		}
	}
	if len(methods) < 100 {
		t.Errorf("only %d methods were found", len(methods))
	}
}
