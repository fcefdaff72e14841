package web_test

import (
	"encoding/json"
	"testing"

	"github.com/grantwright/grantwright/notify"
)

func TestInboxOverTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	req := w.approved(t, eve)
	w.call(t, eve, "GET", "/requests/"+string(req.ID)+"?wait=20", "") // until nothing more will be told
	must(t, w.engine.Work(t.Context()))
	inbox := func(query string) []notify.Notice {
		var page struct{ Items []notify.Notice }
		must(t, json.Unmarshal([]byte(w.call(t, eve, "GET", "/inbox"+query, "").body), &page))
		return page.Items
	}
	told := inbox("?unread=true")
	if len(told) == 0 || told[0].To != eve.Person() {
		t.Fatalf("eve is told %+v", told)
	}
	if a := w.call(t, nobody, "POST", "/inbox/"+told[0].ID+"/seen", ""); a.status != 404 {
		t.Errorf("somebody else has seen it: status %d, want 404", a.status)
	}
	if a := w.call(t, eve, "POST", "/inbox/"+told[0].ID+"/seen", ""); a.status != 204 {
		t.Errorf("eve has seen it: status %d, want 204: %s", a.status, a.body)
	}
	if unread, all := inbox("?unread=true"), inbox(""); len(unread) != len(told)-1 || len(all) < len(told) {
		t.Errorf("%d are unread and %d there, of %d that were unread", len(unread), len(all), len(told))
	}
	if a := w.call(t, nobody, "GET", "/inbox", ""); a.body != `{"items":[]}`+"\n" {
		t.Errorf("the inbox of nobody holds %q", a.body)
	}
}
