package main

import (
	"io"
	"os"
	"strings"
	"testing"
)

// TestTheStoryHolds tells the whole story; it fails at the first step at which
// the platform does not agree.
func TestTheStoryHolds(t *testing.T) {
	told := output(t, func() error { return run(t.Context(), false) })
	for _, want := range []string{
		"✓  eve: select count(*) from sales.orders  →  10000",
		"✓  frank: select count(*) from sales.orders  →  pq: permission denied",
		"✓  frank: select count(*) from sales.orders  →  10000",
		"guardrail no-interns at dwh:warehouse.sales prevents: Interns never get at the sales data.",
		"added form sales",
		"What else? (only if answers.use == \"Something else\")",
		"agreements.sales-data must be accepted, in version 1",
		"answers.which is not asked with these answers",
		"it keeps that eve@example.com has accepted version 1 of \"sales-data\"",
		"sales-privacy@example.com approves once, for 14 days: the request is APPROVED",
		"✓  eve: select count(*) from sales.revenue_by_month  →  10",
		"review assist shows sales-owner@example.com how others have decided what is like it: too little precedent for advice",
		"the request is EXPIRED, the grant REVOKED",
		"✓  webhook: request.created, number 1 of the request, PENDING",
		"✓  webhook: request.determined, number 3 of the request, APPROVED",
		"deliveries of 7 requests were received, all signatures verified, none out of order",
		"✗ the duration asked for is at most 1 minute",
		"✓ the beneficiary’s groups include “analysts”",
		"so \"a short look\" of flow sales decides: it asks people: one of",
		"it would be: approves at once",
		"✓  eve: select email from gw_quickstart_masked.sales__customers where id = 1  →  customer1@example.com",
		"✓  grace: select email from gw_quickstart_masked.sales__customers where id = 1  →  ***example.com",
		"✓  grace: select count(*) from sales.customers  →  pq: permission denied",
		"All of it held on the platform.",
	} {
		if !strings.Contains(told, want) {
			t.Errorf("the story does not say %q:\n%s", want, told)
		}
	}
}

// output returns what f prints.
func output(t *testing.T, f func() error) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout := os.Stdout
	os.Stdout = w
	read := make(chan string)
	go func() {
		text, _ := io.ReadAll(r)
		read <- string(text)
	}()
	failed := f()
	os.Stdout = stdout
	_ = w.Close()
	told := <-read
	if failed != nil {
		t.Fatalf("%v after:\n%s", failed, told)
	}
	return told
}
