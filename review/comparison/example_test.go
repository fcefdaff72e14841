package comparison_test

import (
	"context"
	"fmt"

	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/review/comparison"
)

func ExampleFlows() {
	of := func(when string) review.Flow {
		return review.Flow{Name: "sales", Default: review.DefaultFlow.Default,
			Rules: []review.Rule{{Name: "analysts", When: when, Then: review.Action{Act: review.Approve}}}}
	}
	before := of(`"analysts" in beneficiary.groups && request.privilege == "READ"`)
	for _, when := range []string{
		`"analysts" in beneficiary.groups`,
		`"analysts" in beneficiary.groups && request.privilege == "READ" && !request.endless`,
	} {
		c, err := comparison.Flows(context.Background(), before, of(when))
		if err != nil {
			panic(err)
		}
		for _, w := range c.Ways {
			fmt.Println(w.Rule, w.Says, w.Example)
		}
		fmt.Println(c.Nothing())
	}
	// Output:
	// rule analysts approves at once [{beneficiary.groups ["analysts"]} {request.privilege READ_WRITE}]
	// false
	// true
}
