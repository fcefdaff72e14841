package exchange

import (
	"crypto/rand"
	"net/http"
	"strings"
)

// IDHeader is the header field in which a client names its request, and an answer the
// request that it belongs to.
const IDHeader = "X-Request-Id"

// maxID bounds the id of a request that a client has chosen.
const maxID = 64

// RequestID is the id of a request: the one that the client has given, if it is at most
// 64 letters, digits, and any of . _ -; or else a new one. Nothing else reaches a log.
func RequestID(h http.Header) string {
	given := h.Values(IDHeader)
	if len(given) == 1 && given[0] != "" && len(given[0]) <= maxID && !strings.ContainsFunc(given[0], unclean) {
		return given[0]
	}
	return rand.Text()[:16]
}

func unclean(c rune) bool {
	return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("._-", c)
}
