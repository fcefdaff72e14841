// Package teamsnotify is a notify.Channel by Microsoft Teams: it posts an Adaptive
// Card to a room's incoming webhook, as the Workflows app of Teams takes it.
package teamsnotify

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/grantwright/grantwright/internal/jsoncall"
	"github.com/grantwright/grantwright/notify"
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
		return fmt.Errorf("teamsnotify: the URL cannot be read: %w", err)
	}
	card, err := r.card(m)
	if err != nil {
		return err
	}
	body, err := json.Marshal(map[string]any{"type": "message", "attachments": []any{
		map[string]any{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}}})
	if err != nil {
		return err
	}
	status, _, err := jsoncall.Call{Service: "Teams", Address: address, Type: "application/json", Body: body}.Post(ctx)
	if err != nil {
		return fmt.Errorf("teamsnotify: %w", err)
	}
	if status/100 != 2 {
		err = fmt.Errorf("teamsnotify: the incoming webhook answered %d", status)
		if status == http.StatusNotFound || status == http.StatusGone {
			err = fmt.Errorf("%w: %w", notify.ErrPermanent, err)
		}
	}
	return err
}

// card is the message as an Adaptive Card, version 1.4.
func (r Room) card(m notify.Message) (map[string]any, error) {
	text, err := r.Words.Write(m)
	if err != nil {
		return nil, err
	}
	block := func(s string, more map[string]any) map[string]any {
		b := map[string]any{"type": "TextBlock", "text": escape(s), "wrap": true}
		for k, v := range more {
			b[k] = v
		}
		return b
	}
	body := []any{block(text.Subject, map[string]any{"weight": "Bolder", "size": "Medium"}), block(text.Lead, nil)}
	var facts []any
	for _, f := range text.Facts {
		facts = append(facts, map[string]any{"title": escape(f.Label), "value": escape(f.Value)})
	}
	if len(facts) > 0 {
		body = append(body, map[string]any{"type": "FactSet", "facts": facts})
	}
	if text.Detail != "" {
		body = append(body, block(text.Labels.Detail+": "+text.Detail, nil))
	}
	for _, item := range text.Items {
		body = append(body, block("• "+item.Text, nil))
	}
	if text.More != "" {
		body = append(body, block("… "+text.More, nil))
	}
	card := map[string]any{"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4", "body": body}
	if m.Link != "" {
		card["actions"] = []any{map[string]any{"type": "Action.OpenUrl", "title": text.Action, "url": m.Link}}
	}
	return card, nil
}

// escape takes from text what a TextBlock reads as Markdown.
func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "(", `\(`, ")", `\)`, "`", "\\`", "#", `\#`, "<", "&lt;", ">", "&gt;", "~", `\~`).Replace(s)
}
