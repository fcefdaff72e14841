package notify_test

import (
	"slices"
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
		var subjects []string
		for _, tag := range []string{"en", "de"} {
			text, err := notify.In(tag).Write(hostileMessage(topic))
			if err != nil {
				t.Errorf("%s: %v", topic, err)
			}
			if text.Subject == "" || text.Lead == "" || strings.ContainsAny(text.Subject+text.Lead, "\r\n\u2028") || strings.Contains(text.Subject+text.Lead, "<no value>") {
				t.Errorf("%s reads %q %q", topic, text.Subject, text.Lead)
			}
			subjects = append(subjects, text.Subject)
		}
		if subjects[0] == subjects[1] {
			t.Errorf("%s reads %q in German too", topic, subjects[0])
		}
	}
}

func TestWordsSayWhatMatters(t *testing.T) {
	t.Parallel()
	end := time.Date(2026, 3, 8, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		about notify.Notice
		says  string
	}{
		{notify.Notice{Topic: "request.created", Request: "r1", Concern: notify.ToAct}, "asks to read . Please decide."},
		{notify.Notice{Topic: "request.created", Request: "r1", Concern: notify.Reviewed}, "Your turn comes"},
		{notify.Notice{Topic: "request.created", Request: "r1"}, "eve asks to read ."}, // to a room
		{notify.Notice{Topic: "grant.expiring", Request: "r1", Ends: end}, "ends on 8 March 2026, 12:00 UTC."},
		{notify.Notice{Topic: "asset.reported", Subject: "wanted/x", Named: "sales.refunds", By: "eve"}, "eve looks for sales.refunds, which is not registered."},
		{notify.Notice{Topic: "asset.registered", Subject: "wanted/x", Named: "sales.refunds"}, "You looked for sales.refunds."},
		{notify.Notice{Topic: "asset.dismissed", Subject: "wanted/x", Named: "sales.refunds", By: "gov"}, "gov says that it will not"},
		{notify.Notice{Topic: "webhook.suspended", Subject: "webhooks/x", Named: "tickets"}, "Your webhook tickets takes nothing"},
		{notify.Notice{Topic: "connection.reconciliation_stopped", Subject: "connections/warehouse", Count: 12}, "warehouse was compared with the records, and nothing was changed: 12 accesses"},
		{notify.Notice{Topic: "access.orphaned", Subject: "connections/warehouse", Asset: "warehouse:sales.orders"}, "On warehouse:sales.orders there is access"},
	} {
		text, err := notify.English().Write(notify.Message{Notice: tt.about, Requester: "eve", Beneficiary: "eve", Privilege: request.Read})
		if err != nil || !strings.Contains(text.Lead, tt.says) {
			t.Errorf("%s: %q, %v; want it to say %q", tt.about.Topic, text.Lead, err, tt.says)
		}
	}
}

// A masking exception never reads like access, and nobody is asked to decide what is decided.
func TestExceptionsAndWhatIsDecidedInWords(t *testing.T) {
	t.Parallel()
	for _, topic := range []notify.Topic{"request.created", "stage.opened", "request.determined", "request.edited", "request.reminded", "request.assigned", "request.escalated", "grant.active", "grant.to_do", "grant.overdue"} {
		m := notify.Message{Notice: notify.Notice{Topic: topic, Request: "r1", Asset: "w:s.orders", Status: request.Approved, Concern: notify.ToAct}, Requester: "eve", Beneficiary: "eve",
			Type: request.MaskingException, Privilege: request.Read, Columns: []string{"iban"}, Stands: request.Approved}
		for tag, says := range map[string]struct{ unmasked, exception, decide string }{
			"en": {"unmasked", "masking exception", "Please decide"},
			"de": {"unmaskiert", "Maskierungsausnahme", "Bitte entscheiden"},
		} {
			text, err := notify.In(tag).Write(m)
			if all := text.Subject + " " + text.Lead; err != nil || !strings.Contains(all, says.unmasked) && !strings.Contains(all, says.exception) || strings.Contains(all, says.decide) {
				t.Errorf("%s: %q, %v", topic, all, err)
			}
			if m.Stands = request.Pending; topic == "stage.opened" {
				if text, err := notify.In(tag).Write(m); err != nil || !strings.Contains(text.Lead, says.decide) {
					t.Errorf("%s: %q, %v", topic, text.Lead, err)
				}
			}
			m.Stands = request.Approved
		}
	}
}

func TestColumnsInWords(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		columns []string
		says    string
	}{
		{nil, "eve asks to read w:s.orders."},
		{[]string{"id"}, "eve asks to read column id of w:s.orders."},
		{[]string{"id", "x\ny"}, "eve asks to read columns id, x y of w:s.orders."},
		{[]string{"a", "b", "c", "d", "e", "f", "g"}, "eve asks to read columns a, b, c, d, e and 2 more of w:s.orders."},
	} {
		m := notify.Message{Notice: notify.Notice{Topic: "request.created", Request: "r1", Asset: "w:s.orders"}, Requester: "eve", Beneficiary: "eve", Privilege: request.Read, Columns: tt.columns}
		if text, err := notify.English().Write(m); err != nil || text.Lead != tt.says {
			t.Errorf("%q, %v; want %q", text.Lead, err, tt.says)
		}
	}
}

func TestDurationsInWords(t *testing.T) {
	t.Parallel()
	for d, want := range map[request.Duration]string{request.For(1, request.Days): "1 day", request.For(30, request.Days): "30 days", request.For(2, request.Hours): "2 hours",
		request.For(1, request.Years): "1 year", request.Endless: "without end"} {
		text, err := notify.English().Write(notify.Message{Notice: notify.Notice{Topic: "grant.active", Request: "r1", By: request.SystemID}, Duration: d, Beneficiary: "eve"})
		if facts := []notify.Fact{{Label: "For", Value: "eve"}, {Label: "How long", Value: want}}; err != nil || !slices.Equal(text.Facts, facts) {
			t.Errorf("%s: %+v, %v, want %+v", d, text.Facts, err, facts)
		}
	}
}

func TestWhereNoticesLead(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		n    notify.Notice
		want string
	}{
		{notify.Notice{Request: "r1"}, "/requests/r1"},
		{notify.Notice{Topic: notify.ReviewWaiting}, "/reviews"},
		{notify.Notice{Request: "r1", Concern: notify.DoByHand}, "/tasks/r1"},
		{notify.Notice{Subject: "webhooks/x"}, "/webhooks/x"},
		{notify.Notice{Subject: "wanted/x", Page: "/wanted"}, "/wanted"},
		{notify.Notice{Subject: "connections/warehouse"}, "/inbox"},
	} {
		if got := tt.n.Path(); got != tt.want {
			t.Errorf("%+v leads to %s, want %s", tt.n, got, tt.want)
		}
	}
}

func TestWordsOfOthersAreWhole(t *testing.T) {
	t.Parallel()
	if _, err := notify.ParseWords(`{{define "request.created.subject"}}x{{end}}`); err == nil || !strings.Contains(err.Error(), "request.created.lead") || !strings.Contains(err.Error(), "code") {
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
