package web_test

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web"
	"github.com/grantwright/grantwright/web/internal/api"
)

// A governance user makes a form with an agreement, attaches it, and somebody asks
// by it, over the API alone.
func TestFormsOverTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	read[request.AgreementVersion](t, w.call(t, gov, "PUT", "/agreements/terms", `{"title":"Terms","text":"Be *kind*."}`), 200)
	read[request.FormVersion](t, w.call(t, gov, "PUT", "/forms/asking", `{"title":"Ask","agreements":["terms"],"questions":[
		{"id":"time","type":"ACCESS_DURATION","title":"How long?","max":"30 DAYS","choices":["7 DAYS","30 DAYS"]}]}`), 200)
	const place = "/assets/warehouse:sales.public.orders/attachments/DATA_ACCESS"
	w.call(t, gov, "PUT", "/assets/warehouse:sales/attachments/DATA_ACCESS", `{"form":"asking","flow":"sales"}`)
	held := read[api.Attached](t, w.call(t, eve, "GET", place, ""), 200)
	want := api.Attached{Holds: api.Holding{Form: api.Inherited{Name: "asking", InheritedFrom: "warehouse:sales"}, Flow: api.Inherited{Name: "sales", InheritedFrom: "warehouse:sales"}}}
	if diff := cmp.Diff(want, held); diff != "" {
		t.Errorf("what holds differs (-want +got):\n%s", diff)
	}
	w.call(t, gov, "PUT", place, `{"form":"default"}`)
	if held := read[api.Attached](t, w.call(t, eve, "GET", place, ""), 200); held.Form != "default" || held.Holds.Form.InheritedFrom != "" {
		t.Errorf("what holds is %+v", held)
	}
	w.call(t, gov, "DELETE", place, "")
	for body, status := range map[string]int{
		`{"asset":"warehouse:sales.public.orders","answers":{"time":["7 DAYS"]}}`:                                             422,
		`{"asset":"warehouse:sales.public.orders","answers":{"time":["8 DAYS"]},"agreements":[{"name":"terms","version":1}]}`: 422,
		`{"asset":"warehouse:sales.public.orders","answers":{"time":["7 DAYS"]},"agreements":[{"name":"terms","version":1}]}`: 201,
	} {
		if a := w.call(t, eve, "POST", "/requests", body); a.status != status {
			t.Errorf("%s: %d, want %d: %s", body, a.status, status, a.body)
		}
	}
	listed := read[api.List[request.Form]](t, w.call(t, gov, "GET", "/forms?limit=1", ""), 200)
	if len(listed.Items) != 1 || listed.Items[0].Name != "asking" || listed.Next == "" {
		t.Fatalf("the first page is %+v", listed)
	}
	if rest := read[api.List[request.Form]](t, w.call(t, gov, "GET", "/forms?cursor="+listed.Next, ""), 200); len(rest.Items) != 1 || rest.Items[0].Name != "survey" {
		t.Errorf("the second page is %+v", rest)
	}
}

func TestBatchAndPreviewOverTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	preview := read[api.Preview](t, w.call(t, eve, "POST", "/previews", submission), 200)
	if preview.Status != request.Pending || len(preview.Steps) != 1 || len(preview.Errors) != 0 || preview.Plan == nil {
		t.Errorf("the preview is %+v", preview)
	}
	faulty := read[api.Preview](t, w.call(t, eve, "POST", "/previews", `{"asset":"warehouse:sales.public.orders"}`), 200)
	if len(faulty.Errors) != 2 || faulty.Errors[0].Pointer != "#/answers/duration" || faulty.Status != "" || len(faulty.Asked) != 2 {
		t.Errorf("the preview of nothing is %+v", faulty)
	}
	body := `{"items":[` + submission + `,` + strings.Replace(submission, "warehouse", "lake", 1) + `]}`
	made := read[api.List[request.Request]](t, w.call(t, eve, "POST", "/batches", body, "Idempotency-Key", "k"), http.StatusCreated)
	again := read[api.List[request.Request]](t, w.call(t, eve, "POST", "/batches", body, "Idempotency-Key", "k"), http.StatusCreated)
	if len(made.Items) != 2 || made.Items[0].ID != again.Items[0].ID || made.Items[1].ID != again.Items[1].ID {
		t.Fatalf("the batch is %+v, and again %+v", made, again)
	}
	batch := read[api.Batch](t, w.call(t, eve, "GET", "/batches/"+string(made.Items[0].Batch), ""), 200)
	if len(batch.Items) != 2 || batch.Items[0].Request.Status != request.Pending {
		t.Errorf("the batch is %+v", batch)
	}
	if a := w.call(t, nobody, "GET", "/batches/"+string(made.Items[0].Batch), ""); a.status != 404 {
		t.Errorf("nobody sees it: %d", a.status)
	}
}

func TestLinksOverTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorldAt(t, "", web.Options{URL: "https://access.example.com/grants/"}, nil)
	one := read[catalog.AssetLinks](t, w.call(t, eve, "GET", "/assets/warehouse:sales.public.orders/links", ""), 200)
	const orders = "https://access.example.com/grants/request?fullyQualifiedName=sales.public.orders&host=warehouse&technology=fake"
	if one.DataAccess != orders {
		t.Errorf("the link is %s", one.DataAccess)
	}
	text := w.call(t, admin, "GET", "/connections/warehouse/links", "")
	rows, err := csv.NewReader(strings.NewReader(text.body)).ReadAll()
	must(t, err)
	lines := w.call(t, admin, "GET", "/connections/warehouse/links?format=jsonl", "")
	if got := strings.Count(lines.body, "\n"); got != len(rows)-1 || got < 4 || text.header.Get("Content-Type") != "text/csv; charset=utf-8" || lines.header.Get("Content-Type") != "application/jsonl" {
		t.Fatalf("%d rows and %d lines, %v, %v", len(rows), got, text.header, lines.header)
	}
	decoder := json.NewDecoder(strings.NewReader(lines.body))
	for _, row := range rows[1:] {
		var links catalog.AssetLinks
		must(t, decoder.Decode(&links))
		if diff := cmp.Diff(row, []string{string(links.Ref), string(links.Kind), links.DataAccess, links.MaskingException}); diff != "" {
			t.Errorf("the formats differ (-csv +json):\n%s", diff)
		}
	}
	if a := w.call(t, admin, "GET", "/connections/none/links", ""); a.status != 404 {
		t.Errorf("no connection: %d", a.status)
	}
}

// Whoever asks for what somebody else has asked for is told that, and no more.
func TestOpenRequestOfSomebodyElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.submitted(t, eve)
	if again := read[api.Submitted](t, w.call(t, eve, "POST", "/requests", submission), 200); again.ID != first.ID || !again.Existing {
		t.Errorf("the same requester gets %s, want %s", again.ID, first.ID)
	}
	a := w.call(t, frank, "POST", "/requests", strings.Replace(submission, `{"asset"`, `{"beneficiary":"eve@example.com","asset"`, 1))
	want := web.Problem{Title: "Conflict", Status: 409, Code: "OPEN", Detail: "A request for the same access to warehouse:sales.public.orders is open already."}
	if diff := cmp.Diff(want, read[web.Problem](t, a, 409), cmp.AllowUnexported(web.Fault{}), cmpopts.IgnoreFields(web.Problem{}, "ID")); diff != "" {
		t.Errorf("another is told (-want +got):\n%s", diff)
	}
	if b := w.call(t, frank, "GET", "/requests/"+string(first.ID), ""); b.status != 404 {
		t.Errorf("the request is shown: %d", b.status)
	}
}

// paced is an inventory that reads the second page of a list only once it may.
type paced struct {
	catalog.Inventory
	may chan struct{}
}

func (p paced) Search(ctx context.Context, q catalog.Query) ([]catalog.Asset, error) {
	if q.After != "" {
		select {
		case <-p.may:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return p.Inventory.Search(ctx, q)
}

// The first links arrive while the others have not been read yet.
func TestLinksAreStreamed(t *testing.T) {
	t.Parallel()
	p := paced{new(catalog.Memory), make(chan struct{})}
	w := newWorldAt(t, "", web.Options{}, nil, func(c *grantwright.Config) { c.Inventory = p })
	many := func(yield func(catalog.Asset, error) bool) {
		for i := range 1200 {
			if !yield(catalog.Asset{Ref: catalog.Ref(fmt.Sprintf("lake:t%04d", i)), Kind: catalog.Table, ID: fmt.Sprint(i)}, nil) {
				return
			}
		}
	}
	_, err := p.Replace(t.Context(), "lake", many, w.clock.Now())
	must(t, err)
	resp, err := w.Client().Do(w.request(t, admin, "GET", "/connections/lake/links?format=jsonl", ""))
	must(t, err)
	defer func() { _ = resp.Body.Close() }()
	lines := bufio.NewScanner(resp.Body)
	if !lines.Scan() || !strings.Contains(lines.Text(), "lake:t0000") {
		t.Fatalf("the first line is %q, %v", lines.Text(), lines.Err())
	}
	close(p.may)
	n := 1
	for lines.Scan() {
		n++
	}
	if n != 1200 || lines.Err() != nil {
		t.Errorf("%d lines, %v", n, lines.Err())
	}
}

func TestWantedOverTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := read[request.Wanted](t, w.call(t, eve, "POST", "/wanted", `{"fullyQualifiedName":"sales.public.nothing","technology":"fake","host":"warehouse"}`), 201)
	open := read[api.List[request.Wanted]](t, w.call(t, gov, "GET", "/wanted", ""), 200)
	if len(open.Items) != 1 || open.Items[0].ID != first.ID || open.Items[0].By != eve.Person() {
		t.Errorf("wanted is %+v", open)
	}
	if done := read[request.Wanted](t, w.call(t, gov, "POST", "/wanted/"+string(first.ID)+"/dismiss", `{"reason":"dropped"}`), 200); done.Status != request.Dismissed {
		t.Errorf("dismissed it is %+v", done)
	}
	for i := range request.MaxWanted {
		w.call(t, frank, "POST", "/wanted", fmt.Sprintf(`{"fullyQualifiedName":"no.where%d"}`, i))
	}
	if p := read[web.Problem](t, w.call(t, frank, "POST", "/wanted", `{"fullyQualifiedName":"one.more"}`), 429); p.Code != "LIMIT" {
		t.Errorf("one more: %+v", p)
	}
	if p := read[web.Problem](t, w.call(t, eve, "POST", "/wanted", `{"fullyQualifiedName":"a","host":"w"}`), 400); p.Code != "LINK" {
		t.Errorf("a bad link: %+v", p)
	}
}
