package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/grantwright/grantwright/notify/slacknotify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/web/internal/site"
)

// slackPath is where Slack brings what people have pressed.
const slackPath = "/slack/interactions"

// Slack lets people decide by the buttons of a message in Slack. Set the request
// URL for interactivity of the Slack app to /slack/interactions of the handler.
type Slack struct {
	Channel string             // its name in Config.Channels of the engine
	Direct  slacknotify.Direct // the same that is there
	Team    string             // id of the workspace, such as T024BE7LD; others are refused

	// Enterprise is the id of the Enterprise Grid organization, such as E024BE7LD, where there
	// is one: its people may then decide from each of its workspaces, and Team does not count.
	Enterprise string

	// SigningSecret is that of the Slack app.
	SigningSecret func(ctx context.Context) (string, error)

	Now func() time.Time // nil means time.Now
}

func (o *Slack) check() error {
	if o.Channel == "" || o.Team == "" && o.Enterprise == "" || o.SigningSecret == nil || o.Direct.Token == nil {
		return errors.New("web: Options.Slack needs Channel, Team or Enterprise, SigningSecret and Direct.Token")
	}
	return nil
}

func (o *Slack) now() time.Time {
	if o.Now == nil {
		return time.Now()
	}
	return o.Now()
}

// slackInteraction answers the callback of Slack for a button. A body that Slack did
// not sign just now is refused before it is read. A button opens a
// form that asks for the reason; handed in, the determination is that of whoever
// has linked the account, by all the rules that hold everywhere.
func (s *handler) slackInteraction(w http.ResponseWriter, r *http.Request) {
	ctx, o := r.Context(), s.options.Slack
	body, err := io.ReadAll(r.Body)
	if err != nil {
		site.Plain(w, http.StatusRequestEntityTooLarge, site.ErrTooLarge.Detail)
		return
	}
	secret, err := o.SigningSecret(ctx)
	if err == nil {
		err = slacknotify.Verify(secret, r.Header, body, o.now())
	}
	if err != nil {
		s.Log.WarnContext(r.Context(), "an interaction of Slack was refused", "error", err)
		site.Plain(w, http.StatusUnauthorized, "This was not signed by Slack just now.")
		return
	}
	action, err := slacknotify.ParseAction(body)
	switch {
	case err != nil:
		site.Plain(w, http.StatusBadRequest, site.Sentence(err))
	case action.Act == "": // a link was opened
	case !action.Given:
		// Rules are checked when the reason is handed in: the form can show a refusal.
		if err := o.Direct.AskReason(ctx, action); err != nil {
			s.Log.WarnContext(r.Context(), "Slack opens no form", "error", err)
		}
	default:
		s.slackDetermination(w, r, action)
	}
}

// slackDetermination makes a determination of a form of Slack. The form closes, or
// shows the problem.
func (s *handler) slackDetermination(w http.ResponseWriter, r *http.Request, action slacknotify.Action) {
	answer := map[string]any{"response_action": "clear"}
	if err := s.determineAtSlack(r.Context(), action); err != nil {
		answer = map[string]any{"response_action": "errors", "errors": map[string]string{"reason": s.Problem(r, err).Detail}}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

var errNotLinked = &site.Problem{Status: http.StatusForbidden, Code: "FORBIDDEN", Detail: "Nobody has linked this Slack account. Sign in to Grantwright, open Preferences, and link it there."}

// admit refuses who is not of the organization, or of the workspace where there is none, and
// guests.
func (o *Slack) admit(ctx context.Context, a slacknotify.Action) error {
	switch {
	case o.Enterprise != "" && a.Enterprise != o.Enterprise:
		return fmt.Errorf("%w: this organization is another", slacknotify.ErrGuest)
	case o.Enterprise != "":
		return o.Direct.Colleague(ctx, o.Enterprise, a.User)
	case a.Team != o.Team || a.Elsewhere():
		return fmt.Errorf("%w: this workspace is another", slacknotify.ErrGuest)
	}
	return o.Direct.Member(ctx, a.User)
}

func (s *handler) determineAtSlack(ctx context.Context, a slacknotify.Action) error {
	o := s.options.Slack
	if err := o.admit(ctx, a); err != nil {
		return err
	}
	by, err := s.Engine.Inbox().LinkedTo(ctx, o.Channel, a.User)
	if errors.Is(err, request.ErrUnknownPerson) {
		return errNotLinked
	} else if err != nil {
		return err
	}
	act := map[string]review.Act{slacknotify.ActApprove: review.Approve, slacknotify.ActDeny: review.Deny}[a.Act]
	reason := strings.TrimSpace(a.Reason)
	if reason == "" {
		return site.Invalid("determination", "reason", "is required")
	}
	version := a.Shown.Version
	if version == 0 {
		version = -1 // no review that was shown has none
	}
	_, err = s.Engine.Determine(ctx, by, a.Shown.Request, review.Determination{Act: act, Reason: reason, Version: version})
	return err
}
