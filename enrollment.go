package grantwright

import (
	"context"

	"github.com/grantwright/grantwright/request"
)

// Enrollment is the people and groups that a provider of identities keeps here, as over
// SCIM. Its host vouches for whoever calls: no permission is asked for, as in People.Seen.
// A directory over the same store finds them: scim.Directory in package web/scim.
//
// Errors wrap store.ErrNotFound where there is no such person or group, are a
// *store.TakenError where a name or an id is another's, a *request.InvalidError where
// something cannot be, and an error of a function that was handed in as it is.
type Enrollment struct {
	e      *Engine
	issuer string
}

// Enrollment returns those of one provider, by the issuer in the ids of its people.
func (e *Engine) Enrollment(issuer string) Enrollment { return Enrollment{e, issuer} }

// Users lists people, by who they are to the engine.
func (n Enrollment) Users(ctx context.Context, q request.EnrolledQuery) ([]request.Enrollee, error) {
	return n.e.enrollment.Users(ctx, n.issuer, q)
}

// Groups lists groups, by who they are as beneficiaries.
func (n Enrollment) Groups(ctx context.Context, q request.EnrolledQuery) ([]request.EnrolledGroup, error) {
	return n.e.enrollment.Groups(ctx, n.issuer, q)
}

// Members lists the members of a group by their IDs, from the one after a given one on, at
// most limit of them; zero means 500.
func (n Enrollment) Members(ctx context.Context, group, after string, limit int) ([]request.Member, error) {
	if _, err := n.e.enrollment.Group(ctx, n.issuer, group); err != nil {
		return nil, err
	}
	return n.e.enrollment.Members(ctx, group, after, limit)
}

// Enroll keeps a new person, whom its Identity names: groups, permissions and ID are filled
// in. Who is inactive is disabled, as StopSwitches.Disable says.
func (n Enrollment) Enroll(ctx context.Context, who request.Enrollee) (request.Enrollee, error) {
	who.Identity.Issuer = n.issuer
	return n.e.enrollment.Enroll(ctx, who)
}

// Edit changes a person. Where change changes nothing, nothing is written. Who becomes
// inactive is disabled, and enabled again with their account: but only whom this provider
// has disabled. Another id to the engine is a *request.OtherIDError: People.Relink links it.
// Change is called again where somebody else was faster.
func (n Enrollment) Edit(ctx context.Context, id string, change func(*request.Enrollee) error) (request.Enrollee, error) {
	return n.e.enrollment.Edit(ctx, n.issuer, id, change)
}

// Remove removes a person, unless check refuses it: they are disabled, and in no group.
func (n Enrollment) Remove(ctx context.Context, id string, check func(request.Enrollee) error) error {
	return n.e.enrollment.Remove(ctx, n.issuer, id, check)
}

// EnrollGroup keeps a new group with its members, by their IDs. Its Key names it for as long
// as it is here, whatever its name; empty means its ID.
func (n Enrollment) EnrollGroup(ctx context.Context, g request.EnrolledGroup, members []string) (request.EnrolledGroup, error) {
	g.Issuer = n.issuer
	return n.e.enrollment.EnrollGroup(ctx, g, members)
}

// EditGroup changes the name of a group, its external id and who is in it. Where nothing
// changes, nothing is written. More than a hundred members, and groups in the group, are
// committed as pending and carried out after that. While an earlier change still is, the
// error wraps store.ErrState. Change is called again where somebody else was faster.
func (n Enrollment) EditGroup(ctx context.Context, id string, change func(*request.EnrolledGroup) (request.Membership, error)) (request.EnrolledGroup, error) {
	return n.e.enrollment.EditGroup(ctx, n.issuer, id, change)
}

// RemoveGroup removes a group, unless check refuses it: nobody is in it any more. Its key is
// free for another group then.
func (n Enrollment) RemoveGroup(ctx context.Context, id string, check func(request.EnrolledGroup) error) error {
	return n.e.enrollment.RemoveGroup(ctx, n.issuer, id, check)
}
