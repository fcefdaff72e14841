package teamsnotify_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/notify/teamsnotify"
)

// A room is an incoming webhook, whose URL is read at each sending.
func ExampleRoom_Send() {
	teams := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var posted struct {
			Attachments []struct {
				ContentType string `json:"contentType"`
			} `json:"attachments"`
		}
		err := json.NewDecoder(r.Body).Decode(&posted)
		fmt.Println(posted.Attachments[0].ContentType, err)
	}))
	defer teams.Close()
	room := teamsnotify.Room{URL: func(context.Context) (string, error) { return teams.URL, nil }}
	err := room.Send(context.Background(), notify.Message{Notice: notify.Notice{Topic: "grant.active", Asset: "warehouse:sales.public.orders", By: "eve@example.com"}})
	fmt.Println(err)
	// Output:
	// application/vnd.microsoft.card.adaptive <nil>
	// <nil>
}
