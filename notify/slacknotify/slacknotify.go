// Package slacknotify is a notify.Channel by Slack: Room posts to an incoming
// webhook, for many to read; Direct writes to people with a bot token, and shows
// them buttons where they are asked to act. What somebody answers by such a button
// is read, and its signature and age verified, by ParseAction.
//
// The shapes of what is sent and read are those that Slack documents for
// chat.postMessage, Block Kit, incoming webhooks and interaction payloads.
package slacknotify

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/grantwright/grantwright/internal/jsoncall"
	"github.com/grantwright/grantwright/notify"
)

// API is where Slack's own methods are.
const API = "https://slack.com/api"

const (
	maxText  = 2900 // of a section; Slack allows 3000 characters
	maxLabel = 24   // of a button, or the title of a form; Slack allows 75 and 24
)

// Room posts to an incoming webhook. Its URL is a secret.
type Room struct {
	URL   func(ctx context.Context) (string, error)
	Words *notify.Words // nil is English
}

// Send posts a message to the room.
func (r Room) Send(ctx context.Context, m notify.Message) error {
	address, err := r.URL(ctx)
	if err != nil {
		return fmt.Errorf("slacknotify: the URL cannot be read: %w", err)
	}
	blocks, text, err := compose(r.Words, m, false)
	if err != nil {
		return err
	}
	status, answer, err := post(ctx, address, "", map[string]any{"text": text, "blocks": blocks})
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("slacknotify: the incoming webhook answered %d: %s", status, notify.Line(string(answer)))
		if status == http.StatusNotFound || status == http.StatusGone || status == http.StatusForbidden {
			err = fmt.Errorf("%w: %w", notify.ErrPermanent, err)
		}
	}
	return err
}

// Direct writes to people as a bot.
type Direct struct {
	API   string // empty means API
	Token func(ctx context.Context) (string, error)

	Buttons bool          // Approve and Deny, where somebody is asked to act: needs the callback
	Words   *notify.Words // nil is English
}

// Send writes to one person. Whoever has not linked their Slack cannot be reached.
func (d Direct) Send(ctx context.Context, m notify.Message) error {
	if m.Account == "" {
		return fmt.Errorf("%w: %s has not linked their Slack", notify.ErrPermanent, m.To)
	}
	token, err := d.Token(ctx)
	if err != nil {
		return fmt.Errorf("slacknotify: the bot token cannot be read: %w", err)
	}
	blocks, text, err := compose(d.Words, m, d.Buttons)
	if err != nil {
		return err
	}
	_, err = call(ctx, d.api()+"/chat.postMessage", token, map[string]any{"channel": m.Account, "text": text, "blocks": blocks, "unfurl_links": false})
	return err
}

// SendCode writes to a member of the workspace, by their id, the code with which
// they link their account.
func (d Direct) SendCode(ctx context.Context, account, code string) error {
	if !memberID.MatchString(account) {
		return fmt.Errorf("%w: %q is no member id of Slack, such as U024BE7LH", notify.ErrAccount, account)
	}
	if err := d.Member(ctx, account); err != nil {
		return err
	}
	token, err := d.Token(ctx)
	if err != nil {
		return fmt.Errorf("slacknotify: the bot token cannot be read: %w", err)
	}
	text, err := d.Words.Say("code", code)
	if err != nil {
		return err
	}
	_, err = call(ctx, d.api()+"/chat.postMessage", token, map[string]any{"channel": account, "text": escape(text)})
	return err
}

var memberID = regexp.MustCompile(`^[UW][A-Z0-9]{2,20}$`)

// permanent are the errors of chat.postMessage that no second attempt helps.
var permanent = map[string]bool{"channel_not_found": true, "user_not_found": true, "user_disabled": true, "is_archived": true, "cannot_dm_bot": true, "messages_tab_disabled": true}

// call calls a method of Slack's API with JSON, and returns what it answered if
// that is ok.
func call(ctx context.Context, address, token string, body any) (map[string]any, error) {
	status, answer, err := post(ctx, address, token, body)
	if err != nil {
		return nil, err
	}
	return answered(status, answer)
}

