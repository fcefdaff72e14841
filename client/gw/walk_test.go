package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/client/api"
)

// TestTheWholeWay goes from a request to access and back, on a server that runs.
func TestTheWholeWay(t *testing.T) {
	t.Parallel()
	s := start(t)
	eve, owner, admin, auditor := s.as("eve"), s.as("sales-owner"), s.client(t, "admin"), s.as("auditor")
	eve.wants(t, exitDone, words("request -form sales.public.orders"), "-answer purpose=…", "-answer duration=30d", "required")
	id := eve.asked(t, "sales.public.orders", "-answer", "purpose=the quarterly report", "-for", "30d")
	eve.wants(t, exitDone, words("list"), id, "pending", "read 30d")
	eve.wants(t, exitDone, words("status "+id), "pending, lapses", "the owners, any of: group sales-owners asked", "cancel")
	eve.wants(t, exitWaiting, words("status -wait -timeout 1ms "+id), "the time is over", "is still pending")
	owner.wants(t, exitDone, words("list -to-decide"), id, "eve@example.com")
	owner.wants(t, exitDone, []string{"approve", id, "-for", "7d", "-comment", "fine for reporting"},
		"shop:sales.public.orders: read, 30 days", "but 7 days only", "for eve@example.com: the quarterly report", "counts for group sales-owners", id+" is approved.")
	owner.wants(t, exitConflict, words("approve "+id), "it is approved already", "already decided")
	eve.wants(t, exitDone, words("status "+id), "approved, somebody has to do it by hand", "approved for 7 days", "fine for reporting")
	_, err := admin.Attest(t.Context(), id, api.AttestationBody{Done: true})
	must(t, err)
	eve.wants(t, exitDone, words("status -wait "+id), "approved, active", "Ends")
	auditor.wants(t, exitDone, words("who sales.public.orders"), "eve@example.com", "active", id, "not shown")
	eve.wants(t, exitDone, words("who me"), "shop:sales.public.orders", id)
	auditor.wants(t, exitDone, words("who eve@example.com"), "shop:sales.public.orders", id)
	auditor.wants(t, exitDone, words("who -at 2020-01-01 sales.public.orders"), "Nobody has access")
	owner.wants(t, exitDone, []string{"revoke", id, "-reason", "the project is over"}, "approved, active", id+" is revoked.")
	eve.wants(t, exitEnded, words("status "+id), "revoked", "the project is over")
}

func TestSubmitAndWait(t *testing.T) {
	t.Parallel()
	s := start(t)
	eve, admin := s.as("eve"), s.client(t, "admin")
	ended := make(chan run)
	go func() {
		ended <- eve.once(t.Context(), "", "request", "sales.public.revenue", "-answer", "purpose=a look", "-for", "12h", "-wait", "-timeout", "1m", "-json")
	}()
	for done := false; !done; { // a rule approves; the administrator does it by hand
		for g, err := range admin.AllGrantsToDo(t.Context(), api.GrantsToDoParams{}) {
			must(t, err)
			_, err = admin.Attest(t.Context(), g.ID, api.AttestationBody{Done: true})
			must(t, err)
			done = true
		}
	}
	r := <-ended
	r.wants(t, exitDone, words("request -wait"), "waiting until it is decided")
	var found api.Case
	must(t, json.Unmarshal([]byte(r.out), &found))
	if found.Request.Status != "APPROVED" || found.Grant.State != "ACTIVE" {
		t.Errorf("it is %s %s", found.Request.Status, found.Grant.State)
	}
}

