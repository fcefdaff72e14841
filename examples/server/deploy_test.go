package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/grantwright/grantwright/manifest"
)

func deployed(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("deploy", name))
	must(t, err)
	return string(text)
}

// serves refuses flags that the server would refuse.
func serves(t *testing.T, args []string) options {
	t.Helper()
	var o options
	flags := o.flagSet("server", io.Discard)
	if err := flags.Parse(args); err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	must(t, o.check(flags.Args()))
	must(t, checkListen(o.listen, o.signIn.isDev()))
	return o
}

// The unit starts a server with flags that there are, after a check with the same ones, and
// gives it nothing that it does not need.
func TestTheUnitStartsTheServer(t *testing.T) {
	t.Parallel()
	set := map[string][]string{}
	section := ""
	for n, l := range strings.Split(deployed(t, "grantwright.service"), "\n") {
		key, value, is := strings.Cut(l, "=")
		switch {
		case l == "" || strings.HasPrefix(l, "#"):
		case strings.HasPrefix(l, "["):
			section = l
		case !is || section == "":
			t.Errorf("line %d is no setting: %s", n+1, l)
		default:
			set[section+key] = append(set[section+key], value)
		}
	}
	starts := set["[Service]ExecStart"]
	if len(starts) != 1 || len(set["[Service]ExecStartPre"]) != 1 {
		t.Fatalf("it starts %v", starts)
	}
	program, flags, _ := strings.Cut(starts[0], " ")
	if want := program + " check " + flags; set["[Service]ExecStartPre"][0] != want {
		t.Errorf("it checks other flags than it starts with:\n%s\n%s", set["[Service]ExecStartPre"][0], want)
	}
	o := serves(t, strings.Fields(flags))
	if o.signIn.isDev() || !strings.HasPrefix(o.telling.address, "https://") {
		t.Error("it lets in whoever asks")
	}
	for _, one := range set["[Service]LoadCredential"] {
		name, _, _ := strings.Cut(one, ":")
		if name == "key" && o.telling.key != "file:/run/credentials/grantwright.service/key" {
			t.Errorf("the key is %s", o.telling.key)
		}
	}
	for key, want := range map[string]string{"DynamicUser": "yes", "NoNewPrivileges": "yes", "ProtectSystem": "strict", "CapabilityBoundingSet": "", "UMask": "0077"} {
		if got := set["[Service]"+key]; !slices.Equal(got, []string{want}) {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
}

// composed is as much of a compose file as the test reads.
type composed struct {
	Services map[string]struct {
		Image   string
		Build   struct{ Context, Dockerfile string }
		Command []string
		Volumes []string
		Secrets []string
	}
	Secrets map[string]struct{ Environment string }
	Volumes map[string]any
}

// The compose file names services, files, secrets and flags that there are.
func TestTheComposeFileIsWhole(t *testing.T) {
	t.Parallel()
	var c composed
	must(t, yaml.Unmarshal([]byte(deployed(t, "compose.yaml")), &c))
	for name, s := range c.Services {
		if tag := regexp.MustCompile(`:v?\d`); (s.Image == "") == (s.Build.Context == "") || s.Image != "" && !tag.MatchString(s.Image) {
			t.Errorf("%s runs %q, built in %q", name, s.Image, s.Build.Context)
		}
		for _, v := range s.Volumes {
			from, _, _ := strings.Cut(v, ":")
			_, named := c.Volumes[from]
			if _, err := os.Stat(filepath.Join("deploy", from)); !named && err != nil {
				t.Errorf("%s mounts %s, which is not there", name, from)
			}
		}
		for _, secret := range s.Secrets {
			if c.Secrets[secret].Environment == "" {
				t.Errorf("%s reads the secret %s, which is not there", name, secret)
			}
		}
	}
	if len(c.Services) != 4 {
		t.Errorf("there are %d services", len(c.Services))
	}
	server := c.Services["server"]
	if _, err := os.Stat(filepath.Join("deploy", server.Build.Context, server.Build.Dockerfile)); err != nil {
		t.Error(err)
	}
	o := serves(t, server.Command)
	if _, _, err := readManifest(filepath.Join("deploy", filepath.Base(o.config))); err != nil {
		t.Error(err)
	}
	text := deployed(t, filepath.Base(o.signIn.oidc))
	in, err := manifest.ReadSignIn("providers.yaml", strings.NewReader(text))
	must(t, err)
	var dex struct {
		Issuer        string
		StaticClients []struct {
			ID           string
			RedirectURIs []string `yaml:"redirectURIs"`
		} `yaml:"staticClients"`
		StaticPasswords []struct{ Hash string } `yaml:"staticPasswords"`
	}
	must(t, yaml.Unmarshal([]byte(deployed(t, "dex.yaml")), &dex))
	if client := dex.StaticClients[0]; dex.Issuer != in.Issuers[0].URL || client.ID != in.Issuers[0].Client || !slices.Contains(client.RedirectURIs, o.telling.address+"/sign-in/callback") {
		t.Errorf("Dex is %+v, and the server expects %+v at %s", dex, in.Issuers[0], o.telling.address)
	}
	for _, p := range dex.StaticPasswords {
		if !regexp.MustCompile(`^\$2b\$10\$[./A-Za-z0-9]{53}$`).MatchString(p.Hash) {
			t.Errorf("%q is no hash of bcrypt", p.Hash)
		}
	}
}

// The image holds one file, and runs it as nobody in particular.
func TestTheImageIsSmallAndUnprivileged(t *testing.T) {
	t.Parallel()
	text := deployed(t, "Dockerfile")
	stages := regexp.MustCompile(`(?m)^FROM (\S+)`).FindAllStringSubmatch(text, -1)
	if len(stages) != 2 || stages[1][1] != "scratch" {
		t.Fatalf("its stages are %v", stages)
	}
	mod, err := os.ReadFile("../../go.mod")
	must(t, err)
	if version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(mod); stages[0][1] != "golang:"+string(version[1])+"-alpine" {
		t.Errorf("it is built by %s, and go.mod says %s", stages[0][1], version[1])
	}
	for _, want := range []string{"CGO_ENABLED=0", "\nUSER 65532:65532\n", "\nENTRYPOINT [\"/server\"]\n", "/etc/ssl/certs/ca-certificates.crt", "go -C examples/server build "} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	if regexp.MustCompile(`https?://`).MatchString(text) {
		t.Error("it fetches something by itself")
	}
	makefile, err := os.ReadFile("../../Makefile")
	must(t, err)
	for _, flag := range regexp.MustCompile(`-gcflags=\S+`).FindAllString(text, -1) {
		if !strings.Contains(string(makefile), flag) {
			t.Errorf("make server is built without %s", flag)
		}
	}
}
