package records

import (
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/store"
)

// Proposals are all changes that were proposed. Nobody has the same one open
// twice.
var Proposals = store.Kind[manifest.ProposalID, manifest.Proposal]{
	Name: "proposals",
	Of:   func(p manifest.Proposal) manifest.ProposalID { return p.ID },
	Unique: func(p manifest.Proposal) []store.Unique {
		unique := store.Only(store.Unique{Name: "open", Value: store.Digest(string(p.By) + "\n" + string(p.Kind) + "\n" + p.Based + "\n" + string(p.Body))}, p.Status == manifest.ProposalPending)
		if p.Status == manifest.ProposalPending && p.Kind.OfFile() {
			unique = append(unique, store.Unique{Name: ProposalOfFile, Value: store.Digest(string(p.Kind) + "\n" + p.Name)})
		}
		return unique
	},
	Indexes: []store.Indexed[manifest.Proposal]{ProposalsByStatus, ProposalsWaiting},
}

// ProposalOfFile names what one open proposal alone has for its kind and name, if a file
// proposes it.
const ProposalOfFile = "of file"

// The orders in which proposals are found.
var (
	// ProposalsByStatus finds them by the time they were made.
	ProposalsByStatus = store.Index[manifest.ProposalStatus, manifest.Proposal]{Kind: "proposals", Name: "status",
		Values: func(p manifest.Proposal) []manifest.ProposalStatus {
			return []manifest.ProposalStatus{p.Status, manifest.AnyProposal}
		},
		Order: func(p manifest.Proposal) string { return store.OrderTime(p.At) }}

	// ProposalsWaiting finds those that time will end, the earliest first.
	ProposalsWaiting = store.Index[string, manifest.Proposal]{Kind: "proposals", Name: "waiting",
		Values: func(p manifest.Proposal) []string { return store.Only("all", p.Status == manifest.ProposalPending) },
		Order:  func(p manifest.Proposal) string { return store.OrderTime(p.Lapses) }}
)
