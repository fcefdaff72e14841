package request_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/request"
)

func TestCompleteSubmission(t *testing.T) {
	t.Parallel()
	eve := request.Identity{Issuer: "https://id.example.com", ID: "4711"}
	whole := request.Submission{Asset: "w:d.s.orders", Type: request.MaskingException, Beneficiary: "frank@example.com", Privilege: request.ReadWrite,
		Columns: []string{"id"}, Answers: request.Answers{"purpose": {"a report"}}, Renews: "r1", Key: "k"}
	longest := request.PersonID(strings.Repeat("x", request.MaxPersonBytes))
	typeFault := request.Fault{Field: "type", Reason: "must be DATA_ACCESS or MASKING_EXCEPTION"}
	privilegeFault := request.Fault{Field: "privilege", Reason: "must be READ or READ_WRITE"}
	longFault := request.Fault{Field: "beneficiary", Reason: fmt.Sprintf("has %d bytes, at most %d are allowed", request.MaxPersonBytes+1, request.MaxPersonBytes)}
	for _, tt := range []struct {
		name   string
		in     request.Submission
		want   request.Submission
		faults []request.Fault
	}{
		{"empty", request.Submission{}, request.Submission{Type: request.DataAccess, Privilege: request.Read, Beneficiary: eve.Person()}, nil},
		{"whole", whole, whole, nil},
		{"the longest person", request.Submission{Type: request.DataAccess, Privilege: request.Read, Beneficiary: longest},
			request.Submission{Type: request.DataAccess, Privilege: request.Read, Beneficiary: longest}, nil},
		{"in lower case", request.Submission{Type: "data_access", Privilege: "read"},
			request.Submission{Type: "data_access", Privilege: "read", Beneficiary: eve.Person()}, []request.Fault{typeFault, privilegeFault}},
		{"all at once", request.Submission{Type: "X", Privilege: "Y", Beneficiary: longest + "x"},
			request.Submission{Type: "X", Privilege: "Y", Beneficiary: longest + "x"}, []request.Fault{typeFault, longFault, privilegeFault}},
	} {
		got, err := tt.in.Complete(eve)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		if diff := cmp.Diff(tt.faults, request.FaultsOf(err)); diff != "" || (err == nil) != (tt.faults == nil) {
			t.Errorf("%s: %v (-want +got):\n%s", tt.name, err, diff)
		}
	}
}
