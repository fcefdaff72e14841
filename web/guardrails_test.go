package web_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/web"
	"github.com/grantwright/grantwright/web/internal/api"
	"github.com/grantwright/grantwright/web/internal/site"
)

const notEve = `{"at": ["warehouse:sales"], "require": "beneficiary.id != 'eve@example.com'", "reason": "Eve has left the project."}`

func TestGuardrailsOverTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	read[web.Problem](t, w.call(t, admin, "PUT", "/guardrails/no-eve", notEve), 403)
	broken := read[web.Problem](t, w.call(t, gov, "PUT", "/guardrails/no-eve", strings.Replace(notEve, "beneficiary.id", "beneficiary.di", 1)), 422)
	if !strings.Contains(broken.Detail, "line 1, column 12") {
		t.Errorf("a typo: %+v", broken)
	}
	req := w.submitted(t, eve)
	saved := read[review.GuardrailVersion](t, w.call(t, gov, "PUT", "/guardrails/no-eve", notEve), 200)
	read[web.Problem](t, w.call(t, gov, "PUT", "/guardrails/no-eve", notEve), 409)

	preview := read[api.Preview](t, w.call(t, eve, "POST", "/previews", submission), 200)
	if len(preview.Prevented) != 1 || preview.Prevented[0].Guardrail != "no-eve" || preview.Prevented[0].At != "warehouse:sales" {
		t.Errorf("the preview: %+v", preview.Prevented)
	}
	refused := read[web.Problem](t, w.call(t, owner, "POST", "/requests/"+string(req.ID)+"/determinations", `{"act":"APPROVE"}`), 409)
	if refused.Code != "PREVENTED" || !strings.Contains(refused.Detail, "A guardrail blocks this, and approval will not help: guardrail no-eve at warehouse:sales prevents: Eve has left the project.") {
		t.Errorf("an approval: %+v", refused)
	}
	if c := read[api.Case](t, w.call(t, owner, "GET", "/requests/"+string(req.ID), ""), 200); len(c.Prevented) != 1 {
		t.Errorf("the request: %+v", c.Prevented)
	}
	placed := read[api.List[site.Placed]](t, w.call(t, owner, "GET", "/assets/"+url.PathEscape(string(orders))+"/guardrails", ""), 200)
	if len(placed.Items) != 1 || placed.Items[0].InheritedFrom != "warehouse:sales" || placed.Items[0].Guardrail.Version != 1 {
		t.Errorf("those of the asset: %+v", placed.Items)
	}
	if all := read[api.List[review.Guardrail]](t, w.call(t, auditor, "GET", "/guardrails", ""), 200); len(all.Items) != 1 {
		t.Errorf("all: %+v", all.Items)
	}
	if a := w.call(t, gov, "DELETE", "/guardrails/no-eve?version=1", ""); a.status != 204 {
		t.Errorf("deleting: %d %s", a.status, a.body)
	}
	read[web.Problem](t, w.call(t, gov, "GET", "/guardrails/no-eve", ""), 404)
	old := read[review.Guardrail](t, w.call(t, auditor, "GET", "/guardrails/no-eve/versions/1", ""), 200)
	if old.Of() != saved {
		t.Errorf("the version that was: %+v", old)
	}
}

func TestGuardrailPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.engine.Governance().Guardrails.Save(t.Context(), gov, review.Guardrail{Name: hostileText, At: []catalog.Ref{"warehouse"},
		Require: `beneficiary.id != "eve@example.com"`, Reason: hostileText})
	must(t, err)
	req := w.submitted(t, eve)
	for _, tt := range []struct {
		by   request.Identity
		path string
		says []string
	}{
		{gov, "/guardrails", []string{"beneficiary.id", "Delete", "New guardrail", "/build/guardrail?name="}},
		{auditor, "/guardrails", []string{"beneficiary.id"}},
		{owner, "/guardrails?asset=" + url.QueryEscape(string(orders)), []string{"Comes from", "warehouse", "/access?asset="}},
		{frank, "/guardrails", []string{"Only people with"}},
		{owner, "/requests/" + string(req.ID), []string{"A guardrail blocks this. Approval will not help.", "set at"}},
		{eve, "/requests/" + string(req.ID), []string{"A guardrail blocks this. Approval will not help."}},
		{gov, "/definitions?guardrail=new", []string{"guardrails:", "require:"}},
	} {
		a := w.page(t, tt.by, "GET", tt.path, nil)
		for _, says := range tt.says {
			if !strings.Contains(a.body, says) || strings.Contains(a.body, hostileText) {
				t.Errorf("%s for %s: status %d, want it to say %q:\n%s", tt.path, tt.by.ID, a.status, says, truncated(a.body))
			}
		}
	}
	if a := w.page(t, gov, "POST", "/guardrails", url.Values{"name": {hostileText}, "version": {"1"}}); !strings.Contains(a.body, "No guardrails") {
		t.Errorf("deleting: status %d\n%s", a.status, truncated(a.body))
	}
}
