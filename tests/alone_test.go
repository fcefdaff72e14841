package tests

import (
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/grantwrighttest"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// setter is eve, who holds GOVERNANCE by now.
var setter = func() request.Identity {
	i := eve
	i.Permissions = []request.Permission{request.Governance}
	return i
}()

func asksFor(at catalog.Ref) request.Attachment {
	return request.Attachment{At: at, Type: request.DataAccess, Flow: "asks"}
}

func opens(at catalog.Ref) request.Attachment {
	return request.Attachment{At: at, Type: request.DataAccess, Flow: "open"}
}

// approving is an open flow, and one that reads tags.
func approving(name request.FlowName, when string) review.Flow {
	return review.Flow{Name: name, Rules: []review.Rule{{Name: "approves", When: when, Then: review.Action{Act: review.Approve}}},
		Default: review.Action{Act: review.Ask, Stages: []review.Stage{groups(review.Any, "analysts")}}}
}

func tagged(version int, tag string) catalog.Classification {
	return catalog.Classification{At: orders, Version: version, Columns: []catalog.ClassifiedColumn{{Name: "email", Tags: []string{tag}}}}
}

// R2: each way in which one person alone can bring about that another's rule approves.
// Others have set what is there before.
var alones = map[string]struct {
	before, alone func(t *testing.T, g func(error), w *world)
}{
	"attaches an open flow": {
		func(t *testing.T, g func(error), w *world) {
			g(attach(t.Context(), w.Governance(), gov, asksFor(orders)))
		},
		func(t *testing.T, g func(error), w *world) {
			g(attach(t.Context(), w.Governance(), setter, opens(orders)))
		}},
	"detaches the strict flow": {
		func(t *testing.T, g func(error), w *world) {
			g(attach(t.Context(), w.Governance(), gov, opens("warehouse:sales")))
			g(attach(t.Context(), w.Governance(), gov, asksFor(orders)))
		},
		func(t *testing.T, g func(error), w *world) {
			g(w.Governance().Attachments.Delete(t.Context(), setter, asksFor(orders).Key(), 0))
		}},
	"attaches a form that names an open flow": {
		func(t *testing.T, g func(error), w *world) {
			_, err := w.Governance().Forms.Save(t.Context(), gov, request.Form{Name: "entry", Title: "Entry", Flow: "open"})
			g(err)
			g(attach(t.Context(), w.Governance(), gov, asksFor("warehouse:sales")))
		},
		func(t *testing.T, g func(error), w *world) {
			g(attach(t.Context(), w.Governance(), setter, request.Attachment{At: orders, Type: request.DataAccess, Form: "entry"}))
		}},
	"has an attached form name an open flow": {
		func(t *testing.T, g func(error), w *world) {
			_, err := w.Governance().Forms.Save(t.Context(), gov, request.Form{Name: "entry", Title: "Entry", Flow: "asks"})
			g(err)
			g(attach(t.Context(), w.Governance(), gov, request.Attachment{At: orders, Type: request.DataAccess, Form: "entry"}))
		},
		func(t *testing.T, g func(error), w *world) {
			_, err := w.Governance().Forms.Save(t.Context(), setter, request.Form{Name: "entry", Version: 1, Title: "Entry", Flow: "open"})
			g(err)
		}},
	"has the flow before the open one delegate": {
		func(t *testing.T, g func(error), w *world) {
			first := approving("first", `request.privilege == "READ_WRITE"`)
			first.Rules[0].Then.Act = review.Delegate
			_, err := w.Governance().Flows.Save(t.Context(), gov, first)
			g(err)
			_, err = w.Governance().Forms.Save(t.Context(), gov, request.Form{Name: "entry", Title: "Entry", Flow: "first"})
			g(err)
			g(attach(t.Context(), w.Governance(), gov, request.Attachment{At: orders, Type: request.DataAccess, Form: "entry", Flow: "open"}))
		},
		func(t *testing.T, g func(error), w *world) {
			_, err := w.Governance().Flows.Save(t.Context(), setter, review.Flow{Name: "first", Version: 1, Default: review.Action{Act: review.Delegate}})
			g(err)
		}},
	"classifies a column": {
		func(t *testing.T, g func(error), w *world) {
			_, err := w.Governance().Flows.Save(t.Context(), gov, approving("tags", `"free" in asset.tags`))
			g(err)
			g(attach(t.Context(), w.Governance(), gov, request.Attachment{At: orders, Type: request.DataAccess, Flow: "tags"}))
		},
		func(t *testing.T, g func(error), w *world) {
			_, err := w.Governance().Classifications.Save(t.Context(), setter, tagged(0, "free"))
			g(err)
		}},
	"takes a classification away": {
		func(t *testing.T, g func(error), w *world) {
			_, err := w.Governance().Flows.Save(t.Context(), gov, approving("tags", `!("secret" in asset.tags)`))
			g(err)
			g(attach(t.Context(), w.Governance(), gov, request.Attachment{At: orders, Type: request.DataAccess, Flow: "tags"}))
			_, err = w.Governance().Classifications.Save(t.Context(), gov, tagged(0, "secret"))
			g(err)
		},
		func(t *testing.T, g func(error), w *world) {
			g(w.Governance().Classifications.Delete(t.Context(), setter, orders, 1))
		}},
	"takes a guardrail away": {
		func(t *testing.T, g func(error), w *world) {
			g(attach(t.Context(), w.Governance(), gov, opens(orders)))
			_, err := w.Governance().Guardrails.Save(t.Context(), gov, review.Guardrail{Name: "none", At: []catalog.Ref{"warehouse:sales"}, Require: "false", Reason: "Nobody."})
			g(err)
		},
		func(t *testing.T, g func(error), w *world) {
			g(w.Governance().Guardrails.Delete(t.Context(), setter, "none", 1))
		}},
	"loosens a mask": {
		func(t *testing.T, g func(error), w *world) {
			g(attach(t.Context(), w.Governance(), gov, opens(orders)))
			_, err := w.Governance().Masks.Save(t.Context(), gov, emailMask(0, catalog.MaskNull))
			g(err)
		},
		func(t *testing.T, g func(error), w *world) {
			_, err := w.Governance().Masks.Save(t.Context(), setter, emailMask(1, catalog.MaskClear))
			g(err)
		}},
	"takes a mask of the schema away": {
		func(t *testing.T, g func(error), w *world) {
			g(attach(t.Context(), w.Governance(), gov, opens(orders)))
			_, err := w.Governance().Masks.Save(t.Context(), gov, emailMask(0, catalog.MaskNull))
			g(err)
		},
		func(t *testing.T, g func(error), w *world) {
			g(w.Governance().Masks.Delete(t.Context(), setter, "e-mail", 1))
		}},
	"says anew who is who on the platform": {
		func(t *testing.T, g func(error), w *world) {
			g(attach(t.Context(), w.Governance(), gov, opens(orders)))
		},
		func(t *testing.T, g func(error), w *world) {
			g(w.Connections().Register(t.Context(), mapper, catalog.Connection{Name: "warehouse", Technology: "fake", Host: "dwh.example.com",
				Principals: catalog.Principals{Expression: "person.attributes.login[0] + \"\""}}))
		}},
	"has the connection lead elsewhere": {
		func(t *testing.T, g func(error), w *world) {
			g(attach(t.Context(), w.Governance(), gov, opens(orders)))
		},
		func(t *testing.T, g func(error), w *world) {
			g(w.Connections().Register(t.Context(), mapper, catalog.Connection{Name: "warehouse", Technology: "fake", Host: "dwh.example.com", URL: "postgres://mine@elsewhere.example.com/db",
				Principals: catalog.Principals{Expression: "person.attributes.login[0]"}}))
		}},
}

// mapper is eve, who holds ADMIN too.
var mapper = func() request.Identity {
	i := setter
	i.Permissions = []request.Permission{request.Governance, request.Admin}
	return i
}()

// emailMask hides a column, of all tables of a schema.
func emailMask(version int, how catalog.MaskHow) catalog.Mask {
	return catalog.Mask{Name: "e-mail", Version: version, At: "warehouse:sales.public", Columns: []string{"email"}, How: how}
}

// arranged is a world with flows of others, and what they have set; then eve is the only
// one who holds GOVERNANCE.
func arranged(t *testing.T, before func(t *testing.T, g func(error), w *world)) (*world, *grantwrighttest.Directory) {
	t.Helper()
	w, people := staffed(t, askingIn(groups(review.Any, "analysts")))
	must(t, w.Governance().Attachments.Delete(t.Context(), gov, asksFor(orders).Key(), 0))
	_, err := w.Governance().Flows.Save(t.Context(), gov, approving("open", "true"))
	must(t, err)
	before(t, func(err error) { t.Helper(); must(t, err) }, w)
	people.Remove(gov.Person())
	people.Put(setter)
	return w, people
}

func whole(s request.Submission) request.Submission {
	s.Answers = nil
	return s
}

func TestNothingApprovesForWhoAloneHasSetWhatLedToIt(t *testing.T) {
	t.Parallel()
	for name, tt := range alones {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := arranged(t, tt.before)
			tt.alone(t, func(err error) { t.Helper(); must(t, err) }, w)
			submit := func(by request.Identity) request.Request {
				t.Helper()
				entry, err := w.Assets().Entry(t.Context(), by, orders, request.DataAccess)
				must(t, err)
				s := asking("30 DAYS")
				if entry.Form.Name == "entry" {
					s = whole(s)
				}
				req, err := w.Submit(t.Context(), by, s)
				must(t, err)
				return req
			}
			if req := submit(setter); req.Status != request.Pending {
				t.Errorf("eve's own is %s: %v", req.Status, w.caseOf(t, req).Review.Why)
			}
			if req := submit(frank); req.Status != request.Approved {
				t.Errorf("frank's is %s: %v", req.Status, w.caseOf(t, req).Review.Why)
			}
		})
	}
}

