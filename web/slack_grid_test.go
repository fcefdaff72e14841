package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/notify/slacknotify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web"
)

// TestDecidingInAnOrganizationOfSlack lets the people of an Enterprise Grid organization decide
// from any of its workspaces, by their linked accounts, and nobody else.
func TestDecidingInAnOrganizationOfSlack(t *testing.T) {
	t.Parallel()
	const own, grid, orgWide = `"team":{"id":"T0"}`, `"team":{"id":"T0","enterprise_id":"E0"}`, `"team":null,"enterprise":{"id":"E0"}`
	home := func(payload string) string {
		return strings.Replace(payload, `"id":"U0OWNER"`, `"id":"U0OWNER","team_id":"T9"`, 1)
	}
	for _, tt := range []struct {
		name       string
		options    web.Slack
		enterprise string // of the account, as Slack says
		from       string // where the button was pressed
		guest      bool
		says       string
	}{
		{"another workspace of it", web.Slack{Enterprise: "E0"}, "E0", grid, false, `"clear"`},
		{"without a workspace", web.Slack{Enterprise: "E0"}, "E0", orgWide, false, `"clear"`},
		{"the workspace is named too", web.Slack{Team: "T1", Enterprise: "E0"}, "E0", grid, false, `"clear"`},
		{"a guest of it", web.Slack{Enterprise: "E0"}, "E0", grid, true, "uests may not"},
		{"of another organization, in a shared channel", web.Slack{Enterprise: "E0"}, "E9", grid, false, "another organization"},
		{"of none", web.Slack{Enterprise: "E0"}, "", grid, false, "another organization"},
		{"another organization", web.Slack{Enterprise: "E1"}, "E1", grid, false, "organization is another"},
		{"no organization is named", web.Slack{Team: "T0"}, "E0", grid, false, "workspace is another"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			slack := newWorkspace(t)
			slack.enterprise = tt.enterprise
			direct := slacknotify.Direct{API: slack.URL, Token: is("xoxb-token"), Buttons: true}
			w := newEngine(t, func(c *grantwright.Config) { c.Channels = map[string]notify.Channel{"slack": direct} })
			tt.options.Channel, tt.options.Direct, tt.options.SigningSecret, tt.options.Now = "slack", direct, is("signing secret"), w.clock.Now
			handler, err := web.Handler(w.engine, web.Options{Authenticate: func(*http.Request) (request.Identity, error) { return request.Identity{}, web.ErrSignIn }, Slack: &tt.options})
			must(t, err)
			must(t, w.engine.Inbox().Link(t.Context(), owner, "slack", "U0OWNER"))
			must(t, w.engine.Inbox().Confirm(t.Context(), owner, "slack", slack.codes["last"]))
			req, err := w.engine.Submit(t.Context(), eve, request.Submission{Asset: orders, Answers: request.Answers{"purpose": {"report"}, "duration": {"30 DAYS"}}})
			must(t, err)
			if tt.guest {
				slack.guest = "U0OWNER"
			}
			payload := strings.Replace(home(reasoned("U0OWNER", "deny", 1, req.ID, "no purpose")), own, tt.from, 1)
			if status, body := press(t, handler, payload, w.clock.Now()); status != 200 || !strings.Contains(body, tt.says) {
				t.Errorf("status %d, %s; want it to say %q", status, body, tt.says)
			}
			all, err := w.engine.Request(t.Context(), gov, req.ID)
			must(t, err)
			if denied := all.Request.Status == request.Denied; denied != (tt.says == `"clear"`) {
				t.Errorf("the request is %s", all.Request.Status)
			}
		})
	}
}
