//go:build unix

package main

import (
	"os"
	"testing"
)

func TestAFileThatOthersReadIsNotUsed(t *testing.T) {
	t.Parallel()
	p, g := newProvider(t), atHome(t)
	g.wants(t, exitDone, words("login "+p.URL))
	must(t, os.Chmod(g.file, 0o640))
	g.wants(t, exitFault, words("me"), "others can read").withoutSecret(t)
	g.wants(t, exitDone, words("login"), "others can read", "You are signed in")
	if p.alive() != 1 {
		t.Errorf("%d tokens work: the one that others could read is one of them", p.alive())
	}
	must(t, os.WriteFile(g.file, []byte(`{"token": "`+secret), 0o600))
	g.wants(t, exitFault, words("me"), "gw login makes a new one").withoutSecret(t)
	g.wants(t, exitFault, words("logout"), "may still work").withoutSecret(t)
}
