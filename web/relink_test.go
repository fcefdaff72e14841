package web_test

import (
	"net/url"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/web"
)

// TestPrincipalsOverTheAPIAndThePage links a principal to a new id, and releases one.
func TestPrincipalsOverTheAPIAndThePage(t *testing.T) {
	t.Parallel()
	again, more := eve, eve
	again.ID, more.ID = "4711", "4712"
	w := newWorldAt(t, "", web.Options{}, nil, func(c *grantwright.Config) {
		c.FourEyes, c.Directory = manifest.FourEyesNever, append(request.Roster{again, more}, everybody...)
	})
	req := w.pending(t, "30 DAYS")
	relink := "/connections/warehouse/principals/relink"
	wantStatus(t, w.call(t, gov, "POST", relink, `{"principal":"eve","person":"4711"}`), 403)
	wantStatus(t, w.call(t, admin, "POST", relink, `{"principal":"eve","person":"frank@example.com"}`), 409, "maps them to")
	wantStatus(t, w.call(t, admin, "POST", "/connections/warehouse/principals/release", `{"principal":"eve"}`), 409, "link the principal to the new id")
	wantStatus(t, w.call(t, admin, "POST", relink, `{"principal":"eve","person":"4711","reason":"new ids"}`), 204)
	wantStatus(t, w.page(t, gov, "GET", "/requests/"+string(req.ID), nil), 200, "The person has another id now")

	wantStatus(t, w.page(t, admin, "GET", "/stops", nil), 200, "Link to the new id")
	wantStatus(t, w.page(t, admin, "POST", "/stops", url.Values{"act": {"relink"}, "connection": {"warehouse"}, "principal": {"eve"}, "person": {"frank@example.com"}}), 409, "maps them to")
	wantStatus(t, w.page(t, admin, "POST", "/stops", url.Values{"act": {"relink"}, "connection": {"warehouse"}, "principal": {"eve"}, "person": {"4712"}, "reason": {"newer"}}), 200)
	if _, err := w.engine.Cancel(t.Context(), more, req.ID); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, w.page(t, admin, "POST", "/stops", url.Values{"act": {"release"}, "connection": {"warehouse"}, "principal": {"eve"}}), 200)
	wantStatus(t, w.call(t, admin, "POST", "/connections/warehouse/principals/release", `{"principal":"eve"}`), 404)
}

// TestAPersonIsLinkedOverTheAPIAndThePage links all of somebody to a new id.
func TestAPersonIsLinkedOverTheAPIAndThePage(t *testing.T) {
	t.Parallel()
	again, more := eve, eve
	again.ID, more.ID = "4711", "4712"
	w := newWorldAt(t, "", web.Options{}, nil, func(c *grantwright.Config) {
		c.FourEyes, c.Directory = manifest.FourEyesNever, append(request.Roster{again, more}, everybody...)
	})
	req := w.pending(t, "30 DAYS")
	body := `{"was":"eve@example.com","now":"4711","reason":"new ids"}`
	wantStatus(t, w.call(t, gov, "POST", "/people/relink", body), 403)
	wantStatus(t, w.call(t, admin, "POST", "/people/relink", `{"was":"eve@example.com","now":""}`), 422, "#/now")
	wantStatus(t, w.call(t, admin, "POST", "/people/relink", body), 200, `"stays":[]`)
	wantStatus(t, w.page(t, gov, "GET", "/requests/"+string(req.ID), nil), 200, "The person has another id now")

	f := review.Flow{Name: "by-name", Default: review.Action{Act: review.Ask, Stages: []review.Stage{{Mode: review.Any, Selectors: []review.Selector{{Person: "4711"}}}}}}
	_, err := w.engine.Governance().Flows.Save(t.Context(), gov, f)
	must(t, err)
	wantStatus(t, w.page(t, admin, "GET", "/stops", nil), 200, "Somebody has a new id")
	wantStatus(t, w.page(t, gov, "POST", "/stops", url.Values{"act": {"relink-person"}, "person": {"4711"}, "now": {"4712"}, "reason": {"newer"}}), 403)
	wantStatus(t, w.page(t, admin, "POST", "/stops", url.Values{"act": {"relink-person"}, "person": {"4711"}, "now": {"4712"}, "reason": {"newer"}}), 200, "flow by-name, which names the id of before")
	if _, err := w.engine.Cancel(t.Context(), more, req.ID); err != nil {
		t.Error(err)
	}
}
