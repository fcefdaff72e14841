package client_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/grantwright/grantwright/client"
	"github.com/grantwright/grantwright/client/api"
)

// A job asks for access to a table, and waits until it is there.
func Example() {
	server := httptest.NewServer(exampleServer()) // in place of https://access.example.com
	defer server.Close()

	access, err := client.New(server.URL, client.Token("gwt_from_the_page_of_your_tokens"))
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	made, err := access.Submit(ctx, api.SubmissionBody{
		Asset:   "warehouse:sales.public.orders",
		Answers: map[string][]string{"purpose": {"the quarterly report"}, "duration": {"30 DAYS"}},
	})
	if err != nil {
		log.Fatal(err) // a *client.Problem names each answer that is wrong
	}
	done, err := access.WaitFor(ctx, made.ID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(done.Request.Status, done.Grant.State)
	// Output: APPROVED ACTIVE
}

// exampleServer is a server on which a rule approves.
func exampleServer() http.Handler {
	mux := http.NewServeMux()
	answer := func(pattern, body string) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) { write(w, 200, "application/json", body) })
	}
	answer("POST /api/v1/requests", `{"id": "A1", "status": "APPROVED"}`)
	answer("GET /api/v1/requests/A1", `{"request": {"id": "A1", "status": "APPROVED"}, "grant": {"state": "ACTIVE"}}`)
	return mux
}
