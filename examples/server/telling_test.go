package main

import (
	"encoding/base64"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/notify"
)

// said is what a command line says of telling, or its fault.
func said(args ...string) (grantwright.Config, error) {
	var t telling
	f := flag.NewFlagSet("server", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	t.flags(f)
	if err := f.Parse(args); err != nil {
		return grantwright.Config{}, err
	}
	if err := t.check(); err != nil {
		return grantwright.Config{}, err
	}
	key, err := t.readKey("postgres://records")
	if err != nil {
		return grantwright.Config{}, err
	}
	c := grantwright.Config{Key: key}
	return c, t.configure(&c, "http://127.0.0.1:8080")
}

func TestHowOthersAreTold(t *testing.T) {
	t.Setenv("SERVER_TEST_KEY", base64.StdEncoding.EncodeToString(make([]byte, notify.KeyBytes)))
	german, err := os.ReadFile("../../notify/words/en.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "de.tmpl")
	if err := os.WriteFile(path, german, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := said("-key", "env:SERVER_TEST_KEY", "-address", "https://access.example.com", "-allow-webhooks", "10.1.0.0/16, ::1/128",
		"-mail", "smtp://access@mail.example.com:587?from=access@example.com&password=env:MAIL", "-words", "de="+path, "-tell-by", "ACT=mail,slack; DIGEST=mail;REVIEWED=",
		"-slack-room", "env:ROOM", "-teams-room", "file:/run/teams", "-slack-token", "env:TOKEN", "-slack-team", "T0", "-slack-signing-secret", "env:SIGNING")
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Key) != notify.KeyBytes || c.Address != "https://access.example.com" || c.Webhooks == nil ||
		c.Channels["mail"] == nil || c.Channels["slack"] == nil || len(c.Channels) != 2 || len(c.Rooms) != 2 {
		t.Errorf("configured is %+v", c)
	}
	want := notify.Defaults{notify.ToAct: {"mail", "slack"}, notify.Digest: {"mail"}, notify.Reviewed: {}}
	if diff := cmp.Diff(want, c.Defaults); diff != "" {
		t.Errorf("defaults (-want +got):\n%s", diff)
	}
}

func TestBadTellingIsRefused(t *testing.T) {
	t.Parallel()
	words := filepath.Join(t.TempDir(), "de.tmpl")
	if err := os.WriteFile(words, []byte(`{{define "label.by"}}von{{end}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	mail := "smtp://mail.example.com?from=access@example.com"
	for _, tt := range []struct{ says, flags string }{
		{"-slack-room must be a reference", "-slack-room https://hooks.slack.com/services/hidden"},
		{"are needed together", "-slack-token env:TOKEN"},
		{"-key", "-key env:SERVER_TEST_NOTHING"},
		{"is no network", "-allow-webhooks 10.1.0.0"},
		{"-mail: must be a URL", "-mail mail.example.com"},
		{"no password but a reference", "-mail smtp://access:hidden@mail.example.com?from=access@example.com"},
		{"must be a reference", "-mail " + mail + "&password=hidden"},
		{"Options.From", "-mail smtp://mail.example.com"},
		{"must read like de=", "-mail " + mail + " -words de"},
		{"does not define", "-mail " + mail + " -words de=" + words},
		{"-tell-by", "-mail " + mail + " -tell-by ACT"},
		{`the channel "pigeon"`, "-mail " + mail + " -tell-by ACT=pigeon"},
		{`names "SOON"`, "-mail " + mail + " -tell-by SOON=mail"},
	} {
		if _, err := said(strings.Fields(tt.flags)...); err == nil || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: %v, want it to say %q, and no secret", tt.flags, err, tt.says)
		}
	}
}

// A button whose answer cannot arrive is none.
func TestButtonsAreThereWhereSlackCanAnswer(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"": false, "http://access.example.com": false, "https://localhost:8443": false, "https://127.0.0.1": false, "https://[::1]": false,
		"https://access.example.com": true, "https://192.0.2.7/grants": true,
	} {
		if d := (telling{address: address, slackToken: "env:TOKEN"}).direct(); d.Buttons != want {
			t.Errorf("%q: buttons %v, want %v", address, d.Buttons, want)
		}
	}
}
