package notifytest_test

import (
	"fmt"

	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/notify/notifytest"
)

// A channel's own tests may send the messages of the suite too.
func ExampleMessage() {
	m := notifytest.Message(notify.ReviewWaiting, "n1")
	fmt.Println(m.To, m.Topic, m.Asset, m.Link)
	// Output: reader review.waiting warehouse:sales.public.orders https://access.example.com/requests/r1
}
