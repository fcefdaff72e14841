package main

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
)

// An interrupt ends a question that nobody has answered.
func TestAQuestionIsInterrupted(t *testing.T) {
	t.Parallel()
	nobody, end := io.Pipe()
	t.Cleanup(func() { _ = end.Close() })
	ctx, interrupt := context.WithCancel(t.Context())
	var errs bytes.Buffer
	g := &gw{in: nobody, errs: &errs, asks: true, interrupted: ctx.Done()}
	interrupt()
	if err := g.confirm("Approve?", false); err != context.Canceled {
		t.Errorf("%v", err)
	}
	g = newGw(t)
	g.errs = &errs
	if code := g.run(ctx, []string{"list"}); code != exitFault || !strings.Contains(errs.String(), "interrupted") {
		t.Errorf("an interrupted run ends with %d and says %q", code, errs.String())
	}
}

// newGw is a gw of a server that nobody reaches.
func newGw(t *testing.T) *gw {
	t.Helper()
	g := atHome(t)
	g.env = func(n string) string { return map[string]string{"GW_URL": "http://127.0.0.1:1"}[n] }
	g.out = io.Discard
	return g
}
