package tests

import (
	"testing"

	"github.com/grantwright/grantwright/request"
)

// relinkEve links all of eve to another id, and back.
func (w *world) relinkEve(t *testing.T, again request.Identity) {
	t.Helper()
	_, err := w.People().Relink(t.Context(), admin, eve.Person(), again.Person(), "new ids")
	must(t, err)
	_, err = w.People().Relink(t.Context(), admin, again.Person(), eve.Person(), "and back")
	must(t, err)
}

// peopleAreKept has a provider of identities keep somebody and a group, and remove them.
func (w *world) peopleAreKept(t *testing.T) {
	t.Helper()
	ctx, here := t.Context(), w.Enrollment("https://id.example.com")
	user, err := here.Enroll(ctx, request.Enrollee{UserName: "grace", ExternalID: "17", Resource: []byte(`{"userName":"grace","externalId":"17"}`), Identity: request.Identity{ID: "17", Name: "Grace"}})
	must(t, err)
	group, err := here.EnrollGroup(ctx, request.EnrolledGroup{Key: "analysts", Name: "analysts"}, []string{user.ID})
	must(t, err)
	_, err = here.Edit(ctx, user.ID, func(e *request.Enrollee) error {
		e.Resource = []byte(`{"userName":"grace","externalId":"17","title":"Lead"}`)
		return nil
	})
	must(t, err)
	_, err = here.EditGroup(ctx, group.ID, func(g *request.EnrolledGroup) (request.Membership, error) {
		g.Name = "Analysts"
		return request.Membership{Remove: []string{user.ID}}, nil
	})
	must(t, err)
	must(t, here.Remove(ctx, user.ID, func(request.Enrollee) error { return nil }))
	must(t, here.RemoveGroup(ctx, group.ID, func(request.EnrolledGroup) error { return nil }))
}
