package tests

import (
	"errors"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/provision"
)

// What the platform cannot give is refused when it is asked for, and not when it was
// approved.
func TestColumnsThatThePlatformCannotGive(t *testing.T) {
	t.Parallel()
	p := newRealPlatform(t)
	e := p.engine(t)
	p.furnish(t, e)
	who := p.login(t, "eve")
	s := p.asking("1 HOURS")
	s.Columns = []string{"id"}
	_, err := e.Submit(t.Context(), who, s)
	var refused *provision.RefusedError
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "by column") {
		t.Errorf("asking for one column says %v", err)
	}
	if _, err := e.Preview(t.Context(), who, s); err == nil {
		t.Errorf("previewing says %v", err)
	}
}
