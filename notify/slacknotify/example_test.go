package slacknotify_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"time"

	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/notify/slacknotify"
)

// A room is an incoming webhook, whose URL is read at each sending.
func ExampleRoom_Send() {
	slack := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var posted struct {
			Text string `json:"text"`
		}
		err := json.NewDecoder(r.Body).Decode(&posted)
		fmt.Println(posted.Text, err)
	}))
	defer slack.Close()
	room := slacknotify.Room{URL: func(context.Context) (string, error) { return slack.URL, nil }}
	err := room.Send(context.Background(), notify.Message{Notice: notify.Notice{Topic: "grant.active", Asset: "warehouse:sales.public.orders", By: "eve@example.com"}})
	fmt.Println(err)
	// Output:
	// Access works: warehouse:sales.public.orders <nil>
	// <nil>
}

// Slack signs the time and the body. After MaxAge the same is refused.
func ExampleVerify() {
	at, body := time.Date(2031, 5, 5, 9, 0, 0, 0, time.UTC), []byte("payload={}")
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte("secret"))
	mac.Write([]byte("v0:" + stamp + ":" + string(body)))
	h := http.Header{}
	h.Set("X-Slack-Request-Timestamp", stamp)
	h.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))

	fmt.Println(slacknotify.Verify("secret", h, body, at.Add(time.Second)))
	fmt.Println(slacknotify.Verify("secret", h, body, at.Add(time.Hour)))
	// Output:
	// <nil>
	// slacknotify: not signed by Slack, or too old
}
