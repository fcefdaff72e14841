package web_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web"
	"github.com/grantwright/grantwright/web/internal/api"
)

// A POST under one key is made once: the same again gets the same answer, another body none.
func TestKeysMakeOneOfEach(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	its := "/requests/" + string(w.pending(t, "30 DAYS").ID)
	for _, tt := range []struct {
		path, body, other string
		by                request.Identity
		status            int
	}{
		{"/requests", submission, strings.Replace(submission, "30", "20", 1), frank, 201},
		{its + "/remarks", `{"text":"hello"}`, `{"text":"bye"}`, eve, 201},
		{"/wanted", `{"fullyQualifiedName":"no.where"}`, `{"fullyQualifiedName":"no.place"}`, eve, 201},
		{"/stops/approvals/freeze", `{"reason":"x"}`, `{"reason":"y"}`, gov, 204},
		{its + "/determinations", `{"act":"DENY","reason":"no"}`, `{"act":"APPROVE"}`, owner, 201},
	} {
		key := []string{"Idempotency-Key", "key of " + tt.path}
		first := w.call(t, tt.by, "POST", tt.path, tt.body, key...)
		if first.status != tt.status || first.header.Get("Idempotent-Replayed") != "" {
			t.Fatalf("%s: %d %s", tt.path, first.status, first.body)
		}
		events := w.logged(t)
		again := w.call(t, tt.by, "POST", tt.path, tt.body, key...)
		if again.status != first.status || again.body != first.body || again.header.Get("Idempotent-Replayed") != "true" ||
			again.header.Get("Location") != first.header.Get("Location") || again.header.Get("Content-Type") != first.header.Get("Content-Type") {
			t.Errorf("%s again: %d %v %s\nwant %d %v %s", tt.path, again.status, again.header, again.body, first.status, first.header, first.body)
		}
		if p := read[web.Problem](t, w.call(t, tt.by, "POST", tt.path, tt.other, key...), 422); p.Code != "KEY_REUSED" || p.Errors[0].Header != "Idempotency-Key" {
			t.Errorf("%s with another body: %+v", tt.path, p)
		}
		if after := w.logged(t); after != events {
			t.Errorf("%s again: %d events", tt.path, after-events)
		}
	}
	remarks := read[api.List[request.Remark]](t, w.call(t, eve, "GET", its+"/remarks", ""), 200)
	if len(remarks.Items) != 1 {
		t.Errorf("%d remarks", len(remarks.Items))
	}
	// The key is one person's, and one operation's.
	if a := w.call(t, owner, "POST", its+"/remarks", `{"text":"mine"}`, "Idempotency-Key", "key of "+its+"/remarks"); a.status != 201 || a.header.Get("Idempotent-Replayed") != "" {
		t.Errorf("the key of somebody else: %d %v", a.status, a.header)
	}
}

// What was refused may be tried again under its key, and nothing of it is kept.
func TestKeysOfWhatWasRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	its := "/requests/" + string(w.pending(t, "30 DAYS").ID)
	key := []string{"Idempotency-Key", "k"}
	for _, body := range []string{`{"text":""}`, `{"txt":"x"}`, `{`} {
		if a := w.call(t, eve, "POST", its+"/remarks", body, key...); a.status < 400 || a.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %v", body, a.status, a.header)
		}
	}
	if a := w.call(t, eve, "POST", its+"/remarks", `{"text":"hello"}`, key...); a.status != 201 {
		t.Errorf("then: %d %s", a.status, a.body)
	}
	if p := read[web.Problem](t, w.call(t, eve, "POST", its+"/remarks", `{"text":"x"}`, "Idempotency-Key", strings.Repeat("k", 256)), 422); len(p.Errors) != 1 || p.Errors[0].Header != "Idempotency-Key" {
		t.Errorf("a long key: %+v", p)
	}
}

// A secret is shown once, under a key too, and stands in no record.
func TestKeysKeepNoSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := `{"name":"catalog","url":"https://hooks.example.com/a"}`
	first := w.call(t, admin, "POST", "/webhooks", body, "Idempotency-Key", "k")
	made := read[api.WebhookWithSecret](t, first, 201)
	again := w.call(t, admin, "POST", "/webhooks", body, "Idempotency-Key", "k")
	p := read[web.Problem](t, again, 409)
	if p.Code != "SHOWN_ONCE" || strings.Contains(again.body, made.Secret) || again.header.Get("Location") != first.header.Get("Location") || again.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("again: %+v, %v", p, again.header)
	}
	if all := read[api.List[struct{ ID string }]](t, w.call(t, admin, "GET", "/webhooks", ""), 200); len(all.Items) != 1 {
		t.Errorf("%d webhooks", len(all.Items))
	}
}

