// Package helm holds the chart to Kubernetes' own words and to the flags of the server. It is a
// module of its own: nothing else needs what renders a chart.
package helm

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"sigs.k8s.io/yaml"
)

// object is a part of a manifest of Kubernetes.
type object = map[string]any

// values are the least that the chart needs.
func values() object {
	return object{
		"image":     object{"repository": "registry.example.com/grantwright", "tag": "v1"},
		"address":   "https://access.example.com",
		"store":     "postgres://grantwright@records.example.com/grantwright?sslmode=verify-full",
		"secret":    "grantwright",
		"providers": "issuers:\n  - {title: Example, url: 'https://id.example.com', client: grantwright, secret: 'file:/run/secrets/oidc'}\n",
		"manifest":  object{"sales.yaml": "flows:\n  - name: sales\n    default: {act: REVIEW, stages: [{name: owners, mode: ANY, selectors: [{group: owners}]}]}\n"},
	}
}

// render renders the chart as `helm template` does, and returns its objects by kind and name.
func render(t *testing.T, set object) (map[string]object, error) {
	t.Helper()
	chart, err := loader.Load("grantwright")
	if err != nil {
		t.Fatal(err)
	}
	all, err := chartutil.ToRenderValues(chart, set, chartutil.ReleaseOptions{Name: "access", Namespace: "data"}, chartutil.DefaultCapabilities)
	if err != nil {
		return nil, err
	}
	files, err := engine.Engine{Strict: true, LintMode: false}.Render(chart, all)
	if err != nil {
		return nil, err
	}
	out := map[string]object{}
	for name, text := range files {
		if filepath.Ext(name) != ".yaml" {
			continue
		}
		for part := range strings.SplitSeq("\n"+text, "\n---\n") {
			var o object
			if err := yaml.UnmarshalStrict([]byte(part), &o); err != nil {
				t.Fatalf("%s: %v\n%s", name, err, part)
			}
			if len(o) > 0 {
				out[o["kind"].(string)+" "+o["metadata"].(object)["name"].(string)] = o
			}
		}
	}
	return out, nil
}

// at finds what stands at a path of names and, in lists, of the name of an element.
func at(t *testing.T, v any, path ...string) any {
	t.Helper()
	for _, name := range path {
		switch of := v.(type) {
		case object:
			v = of[name]
		case []any:
			i := slices.IndexFunc(of, func(e any) bool { return e.(object)["name"] == name })
			if i < 0 {
				return nil
			}
			v = of[i]
		default:
			return nil
		}
	}
	return v
}
