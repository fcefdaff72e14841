package review

import (
	"slices"

	"github.com/grantwright/grantwright/request"
)

// Selector says who is a data steward of a stage. Exactly one of its fields is
// set; none where it is a condition that is not shown. Who matches is asked anew at each determination.
type Selector struct {
	Person     request.PersonID   `json:"person,omitempty"`
	Group      string             `json:"group,omitempty"` // of an issuer: its name, a bar, the group, as a PersonID
	Attribute  *request.Attribute `json:"attribute,omitempty"`
	Permission request.Permission `json:"permission,omitempty"`
	Owners     bool               `json:"owners,omitempty"`  // whoever owns the asset on its platform
	Manager    string             `json:"manager,omitempty"` // whom this attribute of the beneficiary names: their ids
	When       string             `json:"when,omitempty"`    // CEL over steward and the facts, with a bool result
}

func (s Selector) String() string {
	switch {
	case s.Person != "":
		return "person " + string(s.Person)
	case s.Group != "":
		return "group " + s.Group
	case s.Attribute != nil:
		return "attribute " + s.Attribute.Key + "=" + s.Attribute.Value
	case s.Permission != "":
		return "permission " + string(s.Permission)
	case s.Owners:
		return "the owners of the asset"
	case s.Manager != "":
		return "the beneficiary's " + s.Manager
	case s.When == "":
		return "whoever a condition of the flow names"
	}
	return "whoever matches " + s.When
}

// fields counts the fields that are set.
func (s Selector) fields() int {
	n := 0
	for _, set := range []bool{s.Person != "", s.Group != "", s.Attribute != nil, s.Permission != "", s.Owners, s.Manager != "", s.When != ""} {
		if set {
			n++
		}
	}
	return n
}

// Criteria are what a Directory finds the stewards of a selector by; somebody is
// one if they meet any, and the condition if it has one: see Policy.Meets. Searchable is
// false where they do not find all.
func (s Selector) Criteria(f Facts) (all []request.Criterion, searchable bool) {
	switch {
	case s.When != "":
		return []request.Criterion{{Everybody: true}}, true
	case s.Owners:
		for _, owner := range f.Owners {
			all = append(all, request.Criterion{Person: owner}, request.Criterion{Group: string(owner)})
		}
		return all, f.OwnersKnown
	case s.Manager != "":
		for _, id := range f.managers(s.Manager) {
			all = append(all, request.Criterion{Person: id})
		}
		return all, f.Beneficiary.Attributes != nil
	}
	return []request.Criterion{s.Criterion()}, true
}

// names reports whether a selector without a condition matches somebody.
func (s Selector) names(f *Facts, who request.Identity) bool {
	switch {
	case s.Person != "":
		return who.Person() == s.Person
	case s.Group != "":
		return who.IsMember(request.PersonID(s.Group))
	case s.Attribute != nil:
		return slices.Contains(who.Attributes[s.Attribute.Key], s.Attribute.Value)
	case s.Permission != "":
		return who.Has(s.Permission)
	case s.Owners:
		return slices.ContainsFunc(f.Owners, func(o request.PersonID) bool { return o == who.Person() || who.IsMember(o) })
	case s.Manager != "":
		return slices.Contains(f.managers(s.Manager), who.Person())
	}
	return false
}

// Criterion is the person, group, attribute or permission that the selector names. It is
// zero, which nobody meets, for one that names owners, a manager or a condition: they
// depend on the request.
func (s Selector) Criterion() request.Criterion {
	c := request.Criterion{Person: s.Person, Group: s.Group, Permission: s.Permission}
	if s.Attribute != nil {
		c.Attribute = *s.Attribute
	}
	return c
}