// Many who send the same at once make one, and all get its answer.
func TestKeysOfManyAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	its := "/requests/" + string(w.pending(t, "30 DAYS").ID)
	bodies := make([]string, 10)
	var replayed atomic.Int32
	var all sync.WaitGroup
	for i := range bodies {
		all.Go(func() {
			a := w.call(t, eve, "POST", its+"/remarks", `{"text":"hello"}`, "Idempotency-Key", "k")
			if bodies[i] = a.body; a.status != 201 {
				t.Errorf("%d %s", a.status, a.body)
			}
			if a.header.Get("Idempotent-Replayed") == "true" {
				replayed.Add(1)
			}
		})
	}
	all.Wait()
	for _, body := range bodies {
		if body != bodies[0] {
			t.Errorf("one got %s, another %s", bodies[0], body)
		}
	}
	if n := len(read[api.List[request.Remark]](t, w.call(t, eve, "GET", its+"/remarks", ""), 200).Items); n != 1 || replayed.Load() != int32(len(bodies)-1) {
		t.Errorf("%d remarks, %d answers were given again", n, replayed.Load())
	}
}

// cutting is a store that goes away for a while after a commit of an idempotency key: the act
// is done, and its answer is not kept.
type cutting struct {
	store.Store
	cut atomic.Bool
}

func (c *cutting) Write(ctx context.Context, commit store.Commit) error {
	err := c.Store.Write(ctx, commit)
	for _, w := range commit.Writes {
		if w.Kind == "replays" && c.cut.CompareAndSwap(true, false) {
			return errors.Join(err, fmt.Errorf("%w: cut off", store.ErrAway))
		}
	}
	return err
}

// Where the answer was lost, the act is not done a second time.
func TestKeysWhoseAnswerWasLost(t *testing.T) {
	t.Parallel()
	s := new(cutting)
	w := newWorldAt(t, "", web.Options{}, nil, func(c *grantwright.Config) { s.Store, c.Store = c.Store, s })
	its := "/requests/" + string(w.pending(t, "30 DAYS").ID)
	s.cut.Store(true)
	if a := w.call(t, eve, "POST", its+"/remarks", `{"text":"hello"}`, "Idempotency-Key", "k"); a.status != 503 {
		t.Fatalf("cut off: %d %s", a.status, a.body)
	}
	if p := read[web.Problem](t, w.call(t, eve, "POST", its+"/remarks", `{"text":"hello"}`, "Idempotency-Key", "k"), 409); p.Code != "UNANSWERED" {
		t.Errorf("again: %+v", p)
	}
	if n := len(read[api.List[request.Remark]](t, w.call(t, eve, "GET", its+"/remarks", ""), 200).Items); n != 1 {
		t.Errorf("%d remarks", n)
	}
}

// A key ends after a day, and is not kept for ever.
func TestKeysEnd(t *testing.T) {
	t.Parallel()
	var s store.Store
	w := newWorldAt(t, "", web.Options{}, nil, func(c *grantwright.Config) { s = c.Store })
	its := "/requests/" + string(w.pending(t, "30 DAYS").ID)
	keys := func() int {
		page, err := s.Find(t.Context(), store.Query{Kind: "replays"})
		must(t, err)
		return len(page[0])
	}
	remark := func() answer {
		return w.call(t, eve, "POST", its+"/remarks", `{"text":"hello"}`, "Idempotency-Key", "k")
	}
	wantStatus(t, remark(), 201)
	wantStatus(t, w.call(t, frank, "POST", "/requests", submission, "Idempotency-Key", "k"), 201)
	w.clock.Move(request.KeyKept - time.Minute)
	must(t, w.engine.Work(t.Context()))
	if a := remark(); keys() != 2 || a.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("within a day: %d keys, %v", keys(), a.header)
	}
	w.clock.Move(2 * time.Hour)
	must(t, w.engine.Work(t.Context()))
	if n := keys(); n != 0 {
		t.Errorf("after a day: %d keys", n)
	}
	if a := remark(); a.status != 201 || a.header.Get("Idempotent-Replayed") != "" {
		t.Errorf("a new one: %d %v", a.status, a.header)
	}
}
