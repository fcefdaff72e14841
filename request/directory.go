package request

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Directory knows people. Where there is one, it says who somebody is now, for
// beneficiaries who are not the one who acts and for everything that happens
// later than the act; and it finds those who could decide, so that they are told
// of what waits for them.
type Directory interface {
	// Lookup returns the identity of a person as it is now. If there is no such
	// person, or they may no longer act, the error wraps ErrUnknownPerson.
	Lookup(ctx context.Context, id PersonID) (Identity, error)

	// People lists those who meet a criterion, as Lookup returns them, by their
	// PersonID: at most limit of them, from the one after a given id on. Fewer than
	// limit are the last. Complete says that it knows everybody who meets the
	// criterion; only then does nobody found mean that there is nobody. A directory
	// that cannot search for a criterion returns nobody, and not complete.
	People(ctx context.Context, c Criterion, after PersonID, limit int) (who []Identity, complete bool, err error)
}

// Criterion is what people are found by. Exactly one of its fields is set.
type Criterion struct {
	Person     PersonID
	Group      string // as a PersonID is written: issuer, bar, name; the name alone where there is one issuer only
	Attribute  Attribute
	Permission Permission
	Everybody  bool // who is there at all, for conditions, which are asked about each of them
}

// Attribute is a value that a person's attribute must hold.
type Attribute struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Holds reports whether somebody meets the criterion. The zero Criterion is met
// by nobody.
func (c Criterion) Holds(i Identity) bool {
	switch {
	case c.Person != "":
		return i.Person() == c.Person
	case c.Group != "":
		return i.IsMember(PersonID(c.Group))
	case c.Attribute != Attribute{}:
		return slices.Contains(i.Attributes[c.Attribute.Key], c.Attribute.Value)
	case c.Permission != "":
		return i.Has(c.Permission)
	}
	return c.Everybody
}

func (c Criterion) String() string {
	switch {
	case c.Person != "":
		return "person " + string(c.Person)
	case c.Group != "":
		return "group " + c.Group
	case c.Attribute != Attribute{}:
		return "attribute " + c.Attribute.Key + "=" + c.Attribute.Value
	case c.Everybody:
		return "any name"
	}
	return "permission " + string(c.Permission)
}

// Roster is a Directory of a fixed list of people, and knows them all. Where the groups, or
// the attributes, of one of them are not known, it does not know everybody who meets a
// criterion over these.
type Roster []Identity

// Lookup finds a person in the list.
func (r Roster) Lookup(_ context.Context, id PersonID) (Identity, error) {
	for _, i := range r {
		if i.Person() == id {
			return i, nil
		}
	}
	return Identity{}, fmt.Errorf("%w: %q", ErrUnknownPerson, id)
}

// People finds those in the list who meet a criterion.
func (r Roster) People(_ context.Context, c Criterion, after PersonID, limit int) ([]Identity, bool, error) {
	var who []Identity
	complete := true
	for _, i := range r {
		complete = complete && !c.unsure(i)
		if i.Person() > after && c.Holds(i) {
			who = append(who, i)
		}
	}
	slices.SortFunc(who, func(a, b Identity) int { return strings.Compare(string(a.Person()), string(b.Person())) })
	return who[:min(len(who), max(0, limit))], complete, nil
}

// unsure reports whether it is not known of a person if they meet the criterion.
func (c Criterion) unsure(i Identity) bool {
	return i.Is(Person) && (c.Group != "" && i.Groups == nil || c.Attribute != Attribute{} && i.Attributes == nil)
}
