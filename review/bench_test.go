package review_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/ext"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// ten conditions that do not hold, so that each of them is evaluated.
var ten = []string{
	"request.privilege == 'READ_WRITE'",
	"request.duration > duration('8760h') && !request.endless",
	"asset.connection == 'lake' || asset.technology == 'mariadb'",
	"asset.path[0] == 'finance'",
	"'pii' in asset.source.tags",
	"asset.columns.exists(c, c.startsWith('secret_'))",
	"requester.person == beneficiary.person",
	"'contractors' in requester.groups",
	"requester.attributes.country.all(c, c == 'US')",
	"answers.region == 'US' && size(answers.agree) > 5",
}

// BenchmarkCondition opens a review under ten conditions, and evaluates the same
// ten as bare programs of cel-go beside it; x-bare is how many times as long the
// review takes.
func BenchmarkCondition(b *testing.B) {
	flow := asking(stage(review.Any, "owners"))
	for i, c := range ten {
		flow.Rules = append(flow.Rules, when(fmt.Sprint(i), c, approve))
	}
	p, f, programs := compile(b, flow), factsOf(request.For(30, request.Days)), bare(b)
	variables := map[string]any{"request": f.Request, "asset": f.Asset, "requester": f.Requester, "beneficiary": f.Beneficiary, "answers": f.Answers}
	var ours, theirs time.Duration
	for b.Loop() {
		started := time.Now()
		if r, err := review.Open(b.Context(), f, p); err != nil || r.Rule != "default" || len(r.Why) > 0 {
			b.Fatal(r.Rule, r.Why, err)
		}
		between := time.Now()
		for _, program := range programs {
			if value, _, err := program.ContextEval(b.Context(), variables); err != nil || value.Value() != false {
				b.Fatal(value, err)
			}
		}
		ours, theirs = ours+between.Sub(started), theirs+time.Since(between)
	}
	b.ReportMetric(float64(ours.Nanoseconds())/float64(b.N), "open-ns/op")
	b.ReportMetric(float64(theirs.Nanoseconds())/float64(b.N), "bare-ns/op")
	b.ReportMetric(float64(ours)/float64(theirs), "x-bare")
}

func bare(b *testing.B) []cel.Program {
	env, err := cel.NewEnv(
		ext.NativeTypes(ext.ParseStructTags(true), reflect.TypeFor[review.RequestFacts](), reflect.TypeFor[review.AssetFacts](), reflect.TypeFor[review.SourceFacts](), reflect.TypeFor[review.PersonFacts]()),
		cel.Variable("request", cel.ObjectType("review.RequestFacts")), cel.Variable("asset", cel.ObjectType("review.AssetFacts")),
		cel.Variable("requester", cel.ObjectType("review.PersonFacts")), cel.Variable("beneficiary", cel.ObjectType("review.PersonFacts")),
		cel.Variable("answers", cel.MapType(cel.StringType, cel.DynType)), ext.Strings(), ext.Sets())
	if err != nil {
		b.Fatal(err)
	}
	var programs []cel.Program
	for _, c := range ten {
		ast, issues := env.Compile(c)
		if issues.Err() != nil {
			b.Fatal(issues.Err())
		}
		program, err := env.Program(ast, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(100_000), cel.InterruptCheckFrequency(100))
		if err != nil {
			b.Fatal(err)
		}
		programs = append(programs, program)
	}
	return programs
}

// BenchmarkCompile is a flow of ten rules being made ready.
func BenchmarkCompile(b *testing.B) {
	flow := asking(stage(review.Any, "owners"))
	for i, c := range ten {
		flow.Rules = append(flow.Rules, when(fmt.Sprint(i), c, people))
	}
	for b.Loop() {
		compile(b, flow)
	}
}
