package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright/client"
	"github.com/grantwright/grantwright/client/api"
)

// asking is a request that is being put together.
type asking struct {
	*gw
	client *client.Client
	entry  api.Entry
	body   api.SubmissionBody

	answers, agree       texts
	lasts, privilege     string
	beneficiary, columns string
	masked, form         bool
	key                  string
	wait                 bool
	timeout              time.Duration
}

// texts is a flag that may be given several times.
type texts []string

func (t *texts) String() string { return strings.Join(*t, " ") }

// Set adds a value.
func (t *texts) Set(s string) error {
	*t = append(*t, s)
	return nil
}

func (g *gw) request(f *flag.FlagSet) func(context.Context, []string) error {
	a := &asking{gw: g}
	write := f.Bool("read-write", false, "ask to change the data too")
	f.Var(&a.answers, "answer", "`field=value` of the form; again for each field, and for each box that is ticked")
	f.StringVar(&a.lasts, "for", "", "how `long`: 12h, 30d, 2w, 6mo, 1y or endless; the answer to the question for that")
	f.Var(&a.agree, "agree", "`name@version` of an agreement that you have read and accept; again for each")
	f.StringVar(&a.beneficiary, "beneficiary", "", "the `id` of who is to have the access; you, without it")
	f.StringVar(&a.columns, "columns", "", "these `columns` only, with commas between them")
	f.BoolVar(&a.masked, "unmask", false, "ask to see masked columns clear: a masking exception")
	f.BoolVar(&a.form, "form", false, "show the form and ask for nothing")
	f.StringVar(&a.key, "key", "", "a `text` of your own: the same again gives the same request, however often it is sent")
	f.BoolVar(&a.wait, "wait", false, "wait until it is decided, and the access is there")
	f.DurationVar(&a.timeout, "timeout", 10*time.Minute, "how long to wait at most, such as 90s or 2h")
	return func(ctx context.Context, about []string) error {
		name, err := oneName(about, "ASSET")
		if err != nil {
			return err
		}
		if *write {
			a.privilege = "READ_WRITE"
		}
		return a.run(ctx, name)
	}
}

func (a *asking) run(ctx context.Context, name string) (err error) {
	if a.client, err = a.gw.client(); err != nil {
		return err
	}
	kind := ""
	if a.masked {
		kind = maskingException
	}
	if a.entry, err = entry(ctx, a.client, name, kind); err != nil {
		return err
	}
	if a.form {
		return a.showForm()
	}
	if err := a.fill(); err != nil {
		return err
	}
	made, err := a.submit(ctx)
	if err != nil {
		return err
	}
	return a.follow(ctx, made)
}

// submit submits the request. What the form asks after all, because of another answer, is asked
// on a terminal.
func (a *asking) submit(ctx context.Context) (api.Submitted, error) {
	if a.key != "" {
		ctx = client.WithHeader(ctx, "Idempotency-Key", a.key)
	}
	for {
		made, err := a.client.Submit(ctx, a.body)
		missing := a.asked(err)
		if len(missing) == 0 || !a.asks {
			return made, a.helped(err, missing)
		}
		for _, q := range missing {
			if err := a.askFor(q); err != nil {
				return made, err
			}
		}
	}
}

// asked are the questions without an answer that a refusal speaks of.
func (a *asking) asked(err error) (missing []api.Question) {
	p := (*client.Problem)(nil)
	if !errors.As(err, &p) || p.Code != "INVALID" {
		return nil
	}
	for _, q := range a.entry.Form.Questions {
		place := "answers." + q.ID
		if len(a.body.Answers[q.ID]) == 0 && slices.ContainsFunc(p.Errors, func(f api.Fault) bool { return f.Place() == place }) {
			missing = append(missing, q)
		}
	}
	return missing
}

// helped says to a refusal how the questions are answered that it speaks of.
func (a *asking) helped(err error, missing []api.Question) error {
	if len(missing) == 0 {
		return err
	}
	text := err.Error() + "\nTo answer:"
	for _, q := range missing {
		text += "\n  " + flagFor(q)
	}
	return &exitError{codeOf(err), errors.New(text)}
}

// follow prints the request that was made, and waits for it if that was asked.
func (a *asking) follow(ctx context.Context, made api.Submitted) error {
	if !a.wait {
		if a.json {
			return a.print(made)
		}
		a.say("Request %s: %s for %s, %s.", made.ID, what(made.Type, made.Privilege, made.Columns), made.Asset, lasts(made.Duration))
		a.say("%s", a.next(made))
		return endOf(made.Status, "")
	}
	a.note("Request %s: waiting until it is decided and the access is there, %s at most.", made.ID, a.timeout)
	return a.waitFor(ctx, a.client, made.ID, a.timeout)
}

// next says what comes next for a request that was just made.
func (a *asking) next(made api.Submitted) string {
	if made.Existing {
		return "You had asked for this already, and it is pending: the answers of now count for nothing. gw status " + made.ID + " shows how far it is."
	}
	switch made.Status {
	case "PENDING":
		return "It is pending: data stewards were asked. gw status " + made.ID + " shows how far it is."
	case "APPROVED":
		return "It is approved. gw status -wait " + made.ID + " waits for the access."
	}
	text := "It is " + word(made.Status)
	if made.Reason != "" {
		text += ": " + made.Reason
	}
	return text + "."
}

// endOf is the exit code of a request and its grant, as they are.
func endOf(status, grant string) error {
	switch {
	case status == "PENDING" || status == "APPROVED" && (grant == "" || grant == "ACTIVE" || grant == "PENDING" || grant == "PROVISIONING"):
		return nil
	case status == "APPROVED":
		return exit(exitNoAccess)
	}
	return exit(exitEnded)
}

// waitFor waits for a request, prints it, and ends with its exit code.
func (g *gw) waitFor(ctx context.Context, c *client.Client, id string, most time.Duration) error {
	within, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	found, err := c.WaitFor(within, id)
	late := errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil
	if late && found.Request.ID == "" { // it was never seen
		found, err = c.Request(ctx, id, api.RequestParams{})
	}
	if err != nil && !late {
		return err
	}
	if err := g.showCase(found); err != nil {
		return err
	}
	if late && !client.Settled(found) {
		return &exitError{exitWaiting, fmt.Errorf("the time is over: %s is still %s", id, g.state(found))}
	}
	return endOf(found.Request.Status, found.Grant.State)
}
