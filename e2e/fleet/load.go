package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// asked is a request that a person was told they have, and what the owner decided.
type asked struct {
	id       string
	approved bool
}

// caller calls the API through the balancer, as one person.
type caller struct {
	*fleet
	name string
}

func (f *fleet) as(name string) caller { return caller{f, name} }

// callLimit bounds a call with all its repetitions: after it, the call counts as lost.
const callLimit = 60 * time.Second

// call sends a call until it is answered, with one key. A client of a balancer sends again what
// has a key and got 502 or 503, or nothing.
func (c caller) call(ctx context.Context, method, path string, body, out any) (status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	sent, err := json.Marshal(body)
	if err != nil {
		return 0, err
	}
	key := fmt.Sprintf("%s %s %x", c.name, path, c.keys.Add(1))
	var answer []byte
	err = until(ctx, method+" "+path+" as "+c.name, func() (bool, error) {
		if status, answer, err = c.once(ctx, method, path, key, sent, body != nil); err != nil || status == http.StatusBadGateway || status == http.StatusServiceUnavailable {
			c.again.Add(1)
			return false, nil
		}
		return true, nil
	})
	switch {
	case err != nil:
		return status, err
	case status/100 != 2:
		return status, fmt.Errorf("%s %s as %s: %d %s", method, path, c.name, status, answer)
	case out != nil:
		err = json.Unmarshal(answer, out)
	}
	return status, err
}

func (c caller) once(ctx context.Context, method, path, key string, sent []byte, has bool) (int, []byte, error) {
	if !has {
		sent = nil
	}
	r, err := http.NewRequestWithContext(ctx, method, c.address+"/api/v1"+path, bytes.NewReader(sent))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Authorization", "Bearer "+devToken)
	r.Header.Set("Grantwright-User", c.name+"@example.com")
	if has {
		r.Header.Set("Content-Type", "application/json")
	}
	if method != http.MethodGet {
		r.Header.Set("Idempotency-Key", key)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 16<<20))
	return answer.StatusCode, text, err
}

func (c caller) get(ctx context.Context, path string, out any) error {
	_, err := c.call(ctx, http.MethodGet, path, nil, out)
	return err
}

// load has people ask for one table after the other, and the owner decide, until stop is closed
// or everybody has asked for everything. A third is approved by a rule, a third by the owner, and a
// third denied.
func (f *fleet) load(ctx context.Context, stop <-chan struct{}) {
	jobs := make(chan [2]int)
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for job := range jobs {
				if err := f.ask(ctx, job[0], job[1]); err != nil {
					f.lose(err)
				}
			}
		})
	}
	defer all.Wait()
	defer close(jobs)
	for n := range tables {
		for person := range people {
			select {
			case jobs <- [2]int{person, n}:
			case <-stop:
				return
			case <-ctx.Done():
				return
			}
		}
	}
}

// ask has one person ask for one table, and whoever decides on it decide.
func (f *fleet) ask(ctx context.Context, person, n int) error {
	kind := (person + n) % 3
	duration := map[bool]string{true: "12 HOURS", false: "30 DAYS"}[kind == 0]
	var req struct{ ID, Status string }
	status, err := f.as(login(person)).call(ctx, http.MethodPost, "/requests", map[string]any{
		"asset": "warehouse:sales.public." + table(n), "answers": map[string][]string{"purpose": {"x"}, "duration": {duration}}}, &req)
	if err != nil {
		return err
	}
	if status != http.StatusCreated {
		return fmt.Errorf("%s asks for %s once, and is told %d: it was there", login(person), table(n), status)
	}
	if kind != 0 {
		act := map[bool]string{true: "APPROVE", false: "DENY"}[kind == 1]
		if err := f.decide(ctx, req.ID, act); err != nil {
			return err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked[login(person)+" "+table(n)] = asked{req.ID, kind != 2}
	return nil
}

// decide has the owner decide. A replica that was killed in the middle leaves a key whose answer
// nobody knows, and the server says so with 409: then the owner looks, and decides again if
// nothing has come of it.
func (f *fleet) decide(ctx context.Context, id, act string) error {
	want := map[string]string{"APPROVE": "APPROVED", "DENY": "DENIED"}[act]
	for {
		status, err := f.as("sales-owner").call(ctx, http.MethodPost, "/requests/"+id+"/determinations", map[string]any{"act": act, "reason": "y"}, nil)
		if err == nil || status != http.StatusConflict {
			return err
		}
		var req struct{ Request struct{ Status string } }
		if looked := f.as("sales-owner").get(ctx, "/requests/"+id, &req); looked != nil {
			return looked
		}
		f.looked.Add(1)
		switch req.Request.Status {
		case want:
			return nil
		case "PENDING":
		default:
			return err
		}
	}
}

// confirmed is how many requests were answered and decided.
func (f *fleet) confirmed() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.asked)
}
