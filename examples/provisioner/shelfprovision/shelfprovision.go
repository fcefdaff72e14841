// Package shelfprovision gives and takes access on Shelf. It is what a platform
// vendor writes, outside of this project: one method that brings the platform to
// what is wanted, and a test that the contract is kept.
package shelfprovision

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// us is the name in which our key gives access: what others gave stays theirs.
const us = "grantwright"

// Provisioner speaks to one Shelf.
type Provisioner struct{ URL, Key string }

// Platform is what goes into Config.Platforms under "shelf".
var Platform = provision.Platform{
	Provisioner: func(_ context.Context, to provision.Target) (provision.Provisioner, error) {
		return &Provisioner{URL: to.Connection.URL, Key: to.Password}, nil
	},
}

// Apply brings users to what is wanted, one after the other.
func (p *Provisioner) Apply(ctx context.Context, want []provision.Standing) []provision.Outcome {
	return provision.Each(p.apply).Apply(ctx, want)
}

// apply looks first, acts only where something differs, and looks again: what it
// says is what it then saw.
func (p *Provisioner) apply(ctx context.Context, want provision.Standing) (o provision.Outcome) {
	if _, err := levelOf(want); err != nil {
		return provision.Outcome{Err: err}
	}
	seen, err := p.look(ctx, want)
	if err == nil {
		want, o.Withdrawn = seen.heed(want)
	}
	level, _ := levelOf(want)
	if err == nil && seen.ours != level {
		if err = p.give(ctx, want, level); err == nil {
			o.Ran = []provision.Statement{statement(want, level)}
			seen, err = p.look(ctx, want)
		}
	}
	switch {
	case errors.Is(err, errMissing) && len(want.Want) == 0:
		return o // where there is no folder or no user, nobody has access
	case errors.Is(err, errMissing):
		o.Err = p.missing(ctx, want, err)
	case err == nil && seen.ours != level:
		o.Err = fmt.Errorf("shelfprovision: level %s was set, but is %s", level, seen.ours)
	default:
		o.Err, o.Remaining = err, seen.others
	}
	return o
}

// heed takes out of what is wanted what was given once and stands no longer:
// somebody took it away, and has reasons.
func (s standing) heed(want provision.Standing) (left provision.Standing, gone []provision.Access) {
	left = want
	left.Want = nil
	for _, a := range want.Want {
		stands := s.ours == "write" || s.ours == "read" && a.Privilege == request.Read
		given := slices.ContainsFunc(want.Given, func(g provision.Access) bool { return g.Privilege == a.Privilege })
		if given && !stands {
			gone = append(gone, a)
		} else {
			left.Want = append(left.Want, a)
		}
	}
	return left, gone
}

// missing says why nothing can be given, and which folder has the name now if it
// is another one.
func (p *Provisioner) missing(ctx context.Context, want provision.Standing, why error) error {
	body, err := p.send(ctx, http.MethodGet, p.URL+"/folders", "")
	if err != nil {
		return err
	}
	var folders []struct{ ID, Name string }
	if err := json.Unmarshal(body, &folders); err != nil {
		return fmt.Errorf("shelfprovision: the answer is not JSON: %w", err)
	}
	for _, f := range folders {
		if f.Name == want.Asset.Ref.Name() && f.ID != want.Asset.ID {
			return &provision.ReplacedError{
				What:   fmt.Sprintf("folder %s", want.Asset.Ref),
				Reason: fmt.Sprintf("is another folder now: %s, but %s was approved", f.ID, want.Asset.ID),
				Now:    catalog.Object{ID: f.ID, Kind: want.Asset.Kind},
			}
		}
	}
	return &provision.RefusedError{What: fmt.Sprintf("folder %s for user %q", want.Asset.Ref, want.Principal.Name), Reason: "cannot be given: " + why.Error()}
}

// levelOf is the one level that covers all that is wanted.
func levelOf(want provision.Standing) (string, error) {
	level := "none"
	for _, a := range want.Want {
		switch {
		case len(a.Columns) > 0:
			return "", &provision.RefusedError{What: fmt.Sprintf("access to columns of %s", want.Asset.Ref), Reason: "is unknown to Shelf, which shares whole folders"}
		case a.Privilege == request.ReadWrite:
			level = "write"
		case level == "none":
			level = "read"
		}
	}
	return level, nil
}

// statement is what people are told that we did.
func statement(want provision.Standing, level string) provision.Statement {
	return provision.Statement(fmt.Sprintf("set access of %q to folder %s (%s) to %s", want.Principal.Name, want.Asset.ID, want.Asset.Ref.Name(), level))
}

// standing is what a user has on a folder.
type standing struct {
	ours   string           // the level that we gave
	others []provision.Path // how the user gets in otherwise
}

func (p *Provisioner) look(ctx context.Context, want provision.Standing) (standing, error) {
	body, err := p.call(ctx, http.MethodGet, want, "")
	if err != nil {
		return standing{}, err
	}
	var entries []struct{ By, Level string }
	if err := json.Unmarshal(body, &entries); err != nil {
		return standing{}, fmt.Errorf("shelfprovision: the answer is not JSON: %w", err)
	}
	s := standing{ours: "none"}
	for _, e := range entries {
		if e.By == us {
			s.ours = e.Level
		} else {
			s.others = append(s.others, provision.Path(e.Level+" from "+e.By))
		}
	}
	return s, nil
}

func (p *Provisioner) give(ctx context.Context, want provision.Standing, level string) error {
	_, err := p.call(ctx, http.MethodPut, want, fmt.Sprintf(`{"level": %q}`, level))
	return err
}

var errMissing = errors.New("it is not there")

// call asks by the folder's id, never by its name, which may be another's by now.
// Shelf does nothing after our deadline: a request that was held up on the way
// must not undo what somebody has done since.
func (p *Provisioner) call(ctx context.Context, method string, want provision.Standing, body string) ([]byte, error) {
	return p.send(ctx, method, p.URL+"/folders/"+url.PathEscape(want.Asset.ID)+"/access?"+url.Values{"user": {want.Principal.Name}}.Encode(), body)
}

func (p *Provisioner) send(ctx context.Context, method, at, body string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, at, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Key", p.Key)
	if deadline, has := ctx.Deadline(); has {
		r.Header.Set("Not-After", deadline.Format(time.RFC3339Nano))
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	switch said := strings.TrimSpace(string(text)); {
	case answer.StatusCode == http.StatusNotFound:
		return nil, fmt.Errorf("%w: %s", errMissing, said)
	case answer.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("shelfprovision: Shelf says %s: %s", answer.Status, said)
	}
	return text, err
}
