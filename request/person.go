package request

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright/internal/excerpt"
)

// ErrUnknownPerson is wrapped when a Directory does not know a person.
var ErrUnknownPerson = errors.New("request: unknown person")

// UnknownError says that nobody has an id, and nobody ever had. It wraps ErrUnknownPerson.
type UnknownError struct {
	Person  PersonID
	Similar []Identity // whose ids or names are like it
}

func (e *UnknownError) Error() string {
	text := fmt.Sprintf("request: nobody is known here as %q", excerpt.Of(string(e.Person), maxShownID))
	for i, who := range e.Similar {
		sep := ", "
		if i == 0 {
			sep = "; did you mean "
		}
		text += sep + excerpt.Of(string(who.Person()), maxShownID)
	}
	return text
}

// Unwrap makes it an ErrUnknownPerson.
func (e *UnknownError) Unwrap() error { return ErrUnknownPerson }

// maxShownID is how many bytes of an id an error shows.
const maxShownID = 200

// PersonID names one person for ever: the issuer's name, a bar, and the id that
// the issuer gave; without an issuer, the id alone. An e-mail address is never
// looked up as one.
type PersonID string

// Identity is all that an id alone says of a person.
func (p PersonID) Identity() Identity {
	issuer, id, issued := strings.Cut(string(p), "|")
	if !issued || issuer == "" {
		return Identity{ID: string(p)} // a bar without an issuer before it is no issuer's
	}
	return Identity{Issuer: issuer, ID: id}
}

// SystemID stands for the engine itself, where it acts by a rule.
const SystemID PersonID = "system"

// Permission allows an act that no review covers.
type Permission string

// The permissions.
const (
	Governance Permission = "GOVERNANCE" // forms, flows, attaching, revoking
	Admin      Permission = "ADMIN"      // connections, webhooks
	Audit      Permission = "AUDIT"      // reading everything

	// Acting is for services: with it one acts as a person does, in its own right and
	// never where its owner may not. Without it a service reads, and nothing more. It
	// gives nothing to people, who act anyway, and to groups, who never do.
	Acting Permission = "ACTING"

	// Asking is for services: with it one submits requests for itself, and withdraws them,
	// and does nothing else. With AskingForOthers beside it, it does so for anybody.
	Asking          Permission = "ASKING"
	AskingForOthers Permission = "ASKING_FOR_OTHERS"
)

// Identity is a person as the host of the engine, or a Directory, vouches for
// them. The engine holds no passwords and signs nobody in.
type Identity struct {
	Issuer      string              `json:"issuer,omitempty"`    // who vouches; empty if there is only one
	ID          string              `json:"id"`                  // the issuer's own, never used again for someone else
	Name        string              `json:"name,omitempty"`      // for people to read
	Email       string              `json:"email,omitempty"`     // to write to; never a key
	Groups      []string            `json:"groups,omitzero"`     // empty for whoever is in none; nil if they are not known
	Attributes  map[string][]string `json:"attributes,omitzero"` // claims are lists; nil if they are not known
	Permissions []Permission        `json:"permissions,omitempty"`

	Kind  IdentityKind `json:"kind,omitempty"`  // zero means a person
	Owner PersonID     `json:"owner,omitempty"` // of a service: the person who answers for it

	// Holders of a service are others than its owner who have its secrets. Nobody of them
	// decides on what it asks for.
	Holders []PersonID `json:"holders,omitempty"`

	// SignedIn is how the person proved who they are, for the act at hand. It is not
	// part of who they are, and no record of a person keeps it.
	SignedIn SignIn `json:"-"`
}

// SignIn is what a provider of identities says of how somebody signed in. The zero
// SignIn says nothing, as of a host that does not know.
type SignIn struct {
	At  time.Time `json:"at,omitzero"`   // when they last proved it: auth_time of OpenID Connect
	ACR string    `json:"acr,omitempty"` // the level that was reached, by the provider's own name
	AMR []string  `json:"amr,omitempty"` // the ways in which they proved it, of RFC 8176

	// Remark is for the person to read on each page, such as why their groups are not
	// known. Empty says nothing.
	Remark string `json:"-"`
}

// IdentityKind is what an identity is. Only a person acts; groups and services
// are beneficiaries of what people ask for, and a service acts where its host gives it
// the permission Acting.
type IdentityKind string

// The kinds of identities. The zero IdentityKind means Person.
const (
	Person  IdentityKind = "PERSON"
	Group   IdentityKind = "GROUP"   // its ID is the name under which Identity.Groups knows it
	Service IdentityKind = "SERVICE" // a principal for programs
)

// Is reports whether the identity is of a kind.
func (i Identity) Is(k IdentityKind) bool { return i.Kind == k || i.Kind == "" && k == Person }

