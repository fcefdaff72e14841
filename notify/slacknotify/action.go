package slacknotify

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
)

// The ids of the buttons.
const (
	ActApprove = "approve"
	ActDeny    = "deny"

	reasonForm  = "reason" // the callback id of the form that asks for a reason
	reasonBlock = "reason"
	reasonInput = "text"
)

// MaxAge is how old what Slack sends may be, and how far its clock may be ahead.
const MaxAge = 5 * time.Minute

// ErrSignature is wrapped when something was not signed by Slack, or too long ago.
var ErrSignature = errors.New("slacknotify: not signed by Slack, or too old")

// ErrGuest is wrapped when somebody acts who is a guest, or of another workspace.
var ErrGuest = fmt.Errorf("%w: guests may not decide", notify.ErrAccount)

// Verify checks a signature of Slack's (v0: HMAC-SHA256 of the version, the time
// and the body), and that it is no older than MaxAge.
func Verify(secret string, h http.Header, body []byte, now time.Time) error {
	stamp := h.Get("X-Slack-Request-Timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if age := now.Sub(time.Unix(seconds, 0)); err != nil || age > MaxAge || age < -MaxAge {
		return ErrSignature
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("v0:" + stamp + ":"))
	mac.Write(body)
	if secret == "" || !hmac.Equal([]byte("v0="+hex.EncodeToString(mac.Sum(nil))), []byte(h.Get("X-Slack-Signature"))) {
		return ErrSignature
	}
	return nil
}

// Shown is what a button was shown with.
type Shown struct {
	Request request.ID
	Version int // of the review
}

func (s Shown) String() string { return fmt.Sprintf("%d %s", s.Version, s.Request) }

func parseShown(text string) (Shown, error) {
	version, id, two := strings.Cut(text, " ")
	n, err := strconv.Atoi(version)
	if !two || err != nil || n < 0 || id == "" {
		return Shown{}, errors.New("slacknotify: the button is none of ours")
	}
	return Shown{request.ID(id), n}, nil
}

// Action is what somebody did at Slack.
type Action struct {
	Team, User string // Slack's ids: together they name a person there
	Enterprise string // of an Enterprise Grid organization; its people have one id in all of its workspaces, and Team may be empty
	Home       string // the workspace of the user; empty where Slack does not say
	Shown      Shown
	Act        string // ActApprove or ActDeny
	Reason     string
	Given      bool   // the reason was asked for and given; false when a button was pressed
	Trigger    string // opens a form, for 3 seconds
}

// interaction is the part of Slack's interaction payloads that we read.
type interaction struct {
	Type      string `json:"type"`
	TriggerID string `json:"trigger_id"`
	Team      struct {
		ID         string `json:"id"`
		Enterprise string `json:"enterprise_id"`
	} `json:"team"` // null where the app is installed for a whole organization
	Enterprise struct {
		ID string `json:"id"`
	} `json:"enterprise"`
	User struct {
		ID     string `json:"id"`
		TeamID string `json:"team_id"`
	} `json:"user"`
	Actions []struct {
		ActionID string `json:"action_id"`
		Value    string `json:"value"`
	} `json:"actions"`
	View struct {
		CallbackID      string `json:"callback_id"`
		PrivateMetadata string `json:"private_metadata"`
		State           struct {
			Values map[string]map[string]struct {
				Value string `json:"value"`
			} `json:"values"`
		} `json:"state"`
	} `json:"view"`
}

