package frame

import "net/http"

// GrantActs is the form, on a list of access, of an act on those that are ticked.
type GrantActs struct {
	Base  string
	From  string // the list, below the prefix, to come back to
	End   bool   // revoke, or end sooner
	Renew bool
	Retry bool
}

// ListedAt is the address of a list below the prefix.
func ListedAt(r *http.Request) string { return r.URL.RequestURI() }
