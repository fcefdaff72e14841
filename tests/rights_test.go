package tests

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// The roles that somebody can have towards a request of eve's.
var roles = map[string]request.Identity{
	"requester": eve,
	"steward":   owner,
	"nobody":    nobody,
	"GOV":       gov,
	"ADMIN":     admin,
	"AUDIT":     auditor,
	"invalid":   {},
}

// acts are all the methods by which people act, each on a world of its own with
// one pending and one granted request of eve's, and who may.
var acts = []struct {
	method string
	may    []string
	do     func(ctx context.Context, w *world, by request.Identity, pending, granted request.Request) error
}{
	{"Resolve", []string{"requester", "steward", "nobody", "GOV", "ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Resolve(ctx, by, catalog.Link{Path: orders.Path()})
		return err
	}},
	{"Submit", []string{"requester"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Submit(ctx, by, asking("20 DAYS")) // others have no principal
		return err
	}},
	{"SubmitBatch", []string{"requester"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.SubmitBatch(ctx, by, "", []request.Submission{asking("20 DAYS")})
		return err
	}},
	{"Batch", []string{"requester", "steward", "GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		made, err := w.SubmitBatch(ctx, eve, "", []request.Submission{customers("20 DAYS")})
		if err != nil {
			return err
		}
		_, err = w.Batch(ctx, by, made[0].Batch)
		return err
	}},
	{"Preview", []string{"requester"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Preview(ctx, by, asking("20 DAYS")) // others have no principal
		return err
	}},
	{"Determine", []string{"steward"}, func(ctx context.Context, w *world, by request.Identity, pending, _ request.Request) error {
		_, err := w.Determine(ctx, by, pending.ID, review.Determination{Act: review.Approve})
		return err
	}},
	{"Cancel", []string{"requester"}, func(ctx context.Context, w *world, by request.Identity, pending, _ request.Request) error {
		_, err := w.Cancel(ctx, by, pending.ID)
		return err
	}},
	{"Revoke", []string{"requester", "steward", "GOV"}, func(ctx context.Context, w *world, by request.Identity, _, granted request.Request) error {
		_, err := w.Revoke(ctx, by, granted.ID, "")
		return err
	}},
	{"WaitForGrant", []string{"requester", "steward", "GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, granted request.Request) error {
		_, err := w.WaitForGrant(ctx, by, granted.ID)
		return err
	}},
	{"Request", []string{"requester", "steward", "GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, pending, _ request.Request) error {
		_, err := w.Request(ctx, by, pending.ID)
		return err
	}},
	{"Requests", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Requests(ctx, by, grantwright.RequestQuery{Role: grantwright.Overseer})
		return err
	}},
	{"Furnish", nil, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error { // each has one of the two rights at most
		_, err := w.Furnish(ctx, by, new(manifest.File))
		return err
	}},
	{"Sync", []string{"ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Sync(ctx, by, "warehouse")
		return err
	}},
	{"Reconcile", []string{"GOV", "ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Reconcile(ctx, by, "warehouse", provision.Reconcile{})
		return err
	}},
	{"Assets.Search", []string{"requester", "steward", "nobody", "GOV", "ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Assets().Search(ctx, by, catalog.Query{})
		return err
	}},
	{"Assets.Entry", []string{"requester", "steward", "nobody", "GOV", "ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Assets().Entry(ctx, by, orders, request.DataAccess)
		return err
	}},
	{"Connections.Register", []string{"ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return w.Connections().Register(ctx, by, catalog.Connection{Name: "other", Technology: "fake"})
	}},
	{"Connections.All", []string{"GOV", "ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Connections().All(ctx, by, "", 10)
		return err
	}},
	{"Connections.Setup", []string{"ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Connections().Setup(ctx, by, "warehouse")
		return err
	}},
	{"Connections.Estranged", []string{"GOV", "ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Connections().Estranged(ctx, by)
		return err
	}},
	{"Connections.Recognize", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		w.platform.Answer("another")
		defer w.platform.Answer("fake")
		return w.Connections().Recognize(ctx, by, "warehouse", "upgraded")
	}},
	{"Connections.Release", []string{"ADMIN"}, func(ctx context.Context, w *world, by request.Identity, pending, granted request.Request) error {
		return w.Connections().Release(ctx, by, "warehouse", "unclaimed")
	}},
	{"Connections.Relink", []string{"ADMIN"}, func(ctx context.Context, w *world, by request.Identity, pending, granted request.Request) error {
		return w.Connections().Relink(ctx, by, "warehouse", "unclaimed", frank.Person(), "new ids")
	}},
	{"Governance.Forms.Newest", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Forms.Newest(ctx, by, "default")
		return err
	}},
	{"Governance.Flows.Newest", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Flows.Newest(ctx, by, "sales")
		return err
	}},
	{"Governance.Forms.Save", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Forms.Save(ctx, by, request.Form{Name: "new", Title: "New"})
		return err
	}},
	{"Governance.Flows.Save", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Flows.Save(ctx, by, review.Flow{Name: "new", Default: review.Action{Act: review.Deny}})
		return err
	}},
	{"Governance.Attachments.Save", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return attach(ctx, w.Governance(), by, request.Attachment{At: orders, Type: request.DataAccess, Flow: "sales"})
	}},
	{"Governance.Forms.At", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Forms.At(ctx, by, request.DefaultForm.Name, request.DefaultForm.Version)
		return err
	}},
	{"Governance.Forms.List", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Forms.List(ctx, by, "", 10)
		return err
	}},
	{"Governance.Flows.List", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Flows.List(ctx, by, "", 10)
		return err
	}},
	{"Governance.Agreements.Newest", []string{"requester", "steward", "nobody", "GOV", "ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Agreements.Newest(ctx, by, "none")
		return err
	}},
	{"Governance.Agreements.At", []string{"requester", "steward", "nobody", "GOV", "ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Agreements.At(ctx, by, "none", 1)
		return err
	}},
	{"Governance.Agreements.List", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Agreements.List(ctx, by, "", 10)
		return err
	}},
	{"Governance.Attachments.List", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Attachments.List(ctx, by, "", 10)
		return err
	}},
	{"Governance.Attachments.Newest", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Attachments.Newest(ctx, by, "DATA_ACCESS warehouse")
		return err
	}},
	{"Governance.Attachments.At", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Attachments.At(ctx, by, "DATA_ACCESS warehouse", 0)
		return err
	}},
	{"Governance.Attachments.Delete", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return w.Governance().Attachments.Delete(ctx, by, "DATA_ACCESS warehouse", 0)
	}},
	{"Governance.Agreements.Save", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Agreements.Save(ctx, by, request.Agreement{Name: "terms", Title: "Terms", Text: "Be kind."})
		return err
	}},
	{"Governance.Forms.Delete", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return w.Governance().Forms.Delete(ctx, by, "none", 1)
	}},
	{"Governance.Flows.Delete", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return w.Governance().Flows.Delete(ctx, by, "none", 1)
	}},
	{"Governance.Agreements.Delete", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return w.Governance().Agreements.Delete(ctx, by, "none", 1)
	}},
	{"Governance.Export", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Export(ctx, by)
		return err
	}},
	{"Governance.Owned", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Owned(ctx, by)
		return err
	}},
	{"Governance.Diff", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Diff(ctx, by, manifest.Definitions{})
		return err
	}},
	{"Governance.Apply", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Apply(ctx, by, manifest.Definitions{}, "")
		return err
	}},
	{"Assets.Asked", []string{"requester", "steward", "nobody", "GOV", "ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Assets().Asked(ctx, by, asking("1 DAYS"))
		return err
	}},
	{"Assets.Report", []string{"requester", "steward", "nobody", "GOV", "ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Assets().Report(ctx, by, catalog.Link{Path: []string{"nowhere"}})
		return err
	}},
	{"Connections.Links", []string{"GOV", "ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		for _, err := range w.Connections().Links(ctx, by, "warehouse", "") {
			return err
		}
		return nil
	}},
	{"Connections.PublishLinks", []string{"ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Connections().PublishLinks(ctx, by, "warehouse", "", &shelfOfLinks{})
		return err
	}},
	{"Governance.Wanted", []string{"GOV", "ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, _, err := w.Governance().Wanted(ctx, by, "", store.Position{}, 10)
		return err
	}},
	{"Governance.Dismiss", []string{"GOV", "ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Governance().Dismiss(ctx, by, "none", "")
		return err
	}},
	{"Grants.On", []string{"GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, _, err := w.Grants().On(ctx, by, orders, store.Position{}, 10)
		return err
	}},
	{"Grants.Plan", []string{"requester", "steward", "GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, pending, _ request.Request) error {
		_, err := w.Grants().Plan(ctx, by, pending.ID)
		return err
	}},
	{"Grants.ToDo", []string{"GOV", "ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, _, err := w.Grants().ToDo(ctx, by, store.Position{}, 10)
		return err
	}},
	{"Grants.Attest", []string{"GOV", "ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, granted request.Request) error {
		_, err := w.Grants().Attest(ctx, by, provision.GrantID(granted.ID), provision.Attest{Done: true})
		return err
	}},
	{"Grants.Job", []string{"GOV", "ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, granted request.Request) error {
		_, err := w.Grants().Job(ctx, by, provision.GrantID(granted.ID))
		return err
	}},
	{"Grants.Retry", []string{"requester", "GOV", "ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, granted request.Request) error {
		_, err := w.Grants().Retry(ctx, by, provision.GrantID(granted.ID))
		return err
	}},
	{"Grants.Resume", []string{"GOV"}, func(ctx context.Context, w *world, by request.Identity, _, granted request.Request) error {
		_, err := w.Grants().Resume(ctx, by, provision.GrantID(granted.ID), "looked at it")
		return err
	}},
	{"Inbox.Notices", []string{"requester", "steward", "nobody", "GOV", "ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, _, err := w.Inbox().Notices(ctx, by, true, store.Position{}, 10)
		return err
	}},
	{"Inbox.See", []string{"requester"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		working := w.Work(ctx)
		told, _, err := w.Inbox().Notices(ctx, eve, true, store.Position{}, 1)
		return errors.Join(working, err, w.Inbox().See(ctx, by, told[0].ID))
	}},
	{"Log.Events", []string{"AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.Log().Events(ctx, by, 0, 10)
		return err
	}},
	{"People.Groups", []string{"GOV", "ADMIN", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.People().Groups(ctx, by, "sales", 10)
		return err
	}},
	{"People.Forget", []string{"ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		return w.People().Forget(ctx, by, eve.Person())
	}},
	{"People.Relink", []string{"ADMIN"}, func(ctx context.Context, w *world, by request.Identity, _, _ request.Request) error {
		_, err := w.People().Relink(ctx, by, eve.Person(), frank.Person(), "new ids")
		return err
	}},
	{"Log.Of", []string{"requester", "steward", "GOV", "AUDIT"}, func(ctx context.Context, w *world, by request.Identity, pending, _ request.Request) error {
		_, err := w.Log().Of(ctx, by, pending.ID, 0, 10)
		return err
	}},
}