// ParseAction reads what Slack posts when somebody presses a button, or hands in a
// reason. Verify it first. The zero Action is something that needs no answer, such
// as the opening of a link.
func ParseAction(body []byte) (Action, error) {
	form, err := url.ParseQuery(string(body))
	var in interaction
	if err == nil {
		err = json.Unmarshal([]byte(form.Get("payload")), &in)
	}
	enterprise := cmp.Or(in.Enterprise.ID, in.Team.Enterprise)
	if err != nil || in.Team.ID == "" && enterprise == "" || in.User.ID == "" {
		return Action{}, errors.New("slacknotify: this is no interaction of Slack's")
	}
	a := Action{Team: in.Team.ID, User: in.User.ID, Enterprise: enterprise, Home: in.User.TeamID, Trigger: in.TriggerID}
	if enterprise == "" && a.Elsewhere() {
		return Action{}, fmt.Errorf("%w: of another workspace", ErrGuest)
	}
	shown := ""
	switch {
	case in.Type == "block_actions" && len(in.Actions) == 1 && in.Actions[0].ActionID == "open":
		return Action{}, nil
	case in.Type == "block_actions" && len(in.Actions) == 1:
		a.Act, shown = in.Actions[0].ActionID, in.Actions[0].Value
	case in.Type == "view_submission" && in.View.CallbackID == reasonForm:
		a.Act, shown, _ = strings.Cut(in.View.PrivateMetadata, " ")
		a.Reason, a.Given = in.View.State.Values[reasonBlock][reasonInput].Value, true
	}
	if a.Act != ActApprove && a.Act != ActDeny {
		return Action{}, errors.New("slacknotify: the button is none of ours")
	}
	a.Shown, err = parseShown(shown)
	return a, err
}

// Elsewhere reports whether somebody acts in a workspace that is not their own. In an
// organization they may be its people all the same.
func (a Action) Elsewhere() bool { return a.Home != "" && a.Home != a.Team }

// AskReason opens a form that asks for the reason of an action.
func (d Direct) AskReason(ctx context.Context, a Action) error {
	token, err := d.Token(ctx)
	if err != nil {
		return fmt.Errorf("slacknotify: the bot token cannot be read: %w", err)
	}
	words := map[string]map[string]any{}
	for _, name := range []string{a.Act, "reason", "back"} {
		text, err := d.Words.Say("label."+name, nil)
		if err != nil {
			return err
		}
		words[name] = label(text)
	}
	_, err = call(ctx, d.api()+"/views.open", token, map[string]any{"trigger_id": a.Trigger, "view": map[string]any{
		"type": "modal", "callback_id": reasonForm, "private_metadata": a.Act + " " + a.Shown.String(),
		"title": words[a.Act], "submit": words[a.Act], "close": words["back"],
		"blocks": []map[string]any{{"type": "input", "block_id": reasonBlock, "label": words["reason"],
			"element": map[string]any{"type": "plain_text_input", "action_id": reasonInput, "multiline": true, "min_length": 1, "max_length": 3000}}},
	}})
	return err
}

// Member refuses guests: it asks Slack what somebody is there now.
func (d Direct) Member(ctx context.Context, user string) error {
	_, err := d.member(ctx, user)
	return err
}

// Colleague is Member, and refuses those too who are not of an Enterprise Grid organization.
func (d Direct) Colleague(ctx context.Context, enterprise, user string) error {
	who, err := d.member(ctx, user)
	if err != nil {
		return err
	}
	if of, _ := who["enterprise_user"].(map[string]any); enterprise == "" || of["enterprise_id"] != enterprise {
		return fmt.Errorf("%w: of another organization", ErrGuest)
	}
	return nil
}

func (d Direct) member(ctx context.Context, user string) (map[string]any, error) {
	token, err := d.Token(ctx)
	if err != nil {
		return nil, fmt.Errorf("slacknotify: the bot token cannot be read: %w", err)
	}
	said, err := callForm(ctx, d.api()+"/users.info", token, url.Values{"user": {user}})
	if err != nil {
		return nil, err
	}
	who, _ := said["user"].(map[string]any)
	for _, bad := range []string{"is_restricted", "is_ultra_restricted", "is_stranger", "is_bot", "deleted"} {
		if who == nil || who[bad] == true {
			return nil, ErrGuest
		}
	}
	return who, nil
}

func (d Direct) api() string {
	if d.API == "" {
		return API
	}
	return d.API
}
