package notify_test

import (
	"fmt"
	"time"

	"github.com/grantwright/grantwright/notify"
)

// A webhook is told of all requests and grants, or of the events that it names.
func ExampleWebhook_Wants() {
	all := notify.Webhook{Name: "archive"}
	grants := notify.Webhook{Name: "desk", Events: []string{"grant.*", "request.created"}}
	for _, t := range []notify.Topic{"request.created", "request.denied", "grant.active", "webhook.suspended"} {
		fmt.Println(t, all.Wants(t), grants.Wants(t))
	}
	// Output:
	// request.created true true
	// request.denied true false
	// grant.active true true
	// webhook.suspended false false
}

// While receivers change over, the secret of before signs beside the new one.
func ExampleWebhook_Rotated() {
	monday := time.Date(2031, 5, 5, 9, 0, 0, 0, time.UTC)
	w := notify.Webhook{Secrets: []notify.Secret{{Reference: "env:OLD", Created: monday.AddDate(0, -3, 0)}}}
	w = w.Rotated(notify.Secret{Reference: "env:NEW", Created: monday}, monday.AddDate(0, 0, 2))
	for _, day := range []int{0, 1, 2} {
		for _, s := range w.Live(monday.AddDate(0, 0, day)) {
			fmt.Print(s.Reference, " ")
		}
		fmt.Println("on day", day)
	}
	// Output:
	// env:NEW env:OLD on day 0
	// env:NEW env:OLD on day 1
	// env:NEW on day 2
}

// Whoever follows the log is given each event as a CloudEvent.
func ExampleCloudEventOf() {
	e := notify.CloudEventOf(notify.Payload{ID: "e1", Type: "grant.active"}, 42, "https://access.example.com")
	fmt.Println(e.Type, e.Sequence)
	fmt.Println(e.DataSchema)
	// Output:
	// io.grantwright.grant.active 0000000000000000042
	// https://access.example.com/webhook.schema.json
}
