package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/grantwright/grantwright/client"
	"github.com/grantwright/grantwright/client/api"
)

// found is a thing as the server has it.
type found struct {
	key     []string // what names it, as kind.keys says
	body    map[string]any
	version int64
}

// remote reads and changes the things of a kind. A thing that is not there is found.body == nil,
// without an error.
type remote interface {
	read(ctx context.Context, c *client.Client, key []string) (found, error)
	// make makes a thing that is not there yet. Where one is, the error is STALE, or errThere with
	// what is there.
	make(ctx context.Context, c *client.Client, key []string, body map[string]any) (found, error)
	change(ctx context.Context, c *client.Client, key []string, body map[string]any, version int64) (found, error)
	remove(ctx context.Context, c *client.Client, key []string, version int64) error
}

// errThere says that what is to be made is there already.
var errThere = errors.New("it is there already")

// ask sends a call, and returns the object of its answer, if it has one, with its version.
func ask(ctx context.Context, c *client.Client, call api.Call) (map[string]any, int64, error) {
	var header http.Header
	var answer []byte
	call.Accept = "application/json"
	if err := c.Send(client.Received(ctx, &header), call, &answer); err != nil {
		return nil, 0, err
	}
	var body map[string]any
	if len(answer) > 0 {
		if err := json.Unmarshal(answer, &body); err != nil {
			return nil, 0, fmt.Errorf("the answer cannot be read: %w", err)
		}
	}
	if tag, err := strconv.ParseInt(strings.Trim(header.Get("ETag"), `"`), 10, 64); err == nil {
		return body, tag, nil
	}
	version, _ := body["version"].(float64)
	return body, int64(version), nil
}

// tagged is a context whose call is made only where the newest version is this one.
func tagged(ctx context.Context, version int64) context.Context {
	return client.WithHeader(ctx, "If-Match", `"`+strconv.FormatInt(version, 10)+`"`)
}

// none turns the answer that nothing is there into a thing without a body.
func none(body map[string]any, version int64, key []string, err error) (found, error) {
	if client.Code(err) == "NOT_FOUND" {
		return found{}, nil
	}
	return found{key, body, version}, err
}

// named are things with a name of their own, at /api/v1/<plural>/{name}.
type named struct{ plural string }

func (n named) call(method, more string, key []string, body any) api.Call {
	return api.Call{Method: method, Path: "/api/v1/" + n.plural + "/{name}" + more, Names: []any{key[0]}, Body: body}
}

func (n named) read(ctx context.Context, c *client.Client, key []string) (found, error) {
	body, version, err := ask(ctx, c, n.call(http.MethodGet, "", key, nil))
	return none(body, version, key, err)
}

func (n named) make(ctx context.Context, c *client.Client, key []string, body map[string]any) (found, error) {
	_, version, err := ask(client.WithHeader(ctx, "If-None-Match", "*"), c, n.call(http.MethodPut, "", key, body))
	if err != nil {
		return found{}, err
	}
	return found{key, body, version}, nil
}

func (n named) change(ctx context.Context, c *client.Client, key []string, body map[string]any, version int64) (found, error) {
	body = maps.Clone(body)
	body["version"] = version
	_, version, err := ask(ctx, c, n.call(http.MethodPut, "", key, body))
	return found{key, body, version}, err
}

func (n named) remove(ctx context.Context, c *client.Client, key []string, version int64) error {
	_, _, err := ask(tagged(ctx, version), c, n.call(http.MethodDelete, "", key, nil))
	return err
}

// at reads a definition in one of its versions.
func (n named) at(ctx context.Context, c *client.Client, key []string, version int64) (map[string]any, error) {
	call := n.call(http.MethodGet, "/versions/{version}", key, nil)
	call.Names = append(call.Names, version)
	body, _, err := ask(ctx, c, call)
	return body, err
}

// connections are taken out of use and not deleted: what they hold stays in the records.
type connections struct{ named }

// stopped is the stop of a connection, empty without one.
func stopped(ctx context.Context, c *client.Client, name string) (api.Stop, error) {
	for s, err := range c.AllStops(ctx, api.StopsParams{}) {
		if err != nil || s.ID == "connection/"+name {
			return s, err
		}
	}
	return api.Stop{}, nil
}

func (n connections) read(ctx context.Context, c *client.Client, key []string) (found, error) {
	f, err := n.named.read(ctx, c, key)
	if err != nil || f.body == nil {
		return f, err
	}
	if s, err := stopped(ctx, c, key[0]); err != nil || s.Retiring {
		return found{}, err
	}
	return f, nil
}

func (n connections) make(ctx context.Context, c *client.Client, key []string, body map[string]any) (found, error) {
	switch s, err := stopped(ctx, c, key[0]); {
	case err != nil:
		return found{}, err
	case s.Retiring:
		return found{}, fmt.Errorf("the connection %s is retired, and its name stays taken: choose another", key[0])
	}
	return n.named.make(ctx, c, key, body)
}

// remove retires a connection. While grants live on it, that is refused.
func (n connections) remove(ctx context.Context, c *client.Client, key []string, _ int64) error {
	call := n.call(http.MethodPost, "/retire", key, map[string]any{"reason": "Terraform no longer has it"})
	call.Keyed = true
	_, _, err := ask(ctx, c, call)
	return err
}

