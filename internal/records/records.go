// Package records declares the kinds and indexes of the records that the engine keeps
// in a store.
package records

import (
	"fmt"
	"slices"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Connections are the registered data platforms.
var Connections = store.Kind[string, catalog.Connection]{
	Name: "connections",
	Of:   func(c catalog.Connection) string { return c.Name },
}

// Forms are all versions of all request forms. A version is inserted once and
// never changes: of two people who save at the same time, one is refused.
var Forms = store.Kind[string, request.Form]{
	Name:    "forms",
	Of:      func(f request.Form) string { return VersionKey(f.Name, f.Version) },
	Indexes: []store.Indexed[request.Form]{FormVersions},
}

// FormVersions finds the versions of a form, the oldest first.
var FormVersions = store.Index[request.FormName, request.Form]{Kind: "forms", Name: "name",
	Values: func(f request.Form) []request.FormName { return []request.FormName{f.Name} },
	Order:  func(f request.Form) string { return store.OrderNumber(int64(f.Version)) }}

// Flows are all versions of all review flows.
var Flows = store.Kind[string, review.Flow]{
	Name:    "flows",
	Of:      func(f review.Flow) string { return VersionKey(f.Name, f.Version) },
	Indexes: []store.Indexed[review.Flow]{FlowVersions},
}

// FlowVersions finds the versions of a flow, the oldest first.
var FlowVersions = store.Index[request.FlowName, review.Flow]{Kind: "flows", Name: "name",
	Values: func(f review.Flow) []request.FlowName { return []request.FlowName{f.Name} },
	Order:  func(f review.Flow) string { return store.OrderNumber(int64(f.Version)) }}

// Attachments set forms and flows for assets and what is below them.
var Attachments = store.Kind[string, request.Attachment]{
	Name:    "attachments",
	Of:      request.Attachment.Key,
	Indexes: []store.Indexed[request.Attachment]{AttachmentsNaming, AttachmentsBelow},
}

// AttachmentsBelow finds what is attached below a container, by its Ref.
var AttachmentsBelow = store.Index[catalog.Ref, request.Attachment]{Kind: "attachments", Name: "below",
	Values: func(a request.Attachment) []catalog.Ref { return a.At.Lineage()[1:] },
	Order:  func(a request.Attachment) string { return string(a.At) }}

// Requests are all requests. Two that are open never ask for the same thing.
var Requests = store.Kind[request.ID, request.Request]{
	Name: "requests",
	Of:   func(r request.Request) request.ID { return r.ID },
	Unique: func(r request.Request) []store.Unique {
		return store.Only(store.Unique{Name: "open", Value: store.Digest(r.Open())}, r.Status == request.Pending)
	},
	Indexes: []store.Indexed[request.Request]{RequestsByStatus, RequestsOf, RequestsIn, RequestsInEmergency, EmergenciesWaiting},
}

// The orders in which requests are found: by the time they were submitted.
var (
	RequestsByStatus = store.Index[request.Status, request.Request]{Kind: "requests", Name: "status",
		Values: func(r request.Request) []request.Status { return []request.Status{r.Status, AnyStatus} },
		Order:  submitted}

	RequestsOf = store.Index[request.PersonID, request.Request]{Kind: "requests", Name: "person",
		Values: func(r request.Request) []request.PersonID {
			return append([]request.PersonID{r.Requester}, store.Only(r.Beneficiary, r.Beneficiary != r.Requester)...)
		},
		Order: submitted}
)

// AnyStatus finds the requests of every status.
const AnyStatus request.Status = ""

func submitted(r request.Request) string { return store.OrderTime(r.Submitted) }

// Reviews are the reviews of all requests, each under its request's id.
var Reviews = store.Kind[request.ID, review.Review]{
	Name:    "reviews",
	Of:      func(r review.Review) request.ID { return r.Request },
	Indexes: []store.Indexed[review.Review]{ReviewsUnder, ReviewsWaiting, ReviewsAsking, ReviewsDecided},
}

// ReviewsDecided finds the reviews in which somebody has determined something, by when they
// were opened.
var ReviewsDecided = store.Index[request.PersonID, review.Review]{Kind: "reviews", Name: "decided",
	Values: func(r review.Review) []request.PersonID {
		return slices.Compact(slices.Sorted(slices.Values(r.Deciders())))
	},
	Order: func(r review.Review) string { return store.OrderTime(r.Opened) }}

// ReviewsUnder finds the reviews that were opened with any version of a flow, by
// when they were opened.
var ReviewsUnder = store.Index[request.FlowName, review.Review]{Kind: "reviews", Name: "flow",
	Values: func(r review.Review) []request.FlowName {
		names := []request.FlowName{r.Flow.Name}
		for _, v := range r.Pinned {
			if !slices.Contains(names, v.Name) {
				names = append(names, v.Name)
			}
		}
		return names
	},
	Order: func(r review.Review) string { return store.OrderTime(r.Opened) }}

// ReviewsWaiting finds the reviews that time will change, the earliest first.
var ReviewsWaiting = store.Index[string, review.Review]{Kind: "reviews", Name: "waiting",
	Values: func(r review.Review) []string { return store.Only("all", !r.Next().IsZero()) },
	Order:  func(r review.Review) string { return store.OrderTime(r.Next()) }}

// Grants are the grants of all approved requests.
var Grants = store.Kind[provision.GrantID, provision.Grant]{
	Name:    "grants",
	Of:      func(g provision.Grant) provision.GrantID { return g.ID },
	Indexes: []store.Indexed[provision.Grant]{LiveGrants, LiveOnConnection, RuledGrants, GrantsOn, GrantsOf, GrantsOfID, GrantsFor, GrantsToTake, GrantsToGive, GrantsTried, GrantsByHand, GrantsAmiss},
}

// The orders in which grants are found: by the time they were approved.
var (
	// LiveGrants finds the grants of an asset that may stand on its platform.
	LiveGrants = store.Index[catalog.Ref, provision.Grant]{Kind: "grants", Name: "live",
		Values: func(g provision.Grant) []catalog.Ref { return store.Only(g.Asset.Ref, g.Live()) },
		Order:  approved}

	// RuledGrants finds those of a container that a rule which reads tags approved by itself.
	RuledGrants = store.Index[catalog.Ref, provision.Grant]{Kind: "grants", Name: "ruled",
		Values: func(g provision.Grant) []catalog.Ref { return store.Only(g.Asset.Ref, g.Live() && g.Ruled) },
		Order:  approved}

	GrantsOn = store.Index[catalog.Ref, provision.Grant]{Kind: "grants", Name: "asset",
		Values: func(g provision.Grant) []catalog.Ref { return []catalog.Ref{g.Asset.Ref} },
		Order:  approved}

	// GrantsOf finds all grants of one principal on one asset, by PairKey: first those that
	// have ended, then those that may stand. LiveGrantsOf asks for the latter.
	GrantsOf = store.Index[string, provision.Grant]{Kind: "grants", Name: "pair",
		Values: func(g provision.Grant) []string { return []string{PairKey(g.Asset.Ref, g.Principal.Name)} },
		Order:  liveLast}

	// GrantsOfID finds them by the platform's own id of the principal, whatever it is
	// called now, by PairKey.
	GrantsOfID = store.Index[string, provision.Grant]{Kind: "grants", Name: "pair_id",
		Values: func(g provision.Grant) []string {
			return store.Only(PairKey(g.Asset.Ref, g.Principal.ID), g.Principal.ID != "")
		},
		Order: approved}
)

// LiveGrantsOf asks for the first page of the grants of one principal on one asset that may stand, by PairKey.
// Platforms that ask whether somebody is allowed wait for this one.
func LiveGrantsOf(pair string) store.Query {
	q := GrantsOf.Query(pair)
	q.After.Order, q.Limit = live, store.MaxPage
	return q
}

// GrantsFor finds the grants of a beneficiary: first those that have ended, then those
// that may stand.
var GrantsFor = store.Index[request.PersonID, provision.Grant]{Kind: "grants", Name: "beneficiary",
	Values: func(g provision.Grant) []request.PersonID { return store.Only(g.Beneficiary, g.Beneficiary != "") },
	Order:  liveLast}

// LiveGrantsFor asks for the first page of the grants of a beneficiary that may stand.
func LiveGrantsFor(beneficiary request.PersonID) store.Query {
	q := GrantsFor.Query(beneficiary)
	q.After.Order, q.Limit = live, store.MaxPage
	return q
}

// The orders of grants begin with these, where those that may stand come behind those that
// have ended.
const live, gone = "live ", "gone "

func liveLast(g provision.Grant) string {
	if g.Live() {
		return live + approved(g)
	}
	return gone + approved(g)
}

// LiveOnConnection finds the grants of a connection that may stand on its
// platform, by the Ref of their asset.
var LiveOnConnection = store.Index[string, provision.Grant]{Kind: "grants", Name: "connection",
	Values: func(g provision.Grant) []string { return store.Only(g.Asset.Ref.Connection(), g.Live()) },
	Order:  func(g provision.Grant) string { return string(g.Asset.Ref) }}

// PairKey names a principal on an asset.
func PairKey(ref catalog.Ref, principal string) string {
	return store.Digest(string(ref) + "\n" + principal)
}

// The orders in which grants come due: those of an asset, or under AnyAsset all.
var (
	GrantsToTake = store.Index[catalog.Ref, provision.Grant]{Kind: "grants", Name: "to_take",
		Values: func(g provision.Grant) []catalog.Ref { return dueOn(g.Asset.Ref, g.NextToTake()) },
		Order:  func(g provision.Grant) string { return store.OrderTime(g.NextToTake()) }}

	GrantsToGive = store.Index[catalog.Ref, provision.Grant]{Kind: "grants", Name: "to_give",
		Values: func(g provision.Grant) []catalog.Ref { return dueOn(g.Asset.Ref, g.NextToGive()) },
		Order:  func(g provision.Grant) string { return store.OrderTime(g.NextToGive()) }}
)

// GrantsTried finds the grants whose next attempt is put off, or whose answer is waited for, by
// until when.
var GrantsTried = store.Index[string, provision.Grant]{Kind: "grants", Name: "tried",
	Values: func(g provision.Grant) []string {
		return store.Only("all", g.Live() && (!g.Retry.IsZero() || !g.Waits.IsZero()))
	},
	Order: func(g provision.Grant) string {
		if !g.Waits.IsZero() {
			return store.OrderTime(g.Waits)
		}
		return store.OrderTime(g.Retry)
	}}

// AnyAsset finds the grants of every asset.
const AnyAsset catalog.Ref = ""

func dueOn(ref catalog.Ref, at time.Time) []catalog.Ref {
	if at.IsZero() {
		return nil
	}
	return []catalog.Ref{ref, AnyAsset}
}

// GrantsByHand finds the grants that somebody has to give or revoke by hand, the first
// due first.
var GrantsByHand = store.Index[string, provision.Grant]{Kind: "grants", Name: "by_hand",
	Values: func(g provision.Grant) []string { return store.Only("all", g.ByHand()) },
	Order:  func(g provision.Grant) string { return store.OrderTime(g.Task.Due) }}

func approved(g provision.Grant) string { return store.OrderTime(g.Approved) }

// Calls are the calls of platforms that may answer later.
var Calls = store.Kind[provision.CallID, provision.Call]{
	Name:    "calls",
	Of:      func(c provision.Call) provision.CallID { return c.ID },
	Indexes: []store.Indexed[provision.Call]{CallsAbout},
	Quiet:   true,
}

// CallsAbout finds the calls about one principal on one object, by ObjectKey, the
// earliest first.
var CallsAbout = store.Index[string, provision.Call]{Kind: "calls", Name: "about",
	Values: func(c provision.Call) []string { return []string{ObjectKey(c.Asset, c.Principal, c.Object.ID)} },
	Order:  func(c provision.Call) string { return store.OrderNumber(c.Number) }}

// ObjectKey names a principal on the object that stands under a Ref.
func ObjectKey(ref catalog.Ref, principal, object string) string {
	return store.Digest(string(ref) + "\n" + principal + "\n" + object)
}

// Installation names this installation of the engine on the platforms.
type Installation struct {
	ID string `json:"id"`

	// Store and Generation are the Mark that these records leave on the platforms.
	// The generation only rises: where a platform has a higher one, these records are
	// older than its last mark.
	Store      string `json:"store,omitempty"`
	Generation int64  `json:"generation,omitempty"`
}

// InstallationKey is the id of the only Installation.
const InstallationKey = "self"

// Installations holds the one Installation.
var Installations = store.Kind[string, Installation]{
	Name:  "installation",
	Of:    func(Installation) string { return InstallationKey },
	Quiet: true,
}

// Replay records that an act was done under an idempotency key: the requests that it made,
// or its answer.
type Replay struct {
	Key     string     `json:"key"`  // digest of the person, the operation and the key
	Body    string     `json:"body"` // digest of the submission
	Request request.ID `json:"request,omitempty"`

	Batch []request.ID `json:"batch,omitempty"` // of a batch: its requests, in the order of its submissions

	At     time.Time         `json:"at,omitzero"` // of the act; zero for keys of before they ended
	Answer *request.Answered `json:"answer,omitempty"`
}

// Replays are the idempotency keys that were used.
var Replays = store.Kind[string, Replay]{
	Name:    "replays",
	Of:      func(r Replay) string { return r.Key },
	Indexes: []store.Indexed[Replay]{ReplaysByTime},
	Quiet:   true,
}

// ReplaysByTime finds the keys that end, the oldest first.
var ReplaysByTime = store.Index[string, Replay]{Kind: "replays", Name: "at",
	Values: func(r Replay) []string { return store.Only("all", !r.At.IsZero()) },
	Order:  func(r Replay) string { return store.OrderTime(r.At) }}

// PrincipalClaim says which person a principal of a connection is. There is one
// for each principal that was ever resolved, so that no two people share one.
type PrincipalClaim struct {
	Connection string           `json:"connection"`
	Principal  string           `json:"principal"`
	Person     request.PersonID `json:"person"`
}

// PrincipalClaims are the claims to all principals.
var PrincipalClaims = store.Kind[string, PrincipalClaim]{
	Name:    "principals",
	Of:      func(c PrincipalClaim) string { return ClaimKey(c.Connection, c.Principal) },
	Indexes: []store.Indexed[PrincipalClaim]{ClaimsOf},
}

// ClaimsOf finds the claims of a person.
var ClaimsOf = store.Index[request.PersonID, PrincipalClaim]{Kind: "principals", Name: "person",
	Values: func(c PrincipalClaim) []request.PersonID { return []request.PersonID{c.Person} }}

// ClaimKey is the id of the claim to a principal.
func ClaimKey(connection, principal string) string { return connection + "/" + principal }

// Settled are the kinds whose records are few and seldom change: what is defined, and
// what follows from it.
var Settled = []string{Connections.Name, Forms.Name, Flows.Name, Agreements.Name, Guardrails.Name, Masks.Name, Classifications.Name, Definitions.Name,
	Revisions.Name, Attachments.Name, MasksNow.Name, MaskedAssets.Name, Suspensions.Name, ClassificationsNow.Name, Stops.Name, Substitutions.Name, Webhooks.Name, Installations.Name, Platforms.Name, Alones.Name}

// VersionKey is the id of one version of something that has a name.
func VersionKey[N ~string](name N, version int) string { return fmt.Sprintf("%s@%d", name, version) }
