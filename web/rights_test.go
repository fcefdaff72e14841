package web_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web"
)

// etl is the login that owns the orders on the platform.
var etl = request.Identity{ID: "etl@example.com", Groups: []string{}, Attributes: map[string][]string{"login": {"sales_etl"}}}

// callers are the columns of docs/api-rights.md.
var callers = []struct {
	role string
	who  request.Identity
}{
	{"not signed in", request.Identity{}},
	{"stranger", nobody},
	{"requester", frank},
	{"beneficiary", ben},
	{"steward", owner},
	{"owner of the asset", etl},
	{"GOVERNANCE", gov},
	{"ADMIN", admin},
	{"AUDIT", auditor},
	{"service", request.Identity{ID: "service", Kind: request.Service, Owner: owner.Person(), Groups: []string{"sales-owners"}}},
	{"disabled", request.Identity{ID: "left@example.com", Permissions: []request.Permission{request.Audit}}},
}

const about = `{"reason":"as agreed"}`

// acts are the bodies, and where need be the paths, with which each operation gets as far as
// to be refused for the rights alone. {pending}, {granted}, {hook}, {proposal} and {wanted} are
// ids of the world of the test.
var acts = map[string]struct{ path, body string }{
	"link-account": {"/accounts/chat", `{"account":"U1"}`}, "confirm-account": {"/accounts/chat/confirm", `{"code":"123456"}`}, "unlink-account": {"/accounts/chat", ""},
	"delete-agreement": {"/agreements/terms?version=1", ""}, "save-agreement": {"/agreements/rules", `{"title":"x","text":"x"}`},
	"attach": {"/assets/warehouse:sales.public/attachments/DATA_ACCESS", `{"form":"default"}`}, "detach": {"/assets/warehouse:sales.public.customers/attachments/DATA_ACCESS", ""},
	"classify": {"", `{"columns":[{"name":"email","tags":["pii"]}]}`}, "suspend-masks": {"", `{"minutes":5,"reason":"x"}`}, "resume-masks": {"", ""},
	"submit-batch": {"", `{"items":[` + submission + `]}`}, "submit": {"/requests", submission}, "preview": {"", submission},
	"claim":               {"", `{"dryRun":true,"items":[{"asset":"warehouse:sales.public.orders","principal":"dba","owner":"frank@example.com","duration":"90 DAYS","reason":"x"}]}`},
	"register-connection": {"/connections/more", `{"technology":"fake"}`}, "freeze-connection": {"", about}, "thaw-connection": {"", about}, "retire-connection": {"", about},
	"release-principal": {"", `{"principal":"secret-login"}`}, "relink-principal": {"", `{"principal":"secret-login","person":"eve@example.com"}`}, "recognize-platform": {"", about},
	"publish-links": {"", `{}`}, "reconcile-connection": {"", `{}`}, "apply-definitions": {"", `{"text":"","reviewed":"x"}`}, "diff-definitions": {"", `{"text":""}`},
	"determine-many": {"", `{"items":[{"request":"{pending}","act":"DENY","reason":"x"}]}`},
	"delete-flow":    {"/flows/sales?version=1", ""}, "save-flow": {"/flows/more", `{"default":{"act":"DENY"}}`}, "lint-flow": {"/flows/more/lint", `{"default":{"act":"DENY"}}`},
	"replay-flow": {"/flows/guarding/replay", `{"default":{"act":"DENY"}}`},
	"delete-form": {"/forms/survey?version=1", ""}, "save-form": {"/forms/more", `{"title":"x","questions":[{"id":"d","type":"ACCESS_DURATION","title":"x","choices":["7 DAYS"]}]}`},
	"attest": {"/grants/{granted}/attestations", `{"done":true}`}, "resume-grant": {"/grants/{granted}/resume", about}, "retry-grant": {"/grants/{granted}/retry", ""},
	"delete-guardrail": {"/guardrails/guarding?version=1", ""}, "save-guardrail": {"/guardrails/more", `{"at":["warehouse"],"require":"true"}`},
	"see-notice": {"/inbox/none/seen", ""}, "delete-mask": {"/masks/email?version=1", ""}, "save-mask": {"/masks/more", `{"at":"warehouse:sales.public.orders","columns":["email"],"how":"NULL"}`},
	"forget-person": {"/people/ben@example.com", ""}, "set-preferences": {"", `{"channels":{}}`},
	"approve-proposal": {"/proposals/none/approve", about}, "refuse-proposal": {"/proposals/none/refuse", about}, "withdraw-proposal": {"/proposals/none/withdraw", ""},
	"edit-answers": {"/requests/{pending}/answers", `{"answers":{"purpose":["y"],"duration":["20 DAYS"]}}`}, "cancel": {"/requests/{pending}/cancel", ""},
	"determine": {"/requests/{pending}/determinations", `{"act":"DENY","reason":"x"}`}, "erase-evidence": {"/requests/{granted}/explanation/erase", `{"facts":["beneficiary.groups"]}`},
	"remark": {"/requests/{pending}/remarks", `{"text":"x"}`}, "remind": {"/requests/{pending}/remind", `{}`}, "assign": {"/requests/{pending}/assign", `{"person":"sales-owner@example.com"}`}, "dossier": {"/requests/{pending}/dossier", ""}, "review-emergency": {"/requests/{granted}/emergency-review", `{"verdict":"JUSTIFIED","note":"x"}`}, "revoke": {"/requests/{granted}/revoke", about}, "take-back": {"/requests/{pending}/take-back", about},
	"freeze-approvals": {"", about}, "thaw-approvals": {"", about},
	"disable-person": {"", `{"person":"eve@example.com","reason":"x"}`}, "enable-person": {"", `{"person":"left@example.com","reason":"x"}`}, "revoke-person": {"", `{"person":"ben@example.com","reason":"x"}`},
	"name-substitute": {"", `{"substitute":"eve@example.com","until":"2026-03-10T00:00:00Z"}`}, "end-substitute": {"/substitutes/sales-owner@example.com", ""},
	"report-wanted": {"", `{"fullyQualifiedName":"no.where"}`}, "dismiss-wanted": {"/wanted/{wanted}/dismiss", about},
	"register-webhook": {"", `{"name":"more","url":"https://hooks.example.com/more"}`}, "set-webhook": {"", `{"name":"hook","url":"https://hooks.example.com/SECRET-URL","events":["grant.*"]}`},
	"agree-webhook": {"", `{"agrees":false,"url":"https://hooks.example.com/SECRET-URL"}`}, "redeliver": {"", `{"from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z"}`},
	"rotate-webhook-secret": {"", `{}`}, "resume-webhook": {"", ""}, "test-webhook": {"", ""}, "remove-webhook": {"", ""},
	"issue-token": {"", `{"name":"x","days":7,"scope":{"operations":["read"]}}`}, "revoke-token": {"/tokens/none", ""}, "revoke-current-token": {"", ""},
	"end-session": {"/sessions/none", ""}, "confirm-lost-groups": {"", `{"person":"ben@example.com","reason":"x"}`},
	"test-connection": {"", `{}`}, "shorten-grant": {"/grants/{granted}/shorten", `{"ends":"2026-03-02T12:00:00Z"}`},
	"revoke-many": {"", `{"grants":["{granted}"]}`}, "shorten-many": {"", `{"grants":["{granted}"],"ends":"2026-03-02T12:00:00Z"}`},
	"renew-many": {"", `{"grants":["{granted}"],"duration":"30 DAYS"}`}, "retry-many": {"", `{"grants":["{granted}"]}`},
	"advise": {"/requests/{pending}/advice", ""}, "advice-briefs": {"/advice?request={pending}", ""}, "rebuild-advice": {"", ""},
	"relink-person": {"", `{"was":"ben@example.com","now":"eve@example.com","reason":"x"}`},
}

