package account

import (
	"slices"
	"testing"

	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
)

// An entry shows what is asked for, whatever people are called.
func TestTold(t *testing.T) {
	t.Parallel()
	for name, called := range map[string]string{"a name": "Eve", "a name of blanks": " \u2028 "} {
		m := notify.Message{Notice: notify.Notice{Topic: "request.commented", Request: "r1", Asset: "w:s.orders", By: "eve"}, Requester: "eve", Beneficiary: "eve",
			Type: request.MaskingException, Privilege: request.Read, Columns: []string{"iban"}, Names: map[request.PersonID]string{"eve": called}}
		text, err := notify.English().Write(m)
		if err != nil {
			t.Fatal(err)
		}
		told := inboxEntry{Message: m, Text: text}.Told()
		if len(told) == 0 || told[0] != (notify.Fact{Label: "Access", Value: "Masking exception, column iban"}) || slices.ContainsFunc(told, func(f notify.Fact) bool { return f.Label == "By" || f.Label == "About" }) {
			t.Errorf("%s: %+v", name, told)
		}
	}
	if told := (inboxEntry{Message: notify.Message{Type: request.DataAccess}}).Told(); len(told) > 0 {
		t.Errorf("of no facts it shows %+v", told)
	}
}
