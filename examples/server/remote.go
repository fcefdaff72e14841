package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/web"
)

// remote is a server whose definitions are compared and applied over its API, in the name of
// whoever a token acts for: the only way where people sign in by a provider or a proxy, whose
// rights no file holds.
type remote struct {
	address string
	token   string // a reference
}

const (
	remoteTimeout = 2 * time.Minute
	maxRemote     = 16 << 20 // bytes of an answer
)

// isHere reports whether the command works on the store itself.
func (r remote) isHere() bool { return r.address == "" }

func (r remote) check() error {
	u, err := url.Parse(r.address)
	switch {
	case (r.address == "") != (r.token == ""):
		return errors.New("-server and -token are needed together")
	case r.address == "":
		return nil
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())):
		return fmt.Errorf("-server is %q, must be an address such as https://access.example.com; http is for loopback only", r.address)
	case !isReference(r.token):
		return errors.New("-token must be a reference, env:NAME or file:/path: the command line is no place for a secret")
	}
	return nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// changes are those that the server answers with.
type changes struct {
	Changes manifest.Differences `json:"changes"`
	Hash    string               `json:"hash"`
	Detail  string               `json:"detail"` // where they await a second person
}

// run compares, applies or exports definitions over the API.
func (r remote) run(ctx context.Context, o configOptions, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, remoteTimeout)
	defer cancel()
	if o.act == "export" {
		_, text, err := r.call(ctx, http.MethodGet, "/definitions", nil)
		if err == nil {
			_, err = out.Write(text)
		}
		return err
	}
	file, from, err := readManifest(o.config)
	if err != nil {
		return err
	}
	if o.config == "" {
		return fmt.Errorf("-config is missing: %s is for a try, and not for %s", from, r.address)
	}
	var text bytes.Buffer
	if err := manifest.Export(&text, file.Definitions()); err != nil {
		return err
	}
	status, answer, err := r.call(ctx, http.MethodPost, "/definitions/"+o.act, map[string]string{"text": text.String(), "reviewed": o.reviewed})
	if err != nil {
		return err
	}
	var c changes
	if err := json.Unmarshal(answer, &c); err != nil {
		return fmt.Errorf("%s answers what this release does not understand: %w", r.address, err)
	}
	if status == http.StatusAccepted {
		_, err = fmt.Fprintf(out, "nothing is applied yet: %s\n", c.Detail)
		return err
	}
	return show(out, o.act, c.Changes, c.Hash)
}

// call calls the API, and returns the answer. A problem of it is the error.
func (r remote) call(ctx context.Context, method, path string, body map[string]string) (int, []byte, error) {
	token, err := readReference(r.token)
	if err != nil {
		return 0, nil, fmt.Errorf("-token: %w", err)
	}
	var sent io.Reader = http.NoBody
	if body != nil {
		if body["reviewed"] == "" {
			delete(body, "reviewed")
		}
		text, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		sent = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(r.address, "/")+"/api/v1"+path, sent)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(token))
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	// A redirect would lead to a sign-in, or take the token elsewhere.
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxRemote))
	if err != nil || answer.StatusCode < 300 {
		return answer.StatusCode, text, err
	}
	return answer.StatusCode, nil, problemOf(r.address, answer.StatusCode, text)
}

// problemOf is the problem of an answer, with each fault that it names.
func problemOf(address string, status int, text []byte) error {
	var p web.Problem
	if json.Unmarshal(text, &p) != nil || p.Detail == "" {
		return fmt.Errorf("%s answers %d", address, status)
	}
	words := []string{p.Detail}
	for _, f := range p.Errors {
		words = append(words, f.Detail)
	}
	return fmt.Errorf("%s answers %d: %s", address, status, strings.Join(words, "\n  "))
}