func TestDeniedInAScript(t *testing.T) {
	t.Parallel()
	s := start(t)
	frank, owner := s.as("frank"), s.as("sales-owner")
	id := frank.asked(t, "shop:sales.public.orders", "-answer", "purpose=corrections", "-for", "1mo", "-read-write")
	owner.wants(t, exitUsage, words("deny "+id), "-reason is missing")
	owner.wants(t, exitDone, []string{"deny", id, "-reason", "ask for the view"}, "read and write, 1 month", id+" is denied.")
	frank.wants(t, exitEnded, words("status "+id), "denied", "ask for the view")
	frank.wants(t, exitEnded, words("status -wait "+id))
	other := frank.asked(t, "shop:sales.public.orders", "-answer", "purpose=corrections", "-for", "1mo")
	frank.wants(t, exitDone, words("cancel "+other), other+" is canceled.")
	frank.wants(t, exitEnded, words("status "+other))
	frank.wants(t, exitDone, words("list -status denied"), id)
	if r := frank.wants(t, exitDone, words("list -status denied")); strings.Contains(r.out, other) {
		t.Errorf("a canceled request is listed as denied:\n%s", r.out)
	}
}

func TestSeveralAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t)
	eve, owner := s.as("eve"), s.as("sales-owner")
	var ids []string
	for _, asset := range []string{"orders", "revenue"} {
		ids = append(ids, eve.asked(t, "sales.public."+asset, "-answer", "purpose=x", "-for", "30d"))
	}
	all := append([]string{"approve"}, ids...)
	owner.wants(t, exitUsage, all, "Approve "+ids[0], "Approve "+ids[1], "-yes")
	owner.once(t.Context(), "n\n", all...).wants(t, exitUsage, all, "Approve these 2 requests?", "Nothing was done.")
	eve.wants(t, exitDone, words("list -status pending"), ids[0], ids[1])
	owner.once(t.Context(), "y\n", all...).wants(t, exitDone, all, ids[0]+" is approved.", ids[1]+" is approved.")
	third := eve.asked(t, "sales.public.orders", "-answer", "purpose=x", "-for", "40d", "-read-write")
	r := owner.wants(t, exitPartly, append(all, third, "-yes", "-json"), "was not done", "already decided")
	var decided api.ListDecided
	must(t, json.Unmarshal([]byte(r.out), &decided))
	if len(decided.Items) != 3 || decided.Items[0].Problem.Code != "DECIDED" || decided.Items[2].Request.Status != "APPROVED" {
		t.Errorf("the results are %+v", decided)
	}
	owner.wants(t, exitConflict, append(all, "-yes"), "already decided")
	owner.wants(t, exitDone, []string{"revoke", ids[0], ids[1], ids[0], "-yes"}, ids[0]+" is revoked.", ids[1]+" is revoked.")
}

func TestTheFormIsAnsweredOnATerminal(t *testing.T) {
	t.Parallel()
	s := start(t)
	args := words("request sales.public.customers")
	r := s.as("frank").once(t.Context(), "y\n\na model\n5\nEverywhere\n1w\n2\nwe sell everywhere\n", args...)
	r.wants(t, exitDone, args, "I keep it to myself.", "Do you accept this?", "this needs an answer", `"5" is none of the options`, "1 week is none of the choices",
		"Why is one region not enough?", "read for shop:sales.public.customers, 30 days")
	found, err := s.client(t, "frank").Request(t.Context(), requestID.FindString(r.out), api.RequestParams{})
	must(t, err)
	got := found.Request.Answers
	if len(found.Request.Agreements) != 1 || got["purpose"][0] != "a model" || got["region"][0] != "Everywhere" || got["reason"][0] != "we sell everywhere" {
		t.Errorf("the request has %v and %+v", got, found.Request.Agreements)
	}
	s.as("eve").once(t.Context(), "n\n", args...).wants(t, exitUsage, args, "Nothing was done.")
	s.as("eve").once(t.Context(), "y\n", args...).wants(t, exitUsage, args, "no answer to: What do you need the data for?")
}

