package condition

import (
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

func patterns(unknown []Unknown) []*cel.AttributePatternType {
	all := make([]*cel.AttributePatternType, len(unknown))
	for i, u := range unknown {
		all[i] = cel.AttributePattern(u.Variable).QualString(u.Field)
	}
	return all
}

// named are the unknown facts on which a result depends; all, where it names none of them.
func named(value ref.Val, unknown []Unknown) (some []string) {
	result, is := value.(*types.Unknown)
	if !is {
		return nil
	}
	all := make([]string, len(unknown))
	for i, u := range unknown {
		all[i] = u.String()
		if slices.ContainsFunc(result.IDs(), func(id int64) bool { return u.within(result, id) }) {
			some = append(some, u.String())
		}
	}
	if len(some) == 0 {
		return all
	}
	return some
}

// within reports whether a part of a result is a fact, or reads from it.
func (u Unknown) within(result *types.Unknown, id int64) bool {
	trails, _ := result.GetAttributeTrails(id)
	return slices.ContainsFunc(trails, func(t *types.AttributeTrail) bool {
		return t.String() == u.Variable || strings.HasPrefix(t.String(), u.String())
	})
}
