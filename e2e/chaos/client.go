package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/grantwright/grantwright/request"
)

const (
	callLimit = 20 * time.Second // for one call
	opLimit   = 90 * time.Second // for one that is repeated until it is answered
)

// refusedError is an answer that says no: the same again will be refused again.
type refusedError struct {
	Status int    `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

func (e *refusedError) Error() string { return fmt.Sprintf("%d %s: %s", e.Status, e.Code, e.Detail) }

// client calls the engines on behalf of people, each call on any of them.
type client struct {
	engines []*process
	http    http.Client
}

func newClient(engines []*process) *client {
	return &client{engines: engines, http: http.Client{Timeout: callLimit}}
}

// call does one call once. A *refusedError is the answer of the engine; any other
// error leaves open what happened.
func (c *client) call(ctx context.Context, random *rand.Rand, by request.Identity, method, path, key string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	to := "http://" + c.engines[random.IntN(len(c.engines))].spec.Listen + "/api/v1" + path
	r, err := http.NewRequestWithContext(ctx, method, to, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set(userHeader, by.ID)
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode == http.StatusNoContent {
		return nil
	}
	if answer.StatusCode < 300 {
		return json.NewDecoder(answer.Body).Decode(out)
	}
	var refused refusedError
	if err := json.NewDecoder(answer.Body).Decode(&refused); err != nil || answer.StatusCode >= 500 {
		return fmt.Errorf("%s %s: %s %s", method, path, answer.Status, refused.Detail)
	}
	return &refused
}

// repeatedly does something until it is answered, for as long as opLimit.
func repeatedly(ctx context.Context, random *rand.Rand, do func() (answered bool, err error)) error {
	ctx, cancel := context.WithTimeout(ctx, opLimit)
	defer cancel()
	for {
		answered, err := do()
		if answered {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not answered within %s: %w", opLimit, err)
		case <-time.After(time.Duration(50+random.IntN(200)) * time.Millisecond):
		}
	}
}