// IsMember reports whether an identity is in a group, under the same issuer.
func (i Identity) IsMember(group PersonID) bool {
	of := group.Identity()
	return i.Issuer == of.Issuer && slices.Contains(i.Groups, of.ID)
}

// MayBeMember reports whether an identity is in a group, or may be: its groups are not
// known.
func (i Identity) MayBeMember(group PersonID) bool {
	return i.Groups == nil && i.Issuer == group.Identity().Issuer || i.IsMember(group)
}

// Person is the id under which records speak of the identity.
func (i Identity) Person() PersonID {
	if i.Issuer == "" {
		return PersonID(i.ID)
	}
	return PersonID(i.Issuer + "|" + i.ID)
}

// Has reports whether the identity has a permission. To whoever does not act, only AUDIT
// of a service counts, which reads.
func (i Identity) Has(p Permission) bool {
	return slices.Contains(i.Permissions, p) && (i.Acts() || i.Is(Service) && p == Audit)
}

// Acts reports whether the identity decides, submits and governs: a person does, a
// service with Acting, and a group never.
func (i Identity) Acts() bool {
	return i.Is(Person) || i.Is(Service) && slices.Contains(i.Permissions, Acting)
}

// CheckActs is Check for whoever acts, and refuses who does not.
func (i Identity) CheckActs(act string) error {
	if err := i.Check(); err != nil || i.Acts() {
		return err
	}
	return &ForbiddenError{Person: i.Person(), Act: act, Needs: "a person, or a service that its host lets act (ACTING)"}
}

// Asks reports whether the identity submits requests, and withdraws its own: whoever acts
// does, and a service with Asking.
func (i Identity) Asks() bool {
	return i.Acts() || i.Is(Service) && slices.Contains(i.Permissions, Asking)
}

// CheckAsks is Check for whoever asks, and refuses who does not.
func (i Identity) CheckAsks(act string) error {
	if err := i.Check(); err != nil || i.Asks() {
		return err
	}
	return &ForbiddenError{Person: i.Person(), Act: act, Needs: "a person, or a service with the permission ASKING"}
}

// CheckAsksFor is CheckAsks for a request for somebody. A service that does not act asks
// for itself, and with AskingForOthers for anybody.
func (i Identity) CheckAsksFor(beneficiary PersonID, act string) error {
	if err := i.CheckAsks(act); err != nil || i.Acts() || beneficiary == i.Person() {
		return err
	}
	if slices.Contains(i.Permissions, AskingForOthers) {
		return nil
	}
	return &ForbiddenError{Person: i.Person(), Act: act + " for others", Needs: "a service with the permission ASKING_FOR_OTHERS"}
}

// CheckPerson is Check, and refuses whoever is no person.
func (i Identity) CheckPerson(act string) error {
	if err := i.Check(); err != nil || i.Is(Person) {
		return err
	}
	return &ForbiddenError{Person: i.Person(), Act: act, Needs: "a person"}
}

// Check refuses an identity that could be taken for another.
func (i Identity) Check() error {
	var c checker
	switch person := i.Person(); {
	case i.ID == "":
		c.fault("id", "is missing")
	case strings.Contains(i.Issuer, "|"):
		c.fault("issuer", "holds a bar (|)")
	case i.Issuer == "" && strings.Contains(i.ID, "|"):
		c.fault("id", "holds a bar (|), which needs an issuer before it")
	case person == SystemID:
		c.fault("id", "%q is the engine itself", SystemID)
	case len(person) > MaxPersonBytes:
		c.fault("id", "has %d bytes with its issuer, at most %d are allowed", len(person), MaxPersonBytes)
	}
	c.text("id", i.ID)
	c.text("issuer", i.Issuer)
	c.text("name", i.Name)
	c.text("email", i.Email)
	i.checkKind(&c)
	c.text("groups", i.Groups...)
	for key, values := range i.Attributes {
		c.text("attributes", append(slices.Clip(values), key)...)
	}
	return c.err("identity")
}

func (i Identity) checkKind(c *checker) {
	switch i.Kind {
	case "", Person, Group, Service:
	default:
		c.fault("kind", "is %q, must be PERSON, GROUP or SERVICE", excerpt.Of(i.Kind, maxShown))
	}
	switch isService := i.Is(Service); {
	case isService && i.Owner == "":
		c.fault("owner", "is missing: somebody answers for a service")
	case !isService && i.Owner != "":
		c.fault("owner", "is for a service")
	}
	c.short("owner", string(i.Owner), MaxPersonBytes)
}

// MaxPersonBytes bounds a PersonID.
const MaxPersonBytes = 512