// absent are operations about things that the world of the test has none of: who may act on
// them learns that, and no more.
var absent = []string{"see-notice", "approve-proposal", "refuse-proposal", "withdraw-proposal", "delete-mask", "proposal", "replay-proposal", "mask", "mask-version", "classification", "end-substitute", "resume-masks", "confirm-account", "link-account", "thaw-connection", "thaw-approvals", "revoke-token", "end-session", "confirm-lost-groups"}

// byCode are the operations that nobody signs in for.
var byCode = []string{"begin-device", "device-token", "exchange-code"}

// newCalled seeds the world of the table, with what its acts are about.
func newCalled(t *testing.T) *learning {
	t.Helper()
	l := newLearning(t)
	wanted, err := l.engine.Assets().Report(t.Context(), eve, catalog.Link{Path: []string{"sales", "nothing"}, Type: catalog.LinkDataAccess})
	must(t, err)
	l.ids["wanted"] = string(wanted.ID)
	return l
}

// as calls in somebody's name, or in nobody's.
func (l *learning) as(t *testing.T, who request.Identity, method, path, body string) answer {
	t.Helper()
	r := l.request(t, who, method, path, body)
	if who.ID == "" {
		r.Header.Del(web.DevHeader)
	}
	return do(t, l.Client(), r)
}

