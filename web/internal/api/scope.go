package api

import (
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

// The assets and the requests that a body names: a token may be limited to connections.

// Places are those that the token of a caller has to hold for.
func (b SubmissionBody) Places() ([]catalog.Ref, []request.ID) { return []catalog.Ref{b.Asset}, nil }

// Places are those that the token of a caller has to hold for.
func (b BatchBody) Places() (refs []catalog.Ref, _ []request.ID) {
	for _, item := range b.Items {
		refs = append(refs, item.Asset)
	}
	return refs, nil
}

// Places are those that the token of a caller has to hold for.
func (b DeterminationsBody) Places() (_ []catalog.Ref, ids []request.ID) {
	for _, item := range b.Items {
		ids = append(ids, item.Request)
	}
	return nil, ids
}

// Places are those that the token of a caller has to hold for.
func (e Entry) Places() ([]catalog.Ref, []request.ID) { return []catalog.Ref{e.Asset.Ref}, nil }
