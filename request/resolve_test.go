package request_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

const (
	table  catalog.Ref = "w:d.s.t"
	schema catalog.Ref = "w:d.s"
	whole  catalog.Ref = "w"
)

func at(ref catalog.Ref, form request.FormName, flow request.FlowName) request.Attachment {
	return request.Attachment{At: ref, Type: request.DataAccess, Form: form, Flow: flow}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	masks := at(table, "masks", "masks")
	masks.Type = request.MaskingException
	for _, tt := range []struct {
		name    string
		lineage []request.Attachment
		want    request.Resolved
	}{
		{"nothing", nil, request.Resolved{Form: "default"}},
		{"another type", []request.Attachment{masks}, request.Resolved{Form: "default"}},
		{"far", []request.Attachment{at(whole, "f", "r")}, request.Resolved{Form: "f", FormFrom: whole, Flow: "r", FlowFrom: whole}},
		{"nearest wins", []request.Attachment{at(table, "f1", "r1"), at(schema, "f2", "r2"), at(whole, "f3", "r3")}, request.Resolved{Form: "f1", FormFrom: table, Flow: "r1", FlowFrom: table}},
		{"each for itself", []request.Attachment{at(table, "", "r1"), at(schema, "f2", ""), at(whole, "f3", "r3")}, request.Resolved{Form: "f2", FormFrom: schema, Flow: "r1", FlowFrom: table}},
		{"past another type", []request.Attachment{masks, at(schema, "f", "")}, request.Resolved{Form: "f", FormFrom: schema}},
		{"empty", []request.Attachment{at(table, "", ""), at(whole, "", "r")}, request.Resolved{Form: "default", Flow: "r", FlowFrom: whole}},
	} {
		if diff := cmp.Diff(tt.want, request.Resolve(request.DataAccess, tt.lineage)); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.name, diff)
		}
	}
	got := request.Resolve(request.MaskingException, []request.Attachment{masks, at(table, "f", "r")})
	if diff := cmp.Diff(request.Resolved{Form: "masks", FormFrom: table, Flow: "masks", FlowFrom: table}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Of the form's own flow and the asset's flow the nearer one wins, at the same
// distance the form's; a form without a flow delegates to the asset's.
func TestFlows(t *testing.T) {
	t.Parallel()
	own := request.Form{Name: "f", Flow: "own"}
	for _, tt := range []struct {
		name string
		form request.Form
		from []request.Attachment
		want []request.FlowName
	}{
		{"neither", request.DefaultForm, nil, nil},
		{"the asset's", request.DefaultForm, []request.Attachment{at(whole, "", "asset's")}, []request.FlowName{"asset's"}},
		{"the form delegates", request.Form{Name: "f"}, []request.Attachment{at(table, "f", ""), at(whole, "", "asset's")}, []request.FlowName{"asset's"}},
		{"the form delegates to none", request.Form{Name: "f"}, []request.Attachment{at(table, "f", "")}, nil},
		{"the form's", own, []request.Attachment{at(table, "f", "")}, []request.FlowName{"own"}},
		{"at the same place", own, []request.Attachment{at(schema, "f", "asset's")}, []request.FlowName{"own", "asset's"}},
		{"the form is nearer", own, []request.Attachment{at(table, "f", ""), at(schema, "", "asset's")}, []request.FlowName{"own", "asset's"}},
		{"the flow is nearer", own, []request.Attachment{at(table, "", "asset's"), at(schema, "f", "")}, []request.FlowName{"asset's"}},
		{"the flow is nearer than the connection's form", own, []request.Attachment{at(schema, "", "asset's"), at(whole, "f", "")}, []request.FlowName{"asset's"}},
		{"nearest of both", own, []request.Attachment{at(table, "f", ""), at(schema, "", "asset's"), at(whole, "g", "other")}, []request.FlowName{"own", "asset's"}},
	} {
		if diff := cmp.Diff(tt.want, request.Resolve(request.DataAccess, tt.from).Flows(tt.form)); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.name, diff)
		}
	}
}

func TestAttachmentKey(t *testing.T) {
	t.Parallel()
	a, b := at(table, "f", ""), at(table, "", "r")
	if a.Key() != b.Key() {
		t.Error("one place has two keys")
	}
	b.Type = request.MaskingException
	if a.Key() == b.Key() || a.Key() == at(schema, "f", "").Key() {
		t.Error("two places have one key")
	}
}

func ExampleResolve() {
	nearestFirst := []request.Attachment{
		{At: "warehouse:sales.public", Type: request.DataAccess, Flow: "sales-owners"},
		{At: "warehouse", Type: request.DataAccess, Form: "standard", Flow: "platform-team"},
	}
	r := request.Resolve(request.DataAccess, nearestFirst)
	fmt.Println(r.Form, "from", r.FormFrom)
	fmt.Println(r.Flow, "from", r.FlowFrom)
	// Output:
	// standard from warehouse
	// sales-owners from warehouse:sales.public
}
