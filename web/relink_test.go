package web_test

import (
	"net/url"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
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
