package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/grantwright/grantwright/client"
	"github.com/grantwright/grantwright/client/internal/login"
)

// The exit codes. They are part of what scripts rely on: docs/cli.md lists them.
const (
	exitDone     = 0
	exitFault    = 1
	exitUsage    = 2
	exitRefused  = 3
	exitNotFound = 4
	exitEnded    = 5
	exitWaiting  = 6
	exitConflict = 7
	exitNoAccess = 8
	exitPartly   = 9
	exitBroken   = 10
)

// exits explain the exit codes, in their order.
var exits = []struct {
	code    int
	meaning string
}{
	{exitDone, "done"},
	{exitFault, "a fault: the server or the way to it does not work"},
	{exitUsage, "the command, a flag or an answer is wrong or missing; the message says which"},
	{exitRefused, "refused: nobody is signed in, or they may not do this"},
	{exitNotFound, "not found: no such request, asset or person"},
	{exitEnded, "the request is not approved: denied, canceled, lapsed, expired or revoked"},
	{exitWaiting, "still waiting when the time was over"},
	{exitConflict, "in conflict: several assets have the name, or somebody has decided or changed it meanwhile"},
	{exitNoAccess, "approved, but the access did not come about, or was suspended"},
	{exitPartly, "some of several were done, and others were not"},
	{exitBroken, "a file that is to prove the log does not hold; the message says what was changed"},
}

// exitError ends gw with a code. Without an error everything was said already.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return fmt.Sprint(e.err) }

func (e *exitError) Unwrap() error { return e.err }

func exit(code int) error { return &exitError{code: code} }

func usagef(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

// codeOf is the exit code of an error.
func codeOf(err error) int {
	var (
		said    *exitError
		problem *client.Problem
		waits   *client.AwaitingError
	)
	switch {
	case errors.As(err, &said):
		return said.code
	case errors.As(err, &problem):
		return codeOfStatus(int(problem.Status), problem.Code)
	case errors.As(err, &waits):
		return exitWaiting
	case errors.Is(err, login.ErrDenied):
		return exitRefused
	case errors.Is(err, context.DeadlineExceeded):
		return exitWaiting
	}
	return exitFault
}

func codeOfStatus(status int, code string) int {
	switch status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusRequestEntityTooLarge:
		if code == "CODE" || code == "EXPIRED_TOKEN" { // of a login that took too long
			return exitWaiting
		}
		return exitUsage
	case http.StatusUnauthorized, http.StatusForbidden:
		return exitRefused
	case http.StatusNotFound:
		return exitNotFound
	case http.StatusConflict, http.StatusPreconditionFailed, http.StatusPreconditionRequired:
		return exitConflict
	}
	return exitFault
}

// explained adds to an error how to go on, where gw knows.
func explained(err error) string {
	text := err.Error()
	p := (*client.Problem)(nil)
	if !errors.As(err, &p) {
		return text
	}
	switch p.Code {
	case "SIGN_IN":
		text += "\nSign in with gw login."
	case "TOKEN":
		text += "\nThe sign-in is over: gw login starts a new one."
	case "SCOPE":
		text += "\nThe token was not allowed to do this: gw login asks for one that is (-scope)."
	case "AMBIGUOUS":
		text += "\nName one of them:"
		for _, a := range p.Candidates {
			text += "\n  " + plain(a.Ref)
		}
	case "STEP_UP":
		text += "\nDecide on the page of the request, which has you sign in again; gw link and gw status print addresses."
	case "STALE", "DECIDED":
		text += "\nLook at it again with gw status."
	}
	return text
}