// attachments are named by their place and the type of request.
type attachments struct{}

func (attachments) call(method string, key []string, body any) api.Call {
	return api.Call{Method: method, Path: "/api/v1/assets/{ref}/attachments/{type}", Names: []any{key[0], key[1]}, Body: body}
}

func (a attachments) read(ctx context.Context, c *client.Client, key []string) (found, error) {
	f, err := a.place(ctx, c, key)
	if f.body["form"] == nil && f.body["flow"] == nil {
		return found{}, err
	}
	return f, err
}

// place reads what is set at a place, if it is only that nothing is.
func (a attachments) place(ctx context.Context, c *client.Client, key []string) (found, error) {
	body, version, err := ask(ctx, c, a.call(http.MethodGet, key, nil))
	return none(body, version, key, err)
}

func (a attachments) make(ctx context.Context, c *client.Client, key []string, body map[string]any) (found, error) {
	f, err := a.place(ctx, c, key)
	if err != nil {
		return f, err
	}
	if f.body["form"] != nil || f.body["flow"] != nil {
		return f, errThere
	}
	return a.change(ctx, c, key, body, f.version)
}

func (a attachments) change(ctx context.Context, c *client.Client, key []string, body map[string]any, version int64) (found, error) {
	_, version, err := ask(tagged(ctx, version), c, a.call(http.MethodPut, key, body))
	return found{key, body, version}, err
}

func (a attachments) remove(ctx context.Context, c *client.Client, key []string, version int64) error {
	_, _, err := ask(tagged(ctx, version), c, a.call(http.MethodDelete, key, nil))
	return err
}

// webhooks are named by an id that the server makes. Their secret is given apart.
type webhooks struct{}

func (webhooks) call(method, more string, key []string, body any) api.Call {
	if len(key) == 0 {
		return api.Call{Method: method, Path: "/api/v1/webhooks", Body: body, Keyed: true}
	}
	return api.Call{Method: method, Path: "/api/v1/webhooks/{id}" + more, Names: []any{key[0]}, Body: body}
}

func (w webhooks) read(ctx context.Context, c *client.Client, key []string) (found, error) {
	body, version, err := ask(ctx, c, w.call(http.MethodGet, "", key, nil))
	if err == nil {
		body["secret"] = newestSecret(body)
	}
	return none(body, version, key, err)
}

// newestSecret is the reference of the secret that was given last; empty if it was none.
func newestSecret(body map[string]any) string {
	var last time.Time
	reference := ""
	all, _ := body["secrets"].([]any)
	for _, s := range all {
		one, _ := s.(map[string]any)
		created, _ := time.Parse(time.RFC3339, fmt.Sprint(one["created"]))
		if !created.Before(last) {
			last = created
			reference, _ = one["reference"].(string)
		}
	}
	return reference
}

// make registers a webhook, unless one of its name and address is there.
func (w webhooks) make(ctx context.Context, c *client.Client, _ []string, body map[string]any) (found, error) {
	for h, err := range c.AllWebhooks(ctx, api.ListWebhooksParams{}) {
		switch {
		case err != nil:
			return found{}, err
		case h.Name == body["name"] && h.URL == body["url"]:
			f, err := w.read(ctx, c, []string{h.ID})
			if err == nil {
				err = errThere
			}
			return f, err
		}
	}
	if err := proposedAlready(ctx, c, fmt.Sprint(body["name"])); err != nil {
		return found{}, err
	}
	answer, _, err := ask(ctx, c, w.call(http.MethodPost, "", nil, body))
	if err != nil {
		return found{}, err
	}
	hook, _ := answer["webhook"].(map[string]any)
	return w.read(ctx, c, []string{fmt.Sprint(hook["id"])})
}

// proposedAlready says that a webhook of a name waits for a second person: to propose it again
// would make two. Definitions need no such thing, their names are their own.
func proposedAlready(ctx context.Context, c *client.Client, name string) error {
	for p, err := range c.AllProposals(ctx, api.ListProposalsParams{Status: "PENDING"}) {
		switch {
		case err != nil:
			return err
		case p.Kind == "webhook.register" && p.Name == name:
			return &client.AwaitingError{Awaiting: api.Awaiting{Proposal: p.ID,
				Detail: "A webhook of this name is proposed already. To propose it with other settings, withdraw that first."}}
		}
	}
	return nil
}

func (w webhooks) change(ctx context.Context, c *client.Client, key []string, body map[string]any, version int64) (found, error) {
	now, err := w.read(ctx, c, key)
	if err != nil {
		return now, err
	}
	settings := maps.Clone(body)
	delete(settings, "secret")
	settings["version"] = version
	if _, _, err := ask(ctx, c, w.call(http.MethodPut, "", key, settings)); err != nil {
		return found{}, err
	}
	if body["secret"] != now.body["secret"] {
		call := w.call(http.MethodPost, "/secrets", key, map[string]any{"secret": body["secret"]})
		call.Keyed = true
		if _, _, err := ask(ctx, c, call); err != nil {
			return found{}, err
		}
	}
	return w.read(ctx, c, key)
}

func (w webhooks) remove(ctx context.Context, c *client.Client, key []string, version int64) error {
	_, _, err := ask(tagged(ctx, version), c, w.call(http.MethodDelete, "", key, nil))
	return err
}
