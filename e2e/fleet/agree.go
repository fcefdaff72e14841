package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/event/proof"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store/pgstore"
)

// compare compares what people were told with the records, the log and the platform.
func (f *fleet) compare(ctx context.Context) error {
	for _, one := range []func(context.Context) error{f.compareRequests, f.compareGrants, f.compareLogins, f.compareLog, f.verify} {
		if err := one(ctx); err != nil {
			return err
		}
	}
	return nil
}

// compareRequests wants each confirmed request once, as it was decided, and no other.
func (f *fleet) compareRequests(ctx context.Context) error {
	known := map[string]string{}
	for cursor, last := "", false; !last; {
		var page struct {
			Items []struct{ ID, Requester, Asset, Status string }
			Next  string
		}
		if err := f.as("auditor").get(ctx, "/requests?role=OVERSEER&limit=200&cursor="+url.QueryEscape(cursor), &page); err != nil {
			return err
		}
		for _, r := range page.Items {
			who := strings.TrimSuffix(r.Requester, "@example.com") + " " + strings.TrimPrefix(r.Asset, "warehouse:sales.public.")
			if other, twice := known[who]; twice {
				f.double("%s has the requests %s and %s", who, other, r.ID)
			}
			known[who] = r.ID
			want := map[bool]string{true: "APPROVED", false: "DENIED"}[f.asked[who].approved]
			if f.asked[who].id != r.ID || r.Status != want {
				f.disagree("request %s of %s is %s; they were told that %q is %s", r.ID, who, r.Status, f.asked[who].id, want)
			}
		}
		cursor, last = page.Next, page.Next == ""
	}
	for who, a := range f.asked {
		if known[who] == "" {
			f.lose(fmt.Errorf("request %s of %s is gone", a.id, who))
		}
	}
	return nil
}

// compareGrants wants one grant for each approval, which is active, and none for a denial.
func (f *fleet) compareGrants(ctx context.Context) error {
	of := map[string]int{}
	for n := range tables {
		var page struct {
			Items []struct{ ID, Request, State, Known string }
		}
		path := "/assets/" + url.PathEscape("warehouse:sales.public."+table(n)) + "/grants?limit=200"
		err := until(ctx, "the grants on a table are active", func() (bool, error) {
			err := f.as("auditor").get(ctx, path, &page)
			for _, g := range page.Items {
				if g.State != "ACTIVE" || g.Known != "VERIFIED" {
					return false, err
				}
			}
			return true, err
		})
		if err != nil {
			return err
		}
		for _, g := range page.Items {
			of[g.Request]++
		}
	}
	for who, a := range f.asked {
		switch n := of[a.id]; {
		case a.approved && n == 0:
			f.lose(fmt.Errorf("the approval of %s led to no grant", who))
		case n > 1:
			f.double("the request of %s has %d grants", who, n)
		case !a.approved && n > 0:
			f.disagree("%s was denied, and has a grant", who)
		}
	}
	return nil
}

// compareLogins wants each login to read what was approved, and nothing else.
func (f *fleet) compareLogins(ctx context.Context) error {
	for person := range people {
		may, err := f.platform.selects(ctx, person)
		if err != nil {
			return err
		}
		for n := range tables {
			if want := f.asked[login(person)+" "+table(n)].approved; may[table(n)] != want {
				f.disagree("%s selects from %s: %v, and the records say %v", login(person), table(n), may[table(n)], want)
			}
		}
	}
	return nil
}

// compareLog wants the events numbered without a hole, and each request to be told of once.
func (f *fleet) compareLog(ctx context.Context) error {
	told, last := map[string]int{}, int64(0)
	for {
		var page struct {
			Items []struct {
				Number        int64
				Type, Request string
			}
		}
		if err := f.as("auditor").get(ctx, fmt.Sprintf("/events?limit=500&after=%d", last), &page); err != nil {
			return err
		}
		if len(page.Items) == 0 {
			break
		}
		for _, e := range page.Items {
			if last++; e.Number != last {
				f.disagree("event %d has the number %d", last, e.Number)
				last = e.Number
			}
			told[e.Type+" "+e.Request]++
		}
	}
	f.events = last
	for who, a := range f.asked {
		active := 0
		if a.approved {
			active = 1
		}
		for kind, want := range map[string]int{"request.created": 1, "request.determined": 1, "grant.active": active} {
			if n := told[kind+" "+a.id]; n > want {
				f.double("the log tells %d times that %s of %s", n, kind, who)
			} else if n < want {
				f.lose(fmt.Errorf("the log does not tell that %s of %s", kind, who))
			}
		}
	}
	return nil
}

// verify has an engine of its own read the whole log and its proofs.
func (f *fleet) verify(ctx context.Context) error {
	records, err := pgstore.Open(f.records.SuperURL("postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = records.Close() }()
	engine, err := grantwright.New(grantwright.Config{Store: records, Inventory: records.Inventory()})
	if err != nil {
		return err
	}
	defer func() { _ = engine.Close() }()
	by := request.Identity{ID: "auditor@example.com", Permissions: []request.Permission{request.Audit}}
	var report proof.Report
	err = until(ctx, "the log is hashed", func() (bool, error) {
		var err error
		report, err = engine.Log().Verify(ctx, by)
		return report.Covered >= f.events, err
	})
	if err != nil {
		return err
	}
	for _, fault := range report.Faults {
		f.disagree("the log does not verify: %v", fault)
	}
	return nil
}
