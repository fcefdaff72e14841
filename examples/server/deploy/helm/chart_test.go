package helm

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
)

// TestTheChartIsLinted has no warning either.
func TestTheChartIsLinted(t *testing.T) {
	t.Parallel()
	for _, m := range lint.AllWithKubeVersion("grantwright", values(), "data", nil).Messages {
		if m.Severity > support.InfoSev {
			t.Error(m)
		}
	}
}

// TestPodsMayDoNothingButServe holds the pods to the restricted standard of Kubernetes.
func TestPodsMayDoNothingButServe(t *testing.T) {
	t.Parallel()
	all, err := render(t, values())
	if err != nil {
		t.Fatal(err)
	}
	deployment := all["Deployment access-grantwright"]
	pod := at(t, deployment, "spec", "template", "spec")
	server := at(t, pod, "containers", "server")
	for _, tt := range []struct {
		of   any
		path string
		want any
	}{
		{deployment, "spec.replicas", float64(3)},
		{deployment, "spec.strategy.rollingUpdate.maxUnavailable", float64(0)},
		{pod, "automountServiceAccountToken", false},
		{pod, "securityContext.runAsNonRoot", true},
		{pod, "securityContext.runAsUser", float64(65532)},
		{pod, "securityContext.seccompProfile.type", "RuntimeDefault"},
		{server, "securityContext.readOnlyRootFilesystem", true},
		{server, "securityContext.allowPrivilegeEscalation", false},
		{server, "readinessProbe.httpGet.path", "/readyz"},
		{server, "livenessProbe.httpGet.path", "/healthz"},
		{server, "startupProbe.httpGet.path", "/healthz"},
		{server, "env.PGPASSWORD.valueFrom.secretKeyRef.name", "grantwright"},
		{server, "env.PGPASSWORD.valueFrom.secretKeyRef.key", "records"},
		{pod, "volumes.secrets.secret.secretName", "grantwright"},
		{pod, "volumes.manifest.configMap.name", "access-grantwright-manifest"},
		{all["PodDisruptionBudget access-grantwright"], "spec.maxUnavailable", float64(1)},
		{all["Service access-grantwright"], "spec.ports.http.targetPort", "http"},
	} {
		if got := at(t, tt.of, strings.Split(tt.path, ".")...); got != tt.want {
			t.Errorf("%s is %v, want %v", tt.path, got, tt.want)
		}
	}
	if drop := at(t, server, "securityContext", "capabilities", "drop").([]any); len(drop) != 1 || drop[0] != "ALL" {
		t.Errorf("it drops %v", drop)
	}
	if all["Ingress access-grantwright"] != nil || len(all) != 5 {
		t.Errorf("%d objects, and no ingress was asked for", len(all))
	}
}

func TestIngressAndMetricsAreOptional(t *testing.T) {
	t.Parallel()
	set := values()
	set["address"] = "https://data.example.com/access"
	set["ingress"] = object{"enabled": true, "className": "nginx", "tlsSecret": "data-tls"}
	set["metrics"] = object{"port": 9464}
	set["logKey"] = true
	all, err := render(t, set)
	if err != nil {
		t.Fatal(err)
	}
	ingress := all["Ingress access-grantwright"]
	rule := at(t, ingress, "spec", "rules").([]any)[0]
	if at(t, rule, "host") != "data.example.com" || at(t, at(t, rule, "http", "paths").([]any)[0], "path") != "/access" {
		t.Errorf("the rule is %v", rule)
	}
	server := at(t, all["Deployment access-grantwright"], "spec", "template", "spec", "containers", "server")
	if at(t, server, "ports", "metrics", "containerPort") != float64(9464) || at(t, all["Service access-grantwright"], "spec", "ports", "metrics", "port") != float64(9464) {
		t.Errorf("the ports are %v", at(t, server, "ports"))
	}
	args := strings.Join(flags(t, server), " ")
	for _, want := range []string{"-metrics=0.0.0.0:9464", "-log-key=file:/run/secrets/log"} {
		if !strings.Contains(args, want) {
			t.Errorf("the flags are %s, without %s", args, want)
		}
	}
}

// TestWhatIsMissingIsSaid leaves one value out at a time.
func TestWhatIsMissingIsSaid(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]any{"image": object{"repository": ""}, "address": "http://access.example.com", "store": "", "secret": "", "providers": "", "manifest": object{}} {
		set := values()
		set[name] = wrong
		if _, err := render(t, set); err == nil || !strings.Contains(err.Error(), strings.TrimSuffix(name, "s")) {
			t.Errorf("without %s: %v", name, err)
		}
	}
	set := values()
	set["store"] = "postgres://grantwright:hunter2@records.example.com/grantwright"
	if _, err := render(t, set); err == nil || !strings.Contains(err.Error(), "store has a password") {
		t.Errorf("a password in the store: %v", err)
	}
}

func flags(t *testing.T, server any) []string {
	t.Helper()
	var all []string
	for _, a := range at(t, server, "args").([]any) {
		all = append(all, a.(string))
	}
	return all
}

// TestTheServerTakesTheFlags has the server itself check the flags and the files of the chart.
func TestTheServerTakesTheFlags(t *testing.T) {
	t.Parallel()
	set := values()
	set["metrics"] = object{"port": 9464}
	all, err := render(t, set)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	binary := filepath.Join(dir, "server.exe")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-C", filepath.Join("..", ".."), "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("building the server: %v\n%s", err, out)
	}
	server := at(t, all["Deployment access-grantwright"], "spec", "template", "spec", "containers", "server")
	for name, text := range map[string]string{
		"etc/grantwright/manifest/sales.yaml":      at(t, all["ConfigMap access-grantwright-manifest"], "data").(object)["sales.yaml"].(string),
		"etc/grantwright/providers/providers.yaml": at(t, all["ConfigMap access-grantwright-providers"], "data").(object)["providers.yaml"].(string),
		"run/secrets/key":                          "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
		"run/secrets/oidc":                         "secret",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		text = strings.ReplaceAll(text, "file:/run/", "file:"+dir+"/run/")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"check"}
	for _, a := range flags(t, server) {
		args = append(args, strings.NewReplacer("file:/run/", "file:"+dir+"/run/", "=/etc/", "="+dir+"/etc/").Replace(a))
	}
	check := func(args ...string) (string, error) {
		out, err := exec.CommandContext(context.WithoutCancel(t.Context()), binary, args...).CombinedOutput()
		return string(out), err
	}
	if out, err := check(append(args, "-secrets=file:"+dir+"/run/secrets/")...); err != nil {
		t.Errorf("the server refuses %v: %v\n%s", args, err, out)
	}
	if out, err := check(append(args, "-no-such-flag")...); err == nil {
		t.Errorf("a flag that there is not is taken: %s", out)
	}
}
