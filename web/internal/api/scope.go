package api

import (
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

// The assets and the requests that a body names: a token may be limited to connections.

func (b SubmissionBody) Places() ([]catalog.Ref, []request.ID) { return []catalog.Ref{b.Asset}, nil }

func (b BatchBody) Places() (refs []catalog.Ref, _ []request.ID) {
	for _, item := range b.Items {
		refs = append(refs, item.Asset)
	}
	return refs, nil
}

func (b ClaimsBody) Places() (refs []catalog.Ref, _ []request.ID) {
	for _, item := range b.Items {
		refs = append(refs, item.Asset)
	}
	return refs, nil
}

func (b DeterminationsBody) Places() (_ []catalog.Ref, ids []request.ID) {
	for _, item := range b.Items {
		ids = append(ids, item.Request)
	}
	return nil, ids
}

func (e Entry) Places() ([]catalog.Ref, []request.ID) { return []catalog.Ref{e.Asset.Ref}, nil }