func TestTheFormIsAnsweredByFlags(t *testing.T) {
	t.Parallel()
	s := start(t)
	eve := s.as("eve")
	whole := []string{"-answer", "purpose=x", "-answer", "region=Everywhere", "-for", "30d", "-agree", "personal-data@1"}
	for _, tt := range []struct {
		args []string
		code int
		says []string
	}{
		{words("-for 30d"), exitUsage, []string{"must be accepted", "-agree personal-data@1"}},
		{words("-agree personal-data@1"), exitUsage, []string{"-answer purpose=…", "-answer region=(Europe | America | Everywhere)", "-answer duration=(7 DAYS | 30 DAYS | 90 DAYS)"}},
		{words("-agree personal-data@2"), exitUsage, []string{"-agree personal-data@2", ": personal-data@1"}},
		{words("-answer porpose=x"), exitUsage, []string{"-answer porpose", "purpose, region, reason, duration"}},
		{words("-answer region"), exitUsage, []string{"must be field=value"}},
		{words("-answer region=Asia"), exitUsage, []string{"-answer region", `"Asia" is none of the options`}},
		{words("-answer region=Europe -answer region=America"), exitUsage, []string{"takes one answer"}},
		{words("-for 30"), exitUsage, []string{"-for", "is no duration", "30d"}},
		{words("-for 31d"), exitUsage, []string{"-for", "none of the choices"}},
		{words("-for 30d -answer duration=30d"), exitUsage, []string{"say the same thing"}},
		{whole, exitUsage, []string{"answers.reason", "-answer reason=…", "Why is one region not enough?"}},
		{append(whole, "-answer", "reason=because", "-columns", "nothing"), exitUsage, []string{"columns", "nothing"}},
		{append(whole, "-answer", "reason=because", "-beneficiary", "nobody"), exitUsage, []string{"beneficiary"}},
		{[]string{"-unmask", "-answer", "purpose=x", "-for", "30d"}, exitUsage, []string{"mask"}},
	} {
		eve.wants(t, tt.code, append([]string{"request", "sales.public.customers"}, tt.args...), tt.says...)
	}
	key := append(whole, "-answer", "reason=because", "-key", "nightly")
	first, again := eve.asked(t, append(key, "sales.public.customers")...), eve.asked(t, append(key, "sales.public.customers")...)
	if first != again {
		t.Errorf("the same key made %s and %s", first, again)
	}
}

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	s := start(t)
	eve := s.as("eve")
	id := eve.asked(t, "sales.public.orders", "-answer", "purpose=x", "-for", "30d")
	for _, tt := range []struct {
		by   *gw
		args string
		code int
		says string
	}{
		{eve, "", exitUsage, "gw login"},
		{eve, "grant", exitUsage, `"grant" is no command`},
		{eve, "request", exitUsage, "ASSET is missing"},
		{eve, "request a b", exitUsage, `"b" is one too many`},
		{eve, "request -purpose=x a", exitUsage, "-purpose"},
		{eve, "request nowhere.orders -for 1d", exitNotFound, "nowhere.orders"},
		{eve, "request shop:nowhere -for 1d", exitNotFound, "nowhere"},
		{eve, "request https://access.example.com/request?fullyQualifiedName=nowhere&host=shop&technology=file", exitNotFound, "nowhere"},
		{eve, "status", exitUsage, "ID is missing"},
		{eve, "status AAAA", exitNotFound, "AAAA"},
		{eve, "status ..", exitFault, "cannot stand in a path"},
		{eve, "list -status open", exitUsage, `-status is "open", must be one of pending, approved`},
		{eve, "list -to-decide -all", exitUsage, "contradict"},
		{eve, "list -to-decide -status denied", exitUsage, "leave out -status"},
		{eve, "list -limit 0", exitUsage, "-limit is 0"},
		{eve, "list orders", exitUsage, "-text orders"},
		{eve, "list -asset orders", exitUsage, "-text finds"},
		{eve, "list -type tables", exitUsage, "-type is"},
		{eve, "list -since soon", exitUsage, "-since is"},
		{eve, "list -all", exitRefused, "GOVERNANCE"},
		{eve, "approve " + id, exitRefused, ""},
		{eve, "approve " + id + " -for soon", exitUsage, `-for: "soon" is no duration`},
		{eve, "approve", exitUsage, "ID is missing"},
		{eve, "approve AAAA", exitNotFound, "AAAA"},
		{eve, "revoke " + id, exitConflict, ""},
		{s.as("frank"), "status " + id, exitNotFound, id},
		{s.as("frank"), "who eve@example.com", exitRefused, ""},
		{eve, "who nowhere:orders", exitNotFound, "orders"},
		{eve, "who -at yesterday sales.public.orders", exitUsage, "-at is"},
		{eve, "link sales -unmask", exitNotFound, "a table or a view"},
		{eve, "help nothing", exitUsage, `"nothing" is no command`},
		{s.as("mallory"), "list", exitRefused, "gw login"},
	} {
		tt.by.wants(t, tt.code, words(tt.args), tt.says)
	}
	twin := s.as("eve")
	env := twin.env
	twin.env = func(n string) string { return map[string]string{"GW_URL": "http://127.0.0.1:1", "GW_USER": env(n)}[n] }
	twin.wants(t, exitFault, words("list"), "connection refused")
}

