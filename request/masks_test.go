package request_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

func TestCheckMasks(t *testing.T) {
	t.Parallel()
	masked := catalog.Masking{Columns: []catalog.MaskedColumn{{Name: "email"}, {Name: "phone"}}, Clear: []string{"id"}}
	viewed := catalog.Masking{View: "w:d.s.orders_shown"}
	access := func(p request.Privilege, columns ...string) request.Request {
		return request.Request{Type: request.DataAccess, Privilege: p, Columns: columns}
	}
	exception := func(p request.Privilege, columns ...string) request.Request {
		return request.Request{Type: request.MaskingException, Privilege: p, Columns: columns}
	}
	long := strings.Repeat("x", 61)
	for _, tt := range []struct {
		name string
		req  request.Request
		show catalog.Masking
		want []request.Fault
	}{
		{"access to what is not masked", access(request.ReadWrite), catalog.Masking{}, nil},
		{"access to what is not masked, out of which columns are left", access(request.ReadWrite), catalog.Masking{Out: []string{"x"}}, nil},
		{"reading what is masked", access(request.Read, "email"), masked, nil},
		{"writing what is masked", access(request.ReadWrite), masked, []request.Fault{{Field: "privilege", Reason: "is READ_WRITE, but the asset is masked; READ can be granted"}}},
		{"writing what a view shows", access(request.ReadWrite), viewed, []request.Fault{{Field: "privilege", Reason: "is READ_WRITE, but the asset is masked; READ can be granted"}}},
		{"an exception", exception(request.Read, "phone", "email"), masked, nil},
		{"an exception from nothing", exception(request.ReadWrite, "email"), catalog.Masking{},
			[]request.Fault{{Field: "type", Reason: "asks to see what is masked, but nothing in this asset is masked; ask for access instead"}}},
		{"an exception from a view", exception(request.ReadWrite), viewed,
			[]request.Fault{{Field: "type", Reason: "is MASKING_EXCEPTION, but the asset is shown by w:d.s.orders_shown, which decides itself what is clear"}}},
		{"an exception for no column", exception(request.Read), masked,
			[]request.Fault{{Field: "columns", Reason: "must name the columns to see clear, of those that are masked: email, phone"}}},
		{"an exception that writes, for no column", exception(request.ReadWrite), masked, []request.Fault{
			{Field: "columns", Reason: "must name the columns to see clear, of those that are masked: email, phone"},
			{Field: "privilege", Reason: "must be READ for a masking exception"}}},
		{"an exception for columns that are clear, or not there", exception(request.Read, "id", "email", long), masked, []request.Fault{
			{Field: "columns[0]", Reason: `"id" is not masked; masked are email, phone`},
			{Field: "columns[2]", Reason: `"` + long[:60] + `" is not masked; masked are email, phone`}}},
	} {
		if diff := cmp.Diff(tt.want, tt.req.CheckMasks(tt.show)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
