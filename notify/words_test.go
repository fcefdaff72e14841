package notify_test

import (
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
)

// hostile is what people may call themselves, and things.
const hostile = "<b>Eve</b>\r\nBcc: mallory@example.com\u2028x"

func hostileMessage(topic notify.Topic) notify.Message {
	return notify.Message{
		Notice:    notify.Notice{ID: "n1", To: "eve", Topic: topic, Request: "r1", Asset: "warehouse:sales.public.orders", Status: request.Approved, Detail: hostile, By: "owner", Count: 3},
		Recipient: request.Identity{ID: "eve", Name: hostile, Email: "eve@example.com"},
		Requester: "eve", Beneficiary: "frank", Privilege: request.Read, Duration: request.For(30, request.Days),
		Names: map[request.PersonID]string{"eve": hostile, "owner": hostile, "frank": hostile},
		Link:  "https://access.example.com/requests/r1",
	}
}

func TestEveryTopicHasWords(t *testing.T) {
	t.Parallel()
	for _, topic := range notify.Topics() {
		text, err := notify.English().Write(hostileMessage(topic))
		if err != nil {
			t.Errorf("%s: %v", topic, err)
		}
		if text.Subject == "" || text.Lead == "" || strings.ContainsAny(text.Subject+text.Lead, "\r\n\u2028") || strings.Contains(text.Subject+text.Lead, "<no value>") {
			t.Errorf("%s reads %q %q", topic, text.Subject, text.Lead)
		}
	}
}

func TestWordsOfOthersAreWhole(t *testing.T) {
	t.Parallel()
	if _, err := notify.ParseWords(`{{define "request.created.subject"}}x{{end}}`); err == nil || !strings.Contains(err.Error(), "request.created.lead") {
		t.Errorf("a file that leaves something out: %v", err)
	}
	if _, err := notify.ParseWords(`{{define`); err == nil {
		t.Error("what is no template was read")
	}
}

func TestLine(t *testing.T) {
	t.Parallel()
	if got, want := notify.Line(" a\r\n b\t\x00c "), "a b c"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := []rune(notify.Line(strings.Repeat("ä", 500))); len(got) != 201 {
		t.Errorf("got %d runes", len(got))
	}
}

func TestADeliveryRemembersItsLastTries(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	d := notify.Delivery{State: notify.DeliveryPending}
	for i := range 15 {
		d = d.Tried(notify.Try{At: now.Add(time.Duration(i) * time.Hour), Status: 500, Error: "answered 500"})
	}
	if len(d.Tries) != notify.MaxTries || d.Attempts != 15 || !d.Failing.Equal(now) || d.Next.Before(d.Tries[9].At.Add(time.Hour*2/3)) {
		t.Errorf("after 15 attempts: %+v", d)
	}
	if d.GivenUp(now.Add(notify.GiveUpAfter-time.Second)) || !d.GivenUp(now.Add(notify.GiveUpAfter)) {
		t.Error("it is not given up after three days")
	}
	d = d.Tried(notify.Try{At: now, Status: 204})
	if d.State != notify.DeliveryDelivered || d.Attempts != 0 || d.GivenUp(now.AddDate(1, 0, 0)) {
		t.Errorf("after a success: %+v", d)
	}
}