// refused reports whether somebody was refused for who they are. What an act
// finds wrong afterwards, with the right given, is not of interest here.
func refused(err error) bool {
	return errors.Is(err, request.ErrForbidden) || errors.Is(err, review.ErrNotSteward) || errors.Is(err, review.ErrOwnRequest) || errors.Is(err, provision.ErrNoPrincipal) ||
		errors.As(err, new(*request.InvalidError))
}

func TestEveryMethodRefusesWithoutTheRight(t *testing.T) {
	t.Parallel()
	for _, tt := range slices.Concat(acts, webhookActs, proposalActs, reviewActs, accessActs, maskActs, stopActs, tokenActs, clientActs, pageActs) {
		for role, by := range roles {
			t.Run(tt.method+" by "+role, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				granted := w.approved(t, eve, "10 DAYS")
				pending := w.submit(t, eve, "30 DAYS")
				err := tt.do(t.Context(), w, by, pending, granted)
				if may := slices.Contains(tt.may, role); may == refused(err) {
					t.Errorf("may: %v, got %v", may, err)
				}
			})
		}
	}
}

// TestNoMethodIsLeftOut fails when a method that takes an identity is not in acts.
func TestNoMethodIsLeftOut(t *testing.T) {
	t.Parallel()
	e := new(grantwright.Engine)
	facets := map[string]any{"": e, "Access.": e.Access(), "Assets.": e.Assets(), "Connections.": e.Connections(),
		"Governance.": e.Governance(), "Grants.": e.Grants(), "Inbox.": e.Inbox(), "Log.": e.Log(), "Masks.": e.Masks(), "StopSwitches.": e.StopSwitches(), "People.": e.People(), "Reviews.": e.Reviews(), "Substitutes.": e.Substitutes(), "Webhooks.": e.Webhooks(), "Proposals.": e.Proposals(), "Tokens.": e.Tokens(), "Sessions.": e.Sessions(), "Assist.": e.Assist()}
	for i, g := 0, reflect.ValueOf(e.Governance()); i < g.NumField(); i++ {
		if kind := g.Type().Field(i); kind.IsExported() {
			facets["Governance."+kind.Name+"."] = g.Field(i).Interface()
		}
	}
	for prefix, value := range facets {
		typ := reflect.TypeOf(value)
		for i := range typ.NumMethod() {
			m := typ.Method(i)
			takes := m.Type.NumIn() > 2 && m.Type.In(2) == reflect.TypeFor[request.Identity]()
			var names []string
			for _, a := range slices.Concat(acts, webhookActs, proposalActs, reviewActs, accessActs, maskActs, stopActs, tokenActs, clientActs, pageActs) {
				names = append(names, a.method)
			}
			if takes && !slices.Contains(names, prefix+m.Name) {
				t.Errorf("%s%s is not tested with every role", prefix, m.Name)
			}
			if !takes && !slices.Contains(strings.Fields("Enrollment Run Work Ready Overdue Close Access Allowed Assets Connections Governance Grants Inbox Log Masks People Reviews Seen Substitutes Webhooks Proposals Channels Linkable LinkedTo ToldBy Answer Awaits StopSwitches Disabled Tokens Authenticate MaxDays Covers Exchange BeginDevice PollDevice Sessions Open Find CloseUnder Keep Take Assist Await"), m.Name) {
				t.Errorf("%s%s does not take the identity of whoever acts", prefix, m.Name)
			}
		}
	}
}
