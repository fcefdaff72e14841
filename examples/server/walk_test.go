package main_test

import (
	"context"
	"os/exec"
	"strings"
	"testing"
)

// walk runs the lines of walk.sh against a server.
func walk(t *testing.T, s *server) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c := exec.CommandContext(ctx, "sh", "walk.sh")
	c.Env = append(c.Environ(), "SERVER="+s.url, "TOKEN="+devToken)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("walk.sh: %v\n%s", err, out)
	}
	return string(out)
}

func TestTheWalkEndsInALoginThatWorks(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, 0, "eve", "frank")
	s := start(t, t.TempDir(), p.env(), "-config", p.manifest(t, "  - {id: eve@example.com}"), "-listen", "127.0.0.1:0")
	p.prepare(t, s)
	p.admits(t, "eve", "orders", false)
	if out := walk(t, s); !strings.Contains(out, `"known":"VERIFIED"`) {
		t.Errorf("the platform was not read back:\n%s", out)
	}
	p.admits(t, "eve", "orders", true)
	p.admits(t, "frank", "orders", false)
	if strings.Contains(s.Log(), p.passwords["grantwright"]) {
		t.Error("the password of the platform is in the log")
	}
}

func TestTheWalkOverTheExampleIsByHand(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), nil, "-listen", "127.0.0.1:0")
	for range 2 {
		if out := walk(t, s); !strings.Contains(out, `"known":"ATTESTED"`) {
			t.Errorf("nobody has attested it:\n%s", out)
		}
	}
}
