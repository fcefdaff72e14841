//go:build unix

package tests

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// On MariaDB, where a generated column may be computed from another, whoever asks for one is
// judged as one who reads all of them, and a mask holds for it.
func TestGeneratedColumnsOnMariaDB(t *testing.T) {
	t.Parallel()
	s := newShop(t, "")
	s.root(t, "alter table sales.orders add email varchar(99) default 'E', add low varchar(99) as (lower(email)) virtual, add phone varchar(99) as (concat(low, '!')) persistent, add twice int as (id * 2) stored")
	_, err := s.Sync(t.Context(), admin, "shop")
	must(t, err)
	f := approving("named", `size(request.columns) > 0 && !("email" in request.columns)`)
	_, err = s.Governance().Flows.Save(t.Context(), gov, f)
	must(t, err)
	must(t, attach(t.Context(), s.Governance(), gov, request.Attachment{At: "shop:sales.orders", Type: request.DataAccess, Flow: f.Name}))
	ask := func(want request.Status, columns ...string) request.Request {
		t.Helper()
		req, err := s.Submit(t.Context(), eve, request.Submission{Asset: "shop:sales.orders", Columns: columns, Answers: request.Answers{"purpose": {"monthly report"}, "duration": {"30 DAYS"}}})
		if must(t, err); req.Status != want {
			t.Errorf("asked for %v, the request is %s, want %s", columns, req.Status, want)
		}
		return req
	}
	read := ask(request.Approved, "id", "twice")
	if g, err := s.WaitForGrant(t.Context(), gov, read.ID); err != nil || g.State != provision.Active {
		t.Fatalf("the grant is %s (%s), %v", g.State, g.Error, err)
	}
	s.mustRead(t, "id")
	ask(request.Pending, "low")
	phone := ask(request.Pending, "phone")
	s.mustRead(t, "id")

	_, err = s.Governance().Masks.Save(t.Context(), gov, catalog.Mask{Name: "mails", At: "shop:sales.orders", Columns: []string{"email"}, How: catalog.MaskNull})
	must(t, err)
	m, err := s.Masks().Of(t.Context(), gov, "shop:sales.orders")
	must(t, err)
	var masked []string
	for _, c := range m.Show.Columns {
		masked = append(masked, c.Name)
	}
	if diff := cmp.Diff([]string{"email", "low", "phone"}, masked); diff != "" {
		t.Errorf("masked (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"id", "twice"}, m.Show.Clear); diff != "" {
		t.Errorf("shown clear (-want +got):\n%s", diff)
	}
	if _, err = s.Determine(t.Context(), twice, phone.ID, review.Determination{Act: review.Approve}); err == nil {
		t.Error("a column that is masked, and cannot be masked there, was approved")
	}
	must(t, s.Work(t.Context()))
	s.mustRead(t)
}
