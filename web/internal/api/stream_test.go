package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A follower who comes back goes on where the log was read, also where nothing was wanted.
func TestAnIdleStreamSaysHowFarItIs(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	out := stream{w: w, to: http.NewResponseController(w)}
	if err := out.write(nil, 4711); err != nil || !strings.HasSuffix(w.Body.String(), "\nid: 4711\n\n") {
		t.Errorf("%v: %q", err, w.Body)
	}
}
