package frame

import (
	"net/http"
	"strings"
)

// embedded is the first part of the paths of pages that other sites show in a frame.
const embedded = "/embed/"

// IsEmbedded reports whether a request is for a page in a frame of another site: it has no
// navigation, and its links open outside of the frame.
func IsEmbedded(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, embedded) }
