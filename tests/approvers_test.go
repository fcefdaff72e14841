package tests

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// bothOrAnHour asks the owners and privacy, and lets a rule approve an hour.
func bothOrAnHour() review.Flow {
	f := askingIn(groups(review.All, "sales-owners", "privacy"))
	f.Rules = []review.Rule{{Name: "an hour", When: `request.duration <= duration("1h")`, Then: review.Action{Act: review.Approve}}}
	return f
}

// R27: whoever approved, and whose approval an edit, or they themselves, made void, is none of
// those who approved the access.
func TestApprovedByCountsWhatCounted(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		void func(t *testing.T, w *world, req request.Request)
		last request.Identity // who approves then; nobody where a rule does
		want []request.PersonID
	}{
		"after an edit": {func(t *testing.T, w *world, req request.Request) { w.edits(t, req, "20 DAYS") }, twice, []request.PersonID{twice.Person()}},
		"after it was taken back": {func(t *testing.T, w *world, req request.Request) {
			_, err := w.Reviews().TakeBack(t.Context(), owner, req.ID, 0, "")
			must(t, err)
		}, twice, []request.PersonID{twice.Person()}},
		"by a rule after an edit": {void: func(t *testing.T, w *world, req request.Request) { w.edits(t, req, "1 HOURS") }},
		"where it counts":         {func(*testing.T, *world, request.Request) {}, privacy, []request.PersonID{owner.Person(), privacy.Person()}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sent, hook := newLetters(t), newReceiver(t)
			w := newWorld(t, calling, func(c *grantwright.Config) {
				c.Channels = map[string]notify.Channel{"mail": letterbox{letters: sent}}
			})
			w.decides(t, bothOrAnHour())
			req := w.submit(t, eve, "30 DAYS")
			w.determine(t, owner, req, review.Approve)
			w.hook(t, hook, "request.determined")
			tt.void(t, w, req)
			if tt.last.ID != "" {
				w.determine(t, tt.last, req, review.Approve)
			}
			w.settle(t, req)
			w.work(t)
			w.approvedBy(t, req, tt.want)
			by := request.SystemID
			if tt.last.ID != "" {
				by = tt.last.Person()
			}
			for _, m := range hook.got() {
				if d := m.Payload.Data.Determination; d == nil || d.By != by || strings.Contains(m.Body, owner.ID) {
					t.Errorf("the webhook is told %s", m.Body)
				}
			}
			if len(hook.got()) != 1 {
				t.Errorf("the webhook is told %d times", len(hook.got()))
			}
			if said := sent.to(eve.ID); !strings.Contains(said, `"by":"`+string(by)+`"`) || strings.Contains(said, owner.ID) {
				t.Errorf("eve is told %s", said)
			}
		})
	}
}

// edits changes how long a request is for.
func (w *world) edits(t *testing.T, req request.Request, duration string) {
	t.Helper()
	_, err := w.Reviews().Edit(t.Context(), eve, req.ID, request.Answers{"purpose": {"a report"}, "duration": {duration}})
	must(t, err)
}

// approvedBy checks who is said to have approved the access.
func (w *world) approvedBy(t *testing.T, req request.Request, want []request.PersonID) {
	t.Helper()
	for _, read := range []func() (grantwright.AccessPage, error){
		func() (grantwright.AccessPage, error) {
			return w.Access().To(t.Context(), auditor, orders, grantwright.AccessQuery{})
		},
		func() (grantwright.AccessPage, error) {
			return w.Access().Of(t.Context(), eve, eve.Person(), grantwright.AccessQuery{})
		},
	} {
		page, err := read()
		must(t, err)
		if len(page.Entitlements) != 1 || page.Entitlements[0].Request != req.ID {
			t.Fatalf("the access is %+v", page.Entitlements)
		}
		var got []request.PersonID
		for _, a := range page.Entitlements[0].Approvers {
			got = append(got, a.Person)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("approved by (-want +got):\n%s", diff)
		}
	}
}
