package records

import (
	"maps"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
)

// Enrolled are the people whom providers of identities keep here, by who they are to the
// engine. Events of a person, and those of the groups that they come into, speak of them.
var Enrolled = store.Kind[request.PersonID, request.Enrollee]{
	Name: "enrolled",
	Of:   func(e request.Enrollee) request.PersonID { return e.Identity.Person() },
	Unique: func(e request.Enrollee) []store.Unique {
		return []store.Unique{{Name: "id", Value: e.ID}, {Name: "userName", Value: EnrolledName(e.Identity.Issuer, e.UserName)}}
	},
	Indexes: []store.Indexed[request.Enrollee]{EnrolledByID, EnrolledBy, EnrolledMeeting},
	Quiet:   true,
}

// The orders in which enrolled people are found: by who they are to the engine.
var (
	// EnrolledByID finds the one that has an ID.
	EnrolledByID = store.Index[string, request.Enrollee]{Kind: "enrolled", Name: "id",
		Values: func(e request.Enrollee) []string { return []string{e.ID} }}

	// EnrolledBy finds those of an issuer, by EnrolledName also that of a user name, and by
	// EnrolledExternal those of an external id.
	EnrolledBy = store.Index[string, request.Enrollee]{Kind: "enrolled", Name: "of",
		Values: func(e request.Enrollee) []string {
			issuer := e.Identity.Issuer
			return append([]string{EnrolledOf(issuer), EnrolledName(issuer, e.UserName)}, store.Only(EnrolledExternal(issuer, e.ExternalID), e.ExternalID != "")...)
		}}

	// EnrolledMeeting finds those who meet a criterion, by MeetingOf, and those who have more
	// traits than a record can have keys.
	EnrolledMeeting = store.Index[string, request.Enrollee]{Kind: "enrolled", Name: "meeting",
		Values: func(e request.Enrollee) []string { return meeting(e.Identity) }}
)

// MeetingMany finds those who have more traits than a record can have keys: each criterion
// looks through them.
const MeetingMany = "many"

// MeetingOf is the value of EnrolledMeeting for a group or an attribute.
func MeetingOf(c request.Criterion) string {
	return store.Digest("meeting\n" + c.Group + "\n" + c.Attribute.Key + "\n" + c.Attribute.Value)
}

func meeting(i request.Identity) []string {
	found := map[string]bool{}
	for _, g := range i.Groups {
		found[MeetingOf(request.Criterion{Group: g})] = true
	}
	for key, values := range i.Attributes {
		for _, v := range values {
			found[MeetingOf(request.Criterion{Attribute: request.Attribute{Key: key, Value: v}})] = true
		}
	}
	if len(found) > store.MaxEntries-6 { // those of the other indexes
		return []string{MeetingMany}
	}
	return slices.Sorted(maps.Keys(found))
}

// EnrolledOf is the value by which all people and groups of an issuer are found.
func EnrolledOf(issuer string) string { return store.Digest("issuer\n" + issuer) }

// EnrolledName is the value of those of a name. Names differ by more than their case.
func EnrolledName(issuer, name string) string {
	return store.Digest("name\n" + issuer + "\n" + strings.ToLower(name))
}

// EnrolledExternal is the value of those of an external id.
func EnrolledExternal(issuer, id string) string {
	return store.Digest("external\n" + issuer + "\n" + id)
}

// EnrolledKey is the value of those of a key, see GroupsBy.
func EnrolledKey(issuer, key string) string { return store.Digest("key\n" + issuer + "\n" + key) }

// EnrolledGroups are the groups that providers of identities keep here, by who they are as
// beneficiaries.
var EnrolledGroups = store.Kind[request.PersonID, request.EnrolledGroup]{
	Name:    "enrolled_groups",
	Of:      request.EnrolledGroup.Person,
	Unique:  func(g request.EnrolledGroup) []store.Unique { return []store.Unique{{Name: "id", Value: g.ID}} },
	Indexes: []store.Indexed[request.EnrolledGroup]{GroupsByID, GroupsBy, GroupsPending},
}

// The orders in which enrolled groups are found: by who they are as beneficiaries.
var (
	// GroupsByID finds the one that has an ID.
	GroupsByID = store.Index[string, request.EnrolledGroup]{Kind: "enrolled_groups", Name: "id",
		Values: func(g request.EnrolledGroup) []string { return []string{g.ID} }}

	// GroupsBy is EnrolledBy for groups that are not gone, and by EnrolledKey finds the one of
	// a key.
	GroupsBy = store.Index[string, request.EnrolledGroup]{Kind: "enrolled_groups", Name: "of",
		Values: func(g request.EnrolledGroup) []string {
			if g.Gone {
				return nil
			}
			return append([]string{EnrolledOf(g.Issuer), EnrolledName(g.Issuer, g.Name), EnrolledKey(g.Issuer, g.Key)}, store.Only(EnrolledExternal(g.Issuer, g.ExternalID), g.ExternalID != "")...)
		}}

	// GroupsPending finds those of an issuer whose members are not all carried out.
	GroupsPending = store.Index[string, request.EnrolledGroup]{Kind: "enrolled_groups", Name: "pending",
		Values: func(g request.EnrolledGroup) []string {
			return store.Only(EnrolledOf(g.Issuer), g.Pending != nil || g.Gone)
		}}
)

// Membership is one member of one group. Each is a record of its own, so that a large group
// takes a change of one member cheaply.
type Membership struct {
	Group  string `json:"group"`            // the ID of the group
	Key    string `json:"key"`              // of the group; it never changes
	Member string `json:"member"`           // the ID of the person, or of the group
	Nested bool   `json:"nested,omitempty"` // the member is a group
}

// Memberships are the members of all enrolled groups. Events of the group speak of them.
var Memberships = store.Kind[string, Membership]{
	Name:    "memberships",
	Of:      func(m Membership) string { return MembershipKey(m.Group, m.Member) },
	Indexes: []store.Indexed[Membership]{MembershipsIn, MembershipsOf},
	Quiet:   true,
}

// Nesting counts the changes of groups in groups. Each of them writes it, and whoever works
// out the groups of people by it holds it: of two at once, one is decided anew.
type Nesting struct {
	Changes int64 `json:"changes"`
}

// NestingKey is the id of the only Nesting.
const NestingKey = "all"

// Nestings has the one.
var Nestings = store.Kind[string, Nesting]{Name: "nestings", Of: func(Nesting) string { return NestingKey }, Quiet: true}

// The orders in which memberships are found.
var (
	// MembershipsIn finds the members of a group, by their IDs.
	MembershipsIn = store.Index[string, Membership]{Kind: "memberships", Name: "group",
		Values: func(m Membership) []string { return []string{m.Group} }}

	// MembershipsOf finds the groups that somebody, or another group, is in.
	MembershipsOf = store.Index[string, Membership]{Kind: "memberships", Name: "member",
		Values: func(m Membership) []string { return []string{m.Member} }}
)

// MembershipKey is the id of a membership.
func MembershipKey(group, member string) string { return group + "/" + member }
