package slacknotify_test

import (
	"fmt"
	"slices"
)

// shape holds what is sent to what Slack documents: Block Kit's reference of blocks
// and elements, views of type modal, chat.postMessage and incoming webhooks.
type shape struct{ faults []string }

func (s *shape) fault(format string, args ...any) {
	s.faults = append(s.faults, fmt.Sprintf(format, args...))
}

// text holds a text object to its kind and length.
func (s *shape) text(where string, of any, most int) {
	text, _ := of.(map[string]any)
	body, _ := text["text"].(string)
	if n := len([]rune(body)); text["type"] != "plain_text" || n < 1 || n > most {
		s.fault("%s is %v, must be plain text of 1 to %d characters", where, of, most)
	}
}

// short holds a string to a length.
func (s *shape) short(where string, of any, most int) {
	if text, is := of.(string); !is || text == "" || len([]rune(text)) > most {
		s.fault("%s is %v, must be a string of 1 to %d characters", where, of, most)
	}
}

// message holds a message to what chat.postMessage, or an incoming webhook, takes.
func (s *shape) message(m map[string]any, direct bool) {
	if direct {
		s.short("channel", m["channel"], 255)
	}
	s.short("text", m["text"], 4000)
	if blocks, is := m["blocks"].([]any); is {
		s.blocks(blocks, 50)
	} else if !direct || m["blocks"] != nil {
		s.fault("blocks are %v", m["blocks"])
	}
}

// modal holds what views.open is sent to the shape of a modal.
func (s *shape) modal(m map[string]any) {
	s.short("trigger_id", m["trigger_id"], 255)
	view, _ := m["view"].(map[string]any)
	if view["type"] != "modal" {
		s.fault("the view is %v", view["type"])
	}
	for _, label := range []string{"title", "submit", "close"} {
		s.text(label, view[label], 24)
	}
	s.short("private_metadata", view["private_metadata"], 3000)
	s.short("callback_id", view["callback_id"], 255)
	blocks, _ := view["blocks"].([]any)
	s.blocks(blocks, 100)
}

func (s *shape) blocks(all []any, most int) {
	if len(all) < 1 || len(all) > most {
		s.fault("there are %d blocks, must be 1 to %d", len(all), most)
	}
	for _, b := range all {
		block := b.(map[string]any)
		switch block["type"] {
		case "section":
			s.section(block)
		case "actions":
			s.actions(block)
		case "input":
			s.input(block)
		default:
			s.fault("a block is %v", block["type"])
		}
	}
}

func (s *shape) section(block map[string]any) {
	fields, _ := block["fields"].([]any)
	if block["text"] == nil && len(fields) == 0 || len(fields) > 10 {
		s.fault("a section has no text, and %d fields", len(fields))
	}
	if block["text"] != nil {
		s.text("a section", block["text"], 3000)
	}
	for _, field := range fields {
		s.text("a field", field, 2000)
	}
}

func (s *shape) actions(block map[string]any) {
	elements, _ := block["elements"].([]any)
	if len(elements) < 1 || len(elements) > 25 {
		s.fault("there are %d elements", len(elements))
	}
	var ids []string
	for _, e := range elements {
		button := e.(map[string]any)
		s.text("a button", button["text"], 75)
		s.short("action_id", button["action_id"], 255)
		ids = append(ids, fmt.Sprint(button["action_id"]))
		if button["type"] != "button" {
			s.fault("an element is %v", button["type"])
		}
		if style := button["style"]; style != nil && style != "primary" && style != "danger" {
			s.fault("a style is %v", style)
		}
		if button["value"] != nil {
			s.short("value", button["value"], 2000)
		}
		if button["url"] != nil {
			s.short("url", button["url"], 3000)
		}
	}
	if slices.Sort(ids); len(slices.Compact(ids)) != len(elements) {
		s.fault("two buttons have the same action_id: %v", ids)
	}
}

func (s *shape) input(block map[string]any) {
	s.text("the label of an input", block["label"], 2000)
	s.short("block_id", block["block_id"], 255)
	element, _ := block["element"].(map[string]any)
	least, _ := element["min_length"].(float64)
	most, _ := element["max_length"].(float64)
	if element["type"] != "plain_text_input" || least < 0 || most > 3000 || least > most {
		s.fault("an input is %v", element)
	}
	s.short("action_id", element["action_id"], 255)
}
