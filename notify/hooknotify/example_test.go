package hooknotify_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"

	"github.com/grantwright/grantwright/notify/hooknotify"
)

// A call is signed, and its Try says how it went.
func ExampleClient_Post() {
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		fmt.Println(r.Header.Get("webhook-id"), string(body), err, r.Header.Get("webhook-signature") != "")
	}))
	defer receiver.Close()
	secret, err := hooknotify.ParseSecret(hooknotify.NewSecret())
	if err != nil {
		fmt.Println(err)
	}
	call := hooknotify.Call{URL: receiver.URL, ID: "e1", Body: []byte(`{"type":"grant.active"}`), Secrets: [][]byte{secret}}

	allowing := hooknotify.New(hooknotify.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	try := allowing.Post(context.Background(), call)
	fmt.Printf("%d %q\n", try.Status, try.Error)

	refusing := hooknotify.New(hooknotify.Options{}) // the public internet only
	refused := refusing.Post(context.Background(), call)
	fmt.Println(refused.Status, refused.Error != "")
	// Output:
	// e1 {"type":"grant.active"} <nil> true
	// 200 ""
	// 0 true
}
