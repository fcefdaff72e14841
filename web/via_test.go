package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/api"
)

// The log names the token by which somebody has acted, to those who read it all and to
// themselves; acts without one, and those of the engine in the same commit, bear none.
func TestTheLogNamesTheToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.issued(t, eve, "read ask", "")
	req := read[request.Request](t, w.withToken(t, made.Secret, "POST", "/requests", submission, "Idempotency-Key", "k"), 201)
	wantStatus(t, w.call(t, owner, "POST", "/requests/"+string(req.ID)+"/determinations", `{"act":"DENY","reason":"no"}`), 201)
	via := func(a answer) map[string]store.Via {
		t.Helper()
		all := map[string]store.Via{}
		for _, e := range read[api.Events](t, a, 200).Items {
			all[string(e.Type)] = e.Via
		}
		return all
	}
	token := store.Via{Token: made.Token.ID, Name: "report"}
	a := w.call(t, auditor, "GET", "/events?subject=requests/"+string(req.ID), "")
	if got := via(a); got["request.created"] != token || got["request.determined"] != (store.Via{}) {
		t.Errorf("the log names %+v", got)
	}
	if strings.Contains(a.body, strings.TrimPrefix(made.Secret, request.TokenPrefix+string(made.Token.ID))) {
		t.Error("the log holds the secret")
	}
	for who, want := range map[string]store.Via{eve.ID: token, owner.ID: {}, auditor.ID: token} {
		by := map[string]request.Identity{eve.ID: eve, owner.ID: owner, auditor.ID: auditor}[who]
		if got := via(w.call(t, by, "GET", "/requests/"+string(req.ID)+"/events", "")); got["request.created"] != want {
			t.Errorf("%s reads %+v", who, got)
		}
	}
	var events []notify.CloudEvent
	page := w.call(t, auditor, "GET", "/events?type=request.*", "", "Accept", "application/cloudevents-batch+json")
	if err := json.Unmarshal([]byte(page.body), &events); err != nil || page.status != http.StatusOK || len(events) != 2 {
		t.Fatalf("%v: %s", err, page.body)
	}
	if got := events[0].Data.Data.Via; got == nil || *got != (notify.ToldVia(token)) || events[1].Data.Data.Via != nil {
		t.Errorf("as CloudEvents: %s", page.body)
	}
}

// An approval by a flow, in the commit of a submission by a token, is the engine's own.
func TestTheEngineActsByNoToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.issued(t, eve, "read ask", "")
	wantStatus(t, w.withToken(t, made.Secret, "POST", "/requests", submission), 201)
	for _, e := range read[api.Events](t, w.call(t, auditor, "GET", "/events?limit=500", ""), 200).Items {
		if e.By != eve.Person() && e.Via != (store.Via{}) {
			t.Errorf("%s of %s bears %+v", e.Type, e.By, e.Via)
		}
	}
}
