// Package jsoncall posts to services that answer with JSON, as those of chat do: one
// call with a deadline, an answer of bounded size, and errors without secrets. It is for
// addresses that the operator has set; what others may set is called by hooknotify.
package jsoncall

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

const (
	timeout   = 10 * time.Second
	maxAnswer = 64 << 10
)

// client follows no redirect: a call is for one address.
var client = &http.Client{Timeout: timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// Call is one post to a service.
type Call struct {
	Service string // in errors, such as "Slack"
	Address string // may be a secret: no error holds it
	Token   string // for the header Authorization; empty sends none
	Type    string // of the body
	Body    []byte
}

// Post makes the call, and returns the status and the beginning of the answer, whatever
// the status is. An error says that there was no whole answer.
func (c Call) Post(ctx context.Context) (status int, begin []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Address, bytes.NewReader(c.Body))
	if err != nil {
		return 0, nil, errors.New("the address is no URL")
	}
	r.Header.Set("Content-Type", c.Type)
	if c.Token != "" {
		r.Header.Set("Authorization", "Bearer "+c.Token)
	}
	answer, err := client.Do(r)
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		err = fmt.Errorf("%s cannot be reached: %w", c.Service, wrapped.Err)
	}
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	begin, err = io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	return answer.StatusCode, begin, err
}
