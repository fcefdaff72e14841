package hookprovision_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/hookprovision"
	"github.com/grantwright/grantwright/request"
)

var now = time.Date(2031, 1, 31, 9, 0, 0, 0, time.UTC)

// said answers every call with the same.
type said struct {
	status int
	body   string
	err    error
	asked  hookprovision.Message
	raw    string
	id     string
}

func (s *said) Ask(_ context.Context, _, _, id string, body []byte) (int, []byte, error) {
	s.id, s.raw = id, string(body)
	if err := json.Unmarshal(body, &s.asked); err != nil {
		return 0, nil, err
	}
	return s.status, []byte(s.body), s.err
}

var standing = provision.Standing{
	Principal: request.Principal{Name: "eve", ID: "10"},
	Asset:     catalog.Asset{Ref: "lake:d.orders", Kind: catalog.Table, ID: "7", Columns: []catalog.Column{{Name: "secret"}}},
	Want:      []provision.Access{{Privilege: request.Read, Columns: []string{"id"}}},
	Below:     []catalog.Asset{{Ref: "lake:d.orders.x", ID: "8"}},
}

var back = provision.Callback{URL: "https://access.example.com/answers", Token: "c.token",
	Call: provision.Call{ID: "c", Number: 3, Made: now, Until: now.Add(time.Hour), Of: []provision.Called{{Grant: "g", Action: provision.Give, Attempt: 2}}}}

func ask(t *testing.T, s *said, w provision.Standing, b provision.Callback) provision.Outcome {
	t.Helper()
	p := &hookprovision.Provisioner{Connection: "lake", URL: "https://hooks.example.com", Secrets: "whsec_hidden", Caller: s}
	return p.ApplyLater(t.Context(), []provision.Standing{w}, []provision.Callback{b})[0]
}

func TestMessage(t *testing.T) {
	t.Parallel()
	s := &said{status: 200, body: `{"outcome":"DONE"}`}
	if o := ask(t, s, standing, back); o.Err != nil {
		t.Fatal(o.Err)
	}
	want := hookprovision.Message{Type: "access.wanted", ID: "c", Number: 3, Timestamp: now, Connection: "lake", Principal: standing.Principal,
		Asset: hookprovision.Asset{Ref: "lake:d.orders", Kind: catalog.Table, ID: "7"}, Want: standing.Want, Below: []hookprovision.Asset{{Ref: "lake:d.orders.x", ID: "8"}},
		Grants: back.Call.Of, Callback: &hookprovision.Callback{URL: back.URL, Token: back.Token, Until: back.Call.Until}}
	if diff := cmp.Diff(want, s.asked); diff != "" || s.id != "c" {
		t.Errorf("call %s (-want +got)\n%s", s.id, diff)
	}
	none := standing
	none.Want = nil
	ask(t, s, none, provision.Callback{})
	if !strings.Contains(s.raw, `"want":[]`) || strings.Contains(s.raw, "callback") || s.id == "" {
		t.Errorf("nothing wanted, and nobody to call back: %s", s.raw)
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		said      said
		back      provision.Callback
		err       string // that the outcome's holds; empty for none
		permanent bool
		until     time.Time
	}{
		{name: "done", said: said{status: 200, body: `{"outcome":"DONE","ran":["did it"]}`}},
		{name: "failed", said: said{status: 200, body: `{"outcome":"FAILED","error":"disk full"}`}, err: "disk full"},
		{name: "refused", said: said{status: 200, body: `{"outcome":"FAILED","error":"no such login","permanent":true}`}, err: "no such login", permanent: true},
		{name: "failed for no reason", said: said{status: 200, body: `{"outcome":"FAILED"}`}, err: "did not say why"},
		{name: "silence is no answer", said: said{status: 200}, err: "outcome, DONE or FAILED"},
		{name: "an empty answer", said: said{status: 200, body: `{}`}, err: "outcome, DONE or FAILED"},
		{name: "another outcome", said: said{status: 200, body: `{"outcome":"done"}`}, err: `not "done"`},
		{name: "another success", said: said{status: 204}, back: back, err: "answered 204"},
		{name: "a fault", said: said{status: 503, body: "try\x00 later"}, err: "answered 503"},
		{name: "no answer", said: said{err: errors.New("connection refused")}, err: "connection refused"},
		{name: "later", said: said{status: 202}, back: back, err: "waiting", until: now.Add(time.Hour)},
		{name: "later, with a time", said: said{status: 202, body: `{"until":"2031-02-02T09:00:00Z"}`}, back: back, err: "waiting", until: now.Add(48 * time.Hour)},
		{name: "too much later", said: said{status: 202, body: `{"until":"2099-02-02T09:00:00Z"}`}, back: back, err: "waiting", until: now.Add(provision.MaxWait)},
		{name: "later, to nowhere", said: said{status: 202}, err: "no address", permanent: true},
	} {
		o := ask(t, &tt.said, standing, tt.back)
		if got := fmt.Sprint(o.Err); (o.Err == nil) != (tt.err == "") || !strings.Contains(got, tt.err) && tt.err != "" || strings.Contains(got, "hidden") || strings.Contains(got, "token") {
			t.Errorf("%s: %v", tt.name, o.Err)
		}
		if errors.Is(o.Err, provision.ErrPermanent) != tt.permanent {
			t.Errorf("%s: needs a person: %v", tt.name, !tt.permanent)
		}
		if waiting, is := o.Err.(*provision.WaitingError); is != !tt.until.IsZero() || is && !waiting.Until.Equal(tt.until) {
			t.Errorf("%s: %v, want it to wait until %v", tt.name, o.Err, tt.until)
		}
	}
}

func TestPlatform(t *testing.T) {
	t.Parallel()
	p := hookprovision.Platform(&said{})
	if p.Method() != provision.Webhook {
		t.Errorf("is done %s", p.Method())
	}
	to := provision.Target{Connection: catalog.Connection{Name: "lake", URL: "https://hooks.example.com"}}
	if _, err := p.Provisioner(t.Context(), to); !errors.Is(err, provision.ErrPermanent) {
		t.Errorf("without a secret: %v", err)
	}
	to.Password = "whsec_hidden"
	opened, err := p.Provisioner(t.Context(), to)
	if err != nil || strings.Contains(fmt.Sprintf("%v %+v %#v", opened, opened, opened), "hidden") {
		t.Errorf("opened: %v, %v", opened, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if o := opened.Apply(ctx, []provision.Standing{standing}); len(o) != 1 || o[0].Err == nil {
		t.Errorf("canceled: %+v", o)
	}
}