// verdict is the cell of an answer.
func verdict(t *testing.T, id, role string, a answer) string {
	t.Helper()
	switch {
	case a.status == http.StatusUnauthorized, a.status == http.StatusForbidden:
		return "–"
	case a.status == http.StatusNotFound && !slices.Contains(absent, id):
		return "hidden"
	case a.status == http.StatusNotFound, a.status == http.StatusUnprocessableEntity && slices.Contains(absent, id):
		return "none"
	case a.status < 300, a.status == http.StatusConflict, a.status == http.StatusBadGateway:
		return "yes"
	}
	t.Errorf("%s by %s says nothing of rights: %d %s", id, role, a.status, truncated(a.body))
	return fmt.Sprint(a.status)
}

// call is one operation as the test makes it.
type call struct{ id, method, path, body string }

// callOf fills in an operation.
func (l *learning) callOf(op operation) call {
	c := call{op.id, op.method, l.places(op.method, op.path)[0].path, ""}
	if a, is := acts[op.id]; is {
		if c.body = a.body; a.path != "" {
			c.path = a.path
		}
	}
	for name, id := range l.ids {
		c.path, c.body = strings.ReplaceAll(c.path, "{"+name+"}", id), strings.ReplaceAll(c.body, "{"+name+"}", id)
	}
	return c
}

// TestWhoMayCallWhat calls every operation in everybody's name. docs/api-rights.md is the
// answer. An act that was done gets a world of its own.
func TestWhoMayCallWhat(t *testing.T) {
	t.Parallel()
	l := newCalled(t)
	var b strings.Builder
	b.WriteString("# Who may call what\n\nA test (`TestWhoMayCallWhat` in `web`) writes this file: it calls every operation of the API in the name of each role. The requester\n" +
		"has asked for the beneficiary; the steward decides on that; the asset belongs to a login of its owner on the platform; the\nservice is owned by the steward, and does not act. **yes** is that the rights suffice, whatever else there is to say; **–** that they\n" +
		"do not; **hidden** that it is as if it were not there; **none** that the world of the test has none, which is all that they learn. In lists everybody finds what they may see.\n" +
		"Missing are the logins of programs, which whoever has a code may call: " + strings.Join(byCode, ", ") + ".\n\n| |")
	for _, c := range callers {
		b.WriteString(" " + c.role + " |")
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(callers)) + "\n")
	for _, op := range described(t) {
		if slices.Contains(byCode, op.id) {
			continue
		}
		if _, is := acts[op.id]; !is && op.method != http.MethodGet && !strings.HasSuffix(op.id, "-masks") && op.id != "sync-connection" {
			t.Errorf("%s has no body in this test", op.id)
			continue
		}
		fmt.Fprintf(&b, "| %s %s |", op.method, op.path)
		for _, who := range callers {
			c := l.callOf(op)
			a := l.as(t, who.who, c.method, c.path, c.body)
			fmt.Fprintf(&b, " %s |", verdict(t, op.id, who.role, a))
			if a.status < 300 && op.method != http.MethodGet {
				l = newCalled(t)
			}
		}
		b.WriteString("\n")
	}
	table := b.String()
	for _, line := range strings.Split(table, "\n") {
		cells := strings.Split(line, "|")
		if strings.HasPrefix(line, "| /") || len(cells) < 4 || !strings.Contains(cells[1], " /") {
			continue
		}
		if strings.TrimSpace(cells[2]) != "–" || strings.TrimSpace(cells[len(cells)-2]) != "–" {
			t.Errorf("somebody who is not signed in, or is disabled, may: %s", line)
		}
	}
	golden(t, "../docs/api-rights.md", table)
}
