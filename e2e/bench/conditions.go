package main

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/ext"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// tenConditions do not hold, so that each of them is evaluated.
var tenConditions = []string{
	"request.privilege == 'READ_WRITE'",
	"request.duration > duration('8760h') && !request.endless",
	"asset.connection == 'lake' || asset.technology == 'mariadb'",
	"asset.path[0] == 'finance'",
	"'pii' in asset.source.tags",
	"asset.columns.exists(c, c.startsWith('secret_'))",
	"requester.person == beneficiary.person + 'x'",
	"'contractors' in requester.groups",
	"requester.attributes.country.all(c, c == 'US')",
	"answers.region == 'US' && size(answers.agree) > 5",
}

// measureConditions opens a review under ten conditions, and evaluates the same ten as
// bare programs beside it.
func measureConditions(ctx context.Context, b *bench) ([]row, error) {
	policy, err := tenRules()
	if err != nil {
		return nil, err
	}
	programs, err := barePrograms()
	if err != nil {
		return nil, err
	}
	facts := someFacts()
	variables := map[string]any{"request": facts.Request, "asset": facts.Asset, "requester": facts.Requester, "beneficiary": facts.Beneficiary, "answers": facts.Answers}
	var rounds []pair
	for range b.rounds {
		var ours, bare time.Duration
		for range conditionRuns {
			begin := time.Now()
			r, err := review.Open(ctx, facts, policy)
			if err != nil || r.Rule != "default" || len(r.Why) > 0 {
				return nil, fmt.Errorf("the review: %q %v %w", r.Rule, r.Why, err)
			}
			between := time.Now()
			if err := evaluate(ctx, programs, variables); err != nil {
				return nil, err
			}
			ours, bare = ours+between.Sub(begin), bare+time.Since(between)
		}
		rounds = append(rounds, pair{microseconds(ours) / conditionRuns, microseconds(bare) / conditionRuns})
	}
	return []row{row{Figure: "conditions", Case: "ten of a flow", Unit: "µs", Target: atMost("ratio", 1.3), Note: "the floor is bare cel-go"}.fill(rounds)}, nil
}

const conditionRuns = 5000

func microseconds(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

func tenRules() (*review.Policy, error) {
	f := review.Flow{Name: "ten", Version: 1, Default: review.Action{Act: review.Ask, Stages: []review.Stage{{Name: "owners", Mode: review.Any, Selectors: []review.Selector{{Group: "owners"}}}}}}
	for i, condition := range tenConditions {
		f.Rules = append(f.Rules, review.Rule{Name: fmt.Sprint(i), When: condition, Then: review.Action{Act: review.Approve}})
	}
	return review.Compile(f)
}

func someFacts() review.Facts {
	form := request.Form{Name: "f", Questions: []request.Question{
		{ID: "region", Type: request.Dropdown, Options: []string{"EU"}},
		{ID: "agree", Type: request.Checkboxes, Options: []string{"a", "b"}},
		{ID: "time", Type: request.AccessDuration},
	}}
	asset := catalog.Asset{Ref: "warehouse:sales.public.orders", Kind: catalog.Table, Technology: "postgres",
		Columns: []catalog.Column{{Name: "id"}, {Name: "total"}}, Source: catalog.Claims{Owner: "dba", Tags: []string{"gold"}}}
	by := request.Identity{ID: "eve@example.com", Groups: []string{"analysts"}, Attributes: map[string][]string{"country": {"DE", "FR"}}}
	req := request.Request{Type: request.DataAccess, Asset: asset.Ref, Requester: by.Person(), Beneficiary: by.Person(), Privilege: request.Read, Columns: []string{"id"}, Duration: request.For(30, request.Days),
		Answers: request.Answers{"region": {"EU"}, "agree": {"b", "a"}, "time": {"30 DAYS"}}}
	return review.NewFacts(req, form, asset, by, by, time.Date(2031, 1, 31, 9, 0, 0, 0, time.UTC))
}

// barePrograms are the conditions compiled as somebody would without us, with the same
// bounds on their cost.
func barePrograms() ([]cel.Program, error) {
	env, err := cel.NewEnv(
		ext.NativeTypes(ext.ParseStructTags(true), reflect.TypeFor[review.RequestFacts](), reflect.TypeFor[review.AssetFacts](), reflect.TypeFor[review.SourceFacts](), reflect.TypeFor[review.PersonFacts]()),
		cel.Variable("request", cel.ObjectType("review.RequestFacts")), cel.Variable("asset", cel.ObjectType("review.AssetFacts")),
		cel.Variable("requester", cel.ObjectType("review.PersonFacts")), cel.Variable("beneficiary", cel.ObjectType("review.PersonFacts")),
		cel.Variable("answers", cel.MapType(cel.StringType, cel.DynType)), ext.Strings(), ext.Sets())
	if err != nil {
		return nil, err
	}
	var programs []cel.Program
	for _, condition := range tenConditions {
		ast, issues := env.Compile(condition)
		if issues.Err() != nil {
			return nil, issues.Err()
		}
		program, err := env.Program(ast, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(100_000), cel.InterruptCheckFrequency(100))
		if err != nil {
			return nil, err
		}
		programs = append(programs, program)
	}
	return programs, nil
}

func evaluate(ctx context.Context, programs []cel.Program, variables map[string]any) error {
	for i, program := range programs {
		value, _, err := program.ContextEval(ctx, variables)
		if err != nil || value.Value() != false {
			return fmt.Errorf("%s is %v: %w", tenConditions[i], value, err)
		}
	}
	return nil
}
