package deciding

import (
	"html/template"
	"net/url"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/dossier"
	"github.com/grantwright/grantwright/web/internal/site"
)

// filters are those of a list, as its address has them.
type filters struct {
	Text, Asset, Person, Connection, Type, Flow, Due, Order, Status, Mine string
}

// filterNames are the parameters of an address that filter or order a list.
var filterNames = []string{"text", "asset", "person", "connection", "type", "flow", "due", "order", "status", "mine"}

func filtersOf(q url.Values) filters {
	return filters{q.Get("text"), q.Get("asset"), q.Get("person"), q.Get("connection"), q.Get("type"), q.Get("flow"), q.Get("due"), q.Get("order"), q.Get("status"), q.Get("mine")}
}

// Any reports whether anything is filtered.
func (f filters) Any() bool {
	f.Order = ""
	return f != filters{}
}

// queryOf is the query of an address with these filters, and with nothing else of it.
func queryOf(q url.Values) string {
	kept := url.Values{}
	for _, name := range append([]string{"tab", "role"}, filterNames...) {
		if v := q.Get(name); v != "" {
			kept.Set(name, v)
		}
	}
	return kept.Encode()
}

// wanted is what filters ask of a list. What is due is due by the end of a day, UTC.
func (f filters) wanted(role grantwright.Role, by request.Identity) (grantwright.RequestQuery, error) {
	q := grantwright.RequestQuery{Role: role, Status: request.Status(f.Status), Order: dossier.Order(f.Order)}
	q.Filter = request.Filter{Text: f.Text, Asset: catalog.Ref(f.Asset), Person: request.PersonID(f.Person), Connection: f.Connection, Type: request.Type(f.Type), Flow: request.FlowName(f.Flow)}
	if f.Mine != "" {
		q.Assigned = by.Person()
	}
	if f.Due != "" {
		day, err := time.Parse(time.DateOnly, f.Due)
		if err != nil {
			return q, site.Invalid("query", "due", "must be a day such as 2026-07-01")
		}
		q.DueBefore = day.AddDate(0, 0, 1)
	}
	return q, nil
}

// Back is the query of the list, for the end of an address.
func (p requestList) Back() template.URL { return template.URL(p.From) }

// Back is the query of the queue, for the end of an address.
func (p bulkPreview) Back() template.URL { return template.URL(p.From) }

// Back is the query of the queue, for the end of an address.
func (n near) Back() template.URL { return template.URL(n.From) }
