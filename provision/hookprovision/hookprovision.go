// Package hookprovision gives access by a webhook: on platforms that a team
// automates itself, with a service of its own.
//
// The connection's URL is where the service is, and its secret signs the calls: by
// the scheme of Standard Webhooks, whsec_ and base64; two of them, with a space
// between, while one takes the place of the other. Each call is a Message, which
// says all that one principal should have from us on one asset. It does not say
// what to change: the service looks, changes what differs, and looks again. The
// same may be asked again at any time, and nothing that others gave is taken away.
//
// The service answers at once, with 200 and an Answer; or it answers 202, and later
// posts the Answer to the address of the Message's Callback, with its token in the
// header Authorization ("Bearer" and the token) or as token in the body. A token is
// good once. What is answered counts as long as no later call was made about the
// same; the number of a call tells which of two is the later one, and a service
// that finds a call overtaken does nothing for it.
//
// What a service says is believed: a grant is known by it as ASSERTED, not as
// VERIFIED.
package hookprovision

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/grantwright/grantwright/internal/excerpt"
	"github.com/grantwright/grantwright/provision"
)

// Caller posts a body that is signed, and returns the status and the body of what
// is answered. It calls no address that its operator has not allowed, follows no
// redirect, and returns before ctx ends. Hooknotify.Client is one.
type Caller interface {
	Ask(ctx context.Context, url, secrets, id string, body []byte) (status int, answer []byte, err error)
}

// parallel bounds the calls of one Apply at a time.
const parallel = 8

// maxShown is how many bytes of a text an error shows.
const maxShown = 500

// Platform is what goes into Config.Platforms for platforms behind such services.
// Its Source is for whoever uses it to fill in.
func Platform(c Caller) provision.Platform {
	return provision.Platform{
		How: provision.Webhook,
		Provisioner: func(_ context.Context, to provision.Target) (provision.Provisioner, error) {
			if to.Connection.URL == "" || to.Password == "" {
				return nil, &provision.RefusedError{What: to.String(), Reason: "needs the url of the service, and a secret that signs the calls"}
			}
			return &Provisioner{Connection: to.Connection.Name, URL: to.Connection.URL, Secrets: to.Password, Caller: c}, nil
		},
	}
}

// Provisioner calls the service of one connection.
type Provisioner struct {
	Connection string
	URL        string
	Secrets    string // that sign the calls
	Caller     Caller
}

// GoString keeps the secrets out of %#v.
func (p *Provisioner) GoString() string { return "hookprovision of connection " + p.Connection }

func (p *Provisioner) String() string { return p.GoString() }

// Apply asks the service, which has to answer at once.
func (p *Provisioner) Apply(ctx context.Context, want []provision.Standing) []provision.Outcome {
	return p.ApplyLater(ctx, want, make([]provision.Callback, len(want)))
}

// ApplyLater asks the service, which may answer later.
func (p *Provisioner) ApplyLater(ctx context.Context, want []provision.Standing, back []provision.Callback) []provision.Outcome {
	outcomes := make([]provision.Outcome, len(want))
	slots := make(chan struct{}, parallel)
	var asking sync.WaitGroup
	for i := range want {
		slots <- struct{}{}
		asking.Go(func() {
			defer func() { <-slots }()
			outcomes[i] = p.ask(ctx, want[i], back[i])
		})
	}
	asking.Wait()
	return outcomes
}

func (p *Provisioner) ask(ctx context.Context, want provision.Standing, back provision.Callback) provision.Outcome {
	if err := ctx.Err(); err != nil {
		return provision.Outcome{Err: err}
	}
	m := p.message(ctx, want, back)
	body, err := json.Marshal(m)
	if err != nil {
		return provision.Outcome{Err: err}
	}
	status, text, err := p.Caller.Ask(ctx, p.URL, p.Secrets, m.ID, body)
	if err != nil {
		return provision.Outcome{Err: fmt.Errorf("the service of connection %s: %w", p.Connection, err)}
	}
	switch {
	case status == 202 && back.URL == "":
		return provision.Outcome{Err: fmt.Errorf("%w: the service answers later (202), and there is no address to which it could: set the address of the pages", provision.ErrPermanent)}
	case status == 202:
		return later(text, back.Call)
	case status != 200:
		return provision.Outcome{Err: fmt.Errorf("the service of connection %s answered %d: %s", p.Connection, status, excerpt.Of(strings.ToValidUTF8(strings.TrimSpace(string(text)), "?"), maxShown))}
	}
	o, err := ParseAnswer(text)
	if err != nil {
		return provision.Outcome{Err: fmt.Errorf("the service of connection %s answered 200: %w", p.Connection, err)}
	}
	return o
}

// message is what the service is asked.
func (p *Provisioner) message(ctx context.Context, want provision.Standing, back provision.Callback) Message {
	m := Message{Type: MessageType, ID: string(back.Call.ID), Number: back.Call.Number, Timestamp: back.Call.Made, Connection: p.Connection,
		Principal: want.Principal, Asset: assetOf(want.Asset), Want: accesses(want.Want), Given: want.Given, Grants: back.Call.Of}
	if m.ID == "" {
		m.ID, m.Timestamp = rand.Text(), time.Now().UTC()
	}
	if deadline, has := ctx.Deadline(); has {
		m.Until = deadline.UTC()
	}
	for _, b := range want.Below {
		m.Below = append(m.Below, assetOf(b))
	}
	if back.URL != "" {
		m.Callback = &Callback{URL: back.URL, Token: back.Token, Until: back.Call.Until}
	}
	return m
}

// later is what becomes of a 202: it may say until when.
func later(text []byte, call provision.Call) provision.Outcome {
	until := call.Until
	var said Answer
	if json.Unmarshal(text, &said) == nil && !said.Until.IsZero() {
		until = said.Until
	}
	if last := call.Made.Add(provision.MaxWait); until.After(last) {
		until = last
	}
	return provision.Outcome{Err: &provision.WaitingError{Until: until}}
}

var errAnswer = errors.New("the body must be JSON with an outcome, DONE or FAILED")
