package notify_test

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
)

// attributeName is how CloudEvents 1.0 wants attributes to be called.
var attributeName = regexp.MustCompile(`^[a-z0-9]{1,20}$`)

// TestCloudEventsAreWhole holds envelopes to the JSON format of CloudEvents 1.0.
func TestCloudEventsAreWhole(t *testing.T) {
	t.Parallel()
	p := notify.Payload{Type: "request.created", Timestamp: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), ID: "e1", Sequence: 1,
		Data: notify.Told{By: "eve", Request: notify.RequestOf(request.Request{ID: "r1"}, "")}}
	bare := notify.Payload{Type: "connection.synced", Timestamp: p.Timestamp, ID: "e2", Data: notify.Told{By: "admin", About: []string{"connections/warehouse"}}}
	for _, tt := range []struct {
		p               notify.Payload
		source, subject string
		schema          bool
	}{
		{p, "https://access.example.com/grants", "requests/r1", true},
		{bare, "", "connections/warehouse", false},
	} {
		text, err := json.Marshal(notify.CloudEventOf(tt.p, 42, tt.source))
		if err != nil {
			t.Fatal(err)
		}
		var e map[string]any
		if err := json.Unmarshal(text, &e); err != nil {
			t.Fatal(err)
		}
		for name, value := range e {
			if !attributeName.MatchString(name) || value == "" || value == nil {
				t.Errorf("attribute %s is %v", name, value)
			}
		}
		if e["specversion"] != "1.0" || e["id"] != tt.p.ID || e["type"] != "io.grantwright."+string(tt.p.Type) || e["subject"] != tt.subject ||
			e["time"] != "2026-03-01T12:00:00Z" || e["datacontenttype"] != "application/json" {
			t.Errorf("got %s", text)
		}
		if _, err := url.Parse(e["source"].(string)); err != nil || e["source"] == "" {
			t.Errorf("source is %v", e["source"])
		}
		if schema, there := e["dataschema"].(string); there != tt.schema || there && !strings.HasPrefix(schema, tt.source+"/") {
			t.Errorf("dataschema is %q", schema)
		}
	}
	if early, late := notify.CloudEventOf(p, 9, "").Sequence, notify.CloudEventOf(p, 10, "").Sequence; early >= late {
		t.Errorf("as text, %s does not come before %s", early, late)
	}
}