// callForm is call for the methods that take a form.
func callForm(ctx context.Context, address, token string, form url.Values) (map[string]any, error) {
	status, answer, err := send(ctx, address, token, "application/x-www-form-urlencoded", []byte(form.Encode()))
	if err != nil {
		return nil, err
	}
	return answered(status, answer)
}

func answered(status int, answer []byte) (map[string]any, error) {
	var said map[string]any
	if status != http.StatusOK || json.Unmarshal(answer, &said) != nil {
		return nil, fmt.Errorf("slacknotify: Slack answered %d", status)
	}
	if said["ok"] == true {
		return said, nil
	}
	code, _ := said["error"].(string)
	err := fmt.Errorf("slacknotify: Slack refuses: %s", notify.Line(code))
	if permanent[code] {
		err = fmt.Errorf("%w: %w", notify.ErrPermanent, err)
	}
	return nil, err
}

// post posts JSON.
func post(ctx context.Context, address, token string, body any) (int, []byte, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return 0, nil, err
	}
	return send(ctx, address, token, "application/json; charset=utf-8", text)
}

// send posts a body. Errors say nothing of the address, which may be a secret.
func send(ctx context.Context, address, token, kind string, body []byte) (int, []byte, error) {
	status, answer, err := jsoncall.Call{Service: "Slack", Address: address, Token: token, Type: kind, Body: body}.Post(ctx)
	if err != nil {
		err = fmt.Errorf("slacknotify: %w", err)
	}
	return status, answer, err
}

// escape makes text plain to Slack: no link, no mention, no markup of its own.
func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

func plainText(s string) map[string]any { return atMost(maxText, s) }

// label is plain text on a button, or above a form.
func label(s string) map[string]any { return atMost(maxLabel, s) }

func atMost(most int, s string) map[string]any {
	if runes := []rune(s); len(runes) > most {
		s = string(runes[:most-1]) + "…"
	}
	return map[string]any{"type": "plain_text", "text": s, "emoji": false}
}

// compose writes a message as Block Kit, all that people have written as plain
// text, and as one line for notifications.
func compose(words *notify.Words, m notify.Message, buttons bool) (blocks []map[string]any, line string, err error) {
	text, err := words.Write(m)
	if err != nil {
		return nil, "", err
	}
	section := func(s string) { blocks = append(blocks, map[string]any{"type": "section", "text": plainText(s)}) }
	section(text.Lead)
	var facts []map[string]any
	for _, f := range text.Facts {
		facts = append(facts, plainText(f.Label+": "+f.Value))
	}
	if len(facts) > 0 {
		blocks = append(blocks, map[string]any{"type": "section", "fields": facts})
	}
	if text.Detail != "" {
		section(text.Labels.Detail + ": " + text.Detail)
	}
	for _, item := range text.Items {
		section("• " + item.Text)
	}
	if text.More != "" {
		section("… " + text.More)
	}
	if elements := elements(text, m, buttons); len(elements) > 0 {
		blocks = append(blocks, map[string]any{"type": "actions", "elements": elements})
	}
	return blocks, escape(text.Subject), nil
}

// elements are the buttons below a message. What a button means is bound to the
// version of the review that was shown.
func elements(text notify.Text, m notify.Message, buttons bool) []map[string]any {
	var all []map[string]any
	if buttons && m.Concern == notify.ToAct && m.Request != "" {
		shown := Shown{m.Request, m.Version}.String()
		if len(m.Prevented) == 0 { // else nobody can approve
			all = append(all, map[string]any{"type": "button", "action_id": ActApprove, "text": label(text.Labels.Approve), "style": "primary", "value": shown})
		}
		all = append(all, map[string]any{"type": "button", "action_id": ActDeny, "text": label(text.Labels.Deny), "style": "danger", "value": shown})
	}
	if m.Link != "" {
		all = append(all, map[string]any{"type": "button", "action_id": "open", "text": label(text.Action), "url": m.Link})
	}
	return all
}
