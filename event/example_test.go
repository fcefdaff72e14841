package event_test

import (
	"fmt"

	"github.com/grantwright/grantwright/event"
)

// A host reads the log, and decodes each event into the type of its payload.
func Example() {
	log := []struct {
		Type event.Name
		Data string
	}{
		{event.RequestDetermined.Name(), `{"status":"APPROVED","act":"APPROVE","reason":"for the report"}`},
		{event.GrantActive.Name(), `{"state":"ACTIVE","ends":"2026-03-31T12:00:00Z"}`},
		{"lamp.changed", `{}`},
	}
	for _, e := range log {
		payload, err := event.Decode(e.Type, []byte(e.Data)) // of a store.Event: e.Payload()
		if err != nil {
			fmt.Println(err)
			continue
		}
		switch p := payload.(type) {
		case event.Determined:
			fmt.Println(p.Status, p.Reason)
		case event.Grant:
			fmt.Println(p.State, "until", p.Ends.Format("2 January"))
		}
	}
	// Output:
	// APPROVED for the report
	// ACTIVE until 31 March
	// event: unknown name: "lamp.changed"
}

// Who waits for one event decodes its payload without a switch.
func ExampleType_Decode() {
	g, err := event.GrantFailed.Decode([]byte(`{"state":"FAILED","error":"the platform is down","attempts":1}`))
	fmt.Println(g.Attempts, g.Error, err)
	// Output: 1 the platform is down <nil>
}