func TestOutputForPeopleAndForScripts(t *testing.T) {
	t.Parallel()
	s := start(t)
	eve := s.as("eve")
	eve.wants(t, exitDone, words("list"), "There are no such requests.")
	eve.wants(t, exitDone, words("list -to-decide"), "Nothing waits for you")
	id := eve.asked(t, "sales.public.orders", "-answer", "purpose=a\x1b[2Jb\u202ec", "-for", "30d")
	plain := eve.wants(t, exitDone, words("status "+id), `a\u001b[2Jb\u202ec`)
	scripted := eve.wants(t, exitDone, words("status -json "+id), `a\u001b[2Jb\u202ec`)
	if strings.ContainsAny(plain.out+scripted.out, "\x1b\u202e") {
		t.Error("control characters reach the terminal")
	}
	var found api.Case
	must(t, json.Unmarshal([]byte(scripted.out), &found))
	if found.Request.Answers["purpose"][0] != "a\x1b[2Jb\u202ec" {
		t.Errorf("the script reads %q", found.Request.Answers["purpose"])
	}
	var list api.ListRequest
	must(t, json.Unmarshal([]byte(eve.wants(t, exitDone, words("list -json -text ORDERS -person eve@example.com -asset shop:sales -connection shop -type data-access -since 2020-01-01 -flow sales")).out), &list))
	if len(list.Items) != 1 || list.Items[0].ID != id {
		t.Errorf("the list is %+v", list)
	}
	for _, none := range []string{"-text customers", "-person frank@example.com", "-asset shop:sales.public.revenue", "-type masking-exception", "-until 2020-01-01",
		"-since 2999-01-01T00:00:00Z", "-flow personal-data", "-decided-by sales-owner@example.com", "-ends-before 2999-01-01", "-connection elsewhere"} {
		eve.wants(t, exitDone, words("list "+none), "There are no such requests.")
	}
	link := eve.wants(t, exitDone, words("link shop:sales.public.orders")).out
	if want := s.url + "/request?fullyQualifiedName=sales.public.orders&host=shop&technology=file\n"; link != want {
		t.Errorf("the link is %q, want %q", link, want)
	}
	eve.wants(t, exitDone, []string{"request", "-form", strings.TrimSpace(link)}, "shop:sales.public.orders")
	narrow := s.as("eve")
	narrow.width, narrow.now = 60, func() time.Time { return time.Now().Add(3 * time.Hour) }
	for _, args := range []string{"list", "status " + id} {
		for line := range strings.Lines(narrow.wants(t, exitDone, words(args)).out) {
			if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 60 {
				t.Errorf("gw %s: %d characters in %q", args, n, line)
			}
		}
	}
	narrow.wants(t, exitDone, words("list"), id, "…", "3h")
}
