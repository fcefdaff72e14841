package review

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/google/cel-go/cel"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/internal/condition"
)

// MaxEvaluation bounds the time in which all rules of a flow are evaluated. Rules
// that take longer ask people.
const MaxEvaluation = time.Second

// The environments declare what can be read: environment in every condition,
// with one more person for those of selectors, and a person alone in mappings.
var (
	environment        = sync.OnceValues(func() (*cel.Env, error) { return declaring(factVariables...) })
	stewardEnvironment = sync.OnceValues(func() (*cel.Env, error) { return declaring(append(slices.Clip(factVariables), person("steward"))...) })
	explainEnvironment = sync.OnceValues(func() (*cel.Env, error) {
		return declaring(append(slices.Clip(factVariables), person("steward"), cel.EnableMacroCallTracking())...)
	})
	mappingEnvironment = sync.OnceValues(func() (*cel.Env, error) { return declaring(person("person")) })
)

// factVariables are what Facts hold.
var factVariables = append(slices.Clip(standingVariables), cel.Variable("answers", cel.MapType(cel.StringType, cel.DynType)))

// standingVariables are those that do not depend on what somebody answers.
var standingVariables = []cel.EnvOption{
	cel.Variable("request", cel.ObjectType("review.RequestFacts")),
	cel.Variable("asset", cel.ObjectType("review.AssetFacts")),
	person("requester"),
	person("beneficiary"),
	cel.Variable(condition.OfStages, cel.ObjectType("review.AssistFacts")),
}

func person(name string) cel.EnvOption {
	return cel.Variable(name, cel.ObjectType("review.PersonFacts"))
}

func declaring(variables ...cel.EnvOption) (*cel.Env, error) {
	return condition.Environment(factTypes, variables...)
}

// factTypes are those that conditions can read.
var factTypes = []reflect.Type{reflect.TypeFor[RequestFacts](), reflect.TypeFor[AssetFacts](), reflect.TypeFor[SourceFacts](), reflect.TypeFor[PersonFacts](), reflect.TypeFor[AssistFacts]()}

// compile checks an expression, which is no condition of a stage, and makes it ready to run
// any number of times.
func compile(env *cel.Env, rule, expression string, result *cel.Type) (*condition.Program, error) {
	return compileFor(env, rule, expression, result, false)
}

func compileFor(env *cel.Env, rule, expression string, result *cel.Type, stage bool) (*condition.Program, error) {
	if len(expression) > MaxExpression {
		return nil, &RuleError{Rule: rule, Expression: expression[:MaxExpression], Reason: fmt.Sprintf("the condition has %d bytes, at most %d are allowed", len(expression), MaxExpression)}
	}
	program, fault := condition.Compile(env, expression, result, fieldNames(), stage)
	if fault != nil {
		return nil, faulty(rule, fault)
	}
	return program, nil
}

// holds evaluates a condition. What it cannot read is an error.
func holds(ctx context.Context, program *condition.Program, variables map[string]any) (bool, error) {
	value, err := evaluate(ctx, program, variables)
	if err != nil {
		return false, err
	}
	yes, is := value.Value().(bool)
	if !is {
		return false, fmt.Errorf("review: the result is %v, not true or false", value)
	}
	return yes, nil
}

// Mapping finds a text for a person, such as their name on a platform.
type Mapping struct{ program *condition.Program }

// ErrNoPrincipal is wrapped when a mapping has no text for a person.
var ErrNoPrincipal = errors.New("review: the expression gives no principal")

// CompileMapping reads a CEL expression over person that results in a text.
func CompileMapping(expression string) (*Mapping, error) {
	env, err := mappingEnvironment()
	if err != nil {
		return nil, err
	}
	program, err := compile(env, "principals.expression", expression, cel.StringType)
	if err != nil {
		return nil, err
	}
	return &Mapping{program}, nil
}

// Map returns the text for a person. A person who lacks what the expression
// reads has none.
func (m *Mapping) Map(ctx context.Context, i request.Identity) (string, error) {
	value, err := evaluate(ctx, m.program, map[string]any{"person": FactsOf(i)})
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		return "", fmt.Errorf("%w for %s: %w", ErrNoPrincipal, i.Person(), err)
	}
	name, _ := value.Value().(string)
	if name == "" {
		return "", fmt.Errorf("%w for %s", ErrNoPrincipal, i.Person())
	}
	return name, nil
}

// Condition says whether something holds for some facts. What it cannot read is an
// error.
type Condition func(ctx context.Context, f Facts) (bool, error)

// CompileQuestion reads the condition under which a question of a form is asked: CEL
// over answers. If an answer that it reads is not there, because that question was not
// asked or was left out, the condition does not hold.
func CompileQuestion(rule, expression string) (Condition, error) {
	env, err := environment()
	if err != nil {
		return nil, err
	}
	program, err := compile(env, rule, expression, cel.BoolType)
	if err != nil {
		return nil, err
	}
	checked, issues := env.Compile(expression)
	if issues.Err() != nil {
		return nil, issues.Err()
	}
	reads, _ := condition.AnswersRead(checked.NativeRep())
	return func(ctx context.Context, f Facts) (bool, error) {
		yes, err := holds(ctx, program, f.variables())
		if err != nil && ctx.Err() == nil && condition.Lacks(f.Answers, reads) {
			return false, nil
		}
		return yes, err
	}, nil
}
