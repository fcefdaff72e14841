package records

import (
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// RequestsInEmergency finds the requests that were approved at once: those of every verdict
// under AnyVerdict, and those that wait for their review under request.Unreviewed.
var RequestsInEmergency = store.Index[request.Verdict, request.Request]{Kind: "requests", Name: "emergency",
	Values: func(r request.Request) []request.Verdict {
		switch {
		case r.Emergency == nil || r.Emergency.Due.IsZero():
			return nil
		case r.Emergency.Waits():
			return []request.Verdict{AnyVerdict, request.Unreviewed}
		}
		return []request.Verdict{AnyVerdict, r.Emergency.Verdict}
	},
	Order: submitted}

// AnyVerdict finds the emergencies of every verdict.
const AnyVerdict request.Verdict = ""

// EmergenciesWaiting finds the requests whose review afterwards is overdue, by when that is
// told next.
var EmergenciesWaiting = store.Index[string, request.Request]{Kind: "requests", Name: "emergency_next",
	Values: func(r request.Request) []string { return store.Only("all", r.Emergency.Waits()) },
	Order:  func(r request.Request) string { return store.OrderTime(r.Emergency.Next()) }}
