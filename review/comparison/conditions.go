package comparison

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"

	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/review/internal/condition"
)

// environment declares what conditions can read.
var environment = sync.OnceValues(func() (*cel.Env, error) {
	types := []reflect.Type{reflect.TypeFor[review.RequestFacts](), reflect.TypeFor[review.AssetFacts](), reflect.TypeFor[review.SourceFacts](), reflect.TypeFor[review.PersonFacts](),
		reflect.TypeFor[review.AssistFacts]()}
	return condition.Environment(types,
		cel.Variable("request", cel.ObjectType("review.RequestFacts")),
		cel.Variable("asset", cel.ObjectType("review.AssetFacts")),
		cel.Variable("requester", cel.ObjectType("review.PersonFacts")),
		cel.Variable("beneficiary", cel.ObjectType("review.PersonFacts")),
		cel.Variable(condition.OfStages, cel.ObjectType("review.AssistFacts")),
		cel.Variable("answers", cel.MapType(cel.StringType, cel.DynType)),
		cel.EnableMacroCallTracking())
})

// read reads a condition that has compiled.
func read(when string) (*ast.AST, error) {
	env, err := environment()
	if err != nil {
		return nil, err
	}
	checked, issues := env.Compile(when)
	if issues.Err() != nil {
		return nil, fmt.Errorf("review: a condition cannot be read: %w", issues.Err())
	}
	return checked.NativeRep(), nil
}

// written is a part of a condition as it is written.
func written(whole *ast.AST, part ast.Expr) string {
	text, err := cel.ExprToString(part, whole.SourceInfo())
	if err != nil {
		return fmt.Sprintf("part %d of %p", part.ID(), whole)
	}
	return text
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