// What was pinned stays what one person has set, whatever others do to it afterwards: the
// open flow approves nothing when the request is looked at again.
func TestPuttingItBackApprovesNothing(t *testing.T) {
	t.Parallel()
	tt := alones["attaches an open flow"]
	w, people := arranged(t, tt.before)
	tt.alone(t, func(err error) { must(t, err) }, w)
	req, err := w.Submit(t.Context(), setter, asking("30 DAYS"))
	must(t, err)
	people.Put(gov, eve)
	must(t, attach(t.Context(), w.Governance(), gov, asksFor(orders)))
	_, err = w.Reviews().Edit(t.Context(), setter, req.ID, request.Answers{"purpose": {"another report"}, "duration": {"20 DAYS"}})
	must(t, err)
	if c := w.caseOf(t, req); c.Request.Status != request.Pending || len(c.Review.Alone) == 0 {
		t.Errorf("it is %s: %v", c.Request.Status, c.Review.Why)
	}
}

// Where a second person has agreed, rules approve; and for the group of whoever was alone
// they do not.
func TestWhatTwoHaveSetApproves(t *testing.T) {
	t.Parallel()
	w, people := arranged(t, alones["attaches an open flow"].before)
	people.Put(second)
	id := proposal(t, attach(t.Context(), w.Governance(), setter, opens(orders)))
	_, err := w.Proposals().Approve(t.Context(), second, id, "")
	must(t, err)
	if req, err := w.Submit(t.Context(), setter, asking("30 DAYS")); err != nil || req.Status != request.Approved {
		t.Errorf("what two have attached: %s, %v", req.Status, err)
	}
}

func TestNothingApprovesForTheGroupOfWhoAloneHasSetIt(t *testing.T) {
	t.Parallel()
	w := withKinds("PERSON", "GROUP")(t)
	of := gov
	of.Groups = []string{"analysts"}
	w.Config.Directory = request.Roster{team, of, frank}
	w.Config.FourEyes = manifest.FourEyesNever
	w.restart(t)
	_, err := w.Governance().Flows.Save(t.Context(), second, approving("open", "true"))
	must(t, err)
	must(t, attach(t.Context(), w.Governance(), of, opens(orders)))
	if req, err := w.Submit(t.Context(), frank, forWhom(team)); err != nil || req.Status != request.Pending {
		t.Errorf("for the group of whoever attached it: %s, %v", req.Status, err)
	}
}
