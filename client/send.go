package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/grantwright/grantwright/client/api"
)

const (
	maxAnswer  = 32 << 20        // bytes of an answer that are read
	maxProblem = 1 << 20         // bytes of a refusal
	atMost     = 2 * time.Minute // for one try, unless within says otherwise: the server answers a sync when it is done
	keyHeader  = "Idempotency-Key"
)

// send sends a call until it is answered, and decodes the answer.
func (c *Client) send(ctx context.Context, call api.Call, out any) error {
	if call.Keyed && sentWith(ctx).Get(keyHeader) == "" {
		ctx = WithHeader(ctx, keyHeader, rand.Text())
	}
	var body []byte
	if call.Body != nil {
		var err error
		if body, err = json.Marshal(call.Body); err != nil {
			return fmt.Errorf("client: %w", err)
		}
	}
	for try := 1; ; try++ {
		retry, err := c.once(ctx, call, body, out)
		if err == nil || !c.pause(ctx, call, try, retry, err) {
			return err
		}
	}
}

// once sends a call once. With an error of the server comes its Retry-After.
func (c *Client) once(ctx context.Context, call api.Call, body []byte, out any) (retryAfter string, err error) {
	ctx, cancel := within(ctx, call)
	defer cancel()
	r, err := c.request(ctx, call, body)
	if err != nil {
		return "", err
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return "", fmt.Errorf("client: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	if h, wanted := ctx.Value(receivedKey).(*http.Header); wanted {
		*h = answer.Header
	}
	return answer.Header.Get("Retry-After"), read(answer, out)
}

// within bounds one try. A call that is never repeated after it was sent may take until the
// deadline of its caller, where there is one: publishing links takes minutes.
func within(ctx context.Context, call api.Call) (context.Context, context.CancelFunc) {
	if _, set := ctx.Deadline(); set && !repeatable(call) {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, atMost)
}

// request makes the request of a call.
func (c *Client) request(ctx context.Context, call api.Call, body []byte) (*http.Request, error) {
	path, err := call.Location()
	if err != nil {
		return nil, err
	}
	address := c.base.String() + path
	if query := call.Query.Encode(); query != "" {
		address += "?" + query
	}
	r, err := http.NewRequestWithContext(ctx, call.Method, address, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	r.Header.Set("User-Agent", "grantwright-client")
	if call.Accept != "" {
		r.Header.Set("Accept", call.Accept)
	}
	if call.Body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, more := range []http.Header{c.header, sentWith(ctx)} {
		for name, values := range more {
			r.Header[name] = values
		}
	}
	return r, nil
}

// read reads an answer into out, or as an error.
func read(answer *http.Response, out any) error {
	switch {
	case answer.StatusCode == http.StatusAccepted:
		waits := &api.AwaitingError{}
		if err := decode(answer, &waits.Awaiting); err != nil {
			return err
		}
		return waits
	case answer.StatusCode/100 == 3:
		return fmt.Errorf("client: the server redirects to %q; no redirect is followed: use its own address", answer.Header.Get("Location"))
	case answer.StatusCode/100 != 2:
		return problem(answer)
	}
	switch to := out.(type) {
	case nil:
		return nil
	case *[]byte:
		text, err := bounded(answer.Body, maxAnswer)
		*to = text
		return err
	}
	return decode(answer, out)
}

// decode reads an answer that is JSON.
func decode(answer *http.Response, out any) error {
	if kind := mediaType(answer); kind != "application/json" {
		return fmt.Errorf("client: the answer is %q and not JSON: is %s the address of a Grantwright server?", kind, answer.Request.URL.Host)
	}
	text, err := bounded(answer.Body, maxAnswer)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("client: the answer cannot be read: %w", err)
	}
	return nil
}

func mediaType(answer *http.Response) string {
	kind, _, err := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if err != nil {
		return answer.Header.Get("Content-Type")
	}
	return kind
}

// problem reads a refusal. One that is no problem document comes from something between us and
// the server, and has no Code.
func problem(answer *http.Response) error {
	p := &api.Problem{}
	text, err := bounded(answer.Body, maxProblem)
	if mediaType(answer) != "application/problem+json" || err != nil || json.Unmarshal(text, p) != nil {
		*p = api.Problem{}
	}
	if p.Status = int64(answer.StatusCode); p.Title == "" && p.Code == "" {
		p.Title = strings.TrimSpace(fmt.Sprintf("%d %s", p.Status, http.StatusText(answer.StatusCode)))
		p.Detail = fmt.Sprintf("%s answered %s, and not as Grantwright does.", answer.Request.URL.Host, p.Title)
	}
	return p
}

var errTooLong = errors.New("client: the answer is too long")

// bounded reads no more than so many bytes.
func bounded(from io.Reader, most int64) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(from, most+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("client: the answer broke off: %w", err)
	case int64(len(text)) > most:
		return nil, fmt.Errorf("%w: more than %d bytes", errTooLong, most)
	}
	return text, nil
}
