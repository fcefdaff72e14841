package condition

import (
	"reflect"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/ext"
)

// Environment declares what conditions can call, the types of facts, and some variables.
func Environment(facts []reflect.Type, variables ...cel.EnvOption) (*cel.Env, error) {
	types := []any{ext.ParseStructTags(true)}
	for _, t := range facts {
		types = append(types, t)
	}
	return cel.NewEnv(append([]cel.EnvOption{ext.NativeTypes(types...), ext.Strings(), ext.Sets()}, variables...)...)
}
