package governance

import (
	"context"
	"fmt"
	"strings"

	"github.com/grantwright/grantwright/internal/visible"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

const (
	maxAsked  = 100 // criteria about which a lint asks the directory
	maxListed = 5   // of them, in one warning
)

// WarnOfStewards warns of selectors of a flow that the directory knows nobody for, or not
// everybody: there it is unknown whether anybody can decide. Owners and managers depend on
// the request.
func (gov *Governance) WarnOfStewards(ctx context.Context, f review.Flow) []review.Warning {
	var partly, nobody []string
	asked := map[request.Criterion]bool{}
	for _, s := range f.Selectors() {
		c := s.Criterion()
		if s.When != "" {
			c = request.Criterion{Everybody: true}
		}
		if c == (request.Criterion{}) || asked[c] || len(asked) == maxAsked {
			continue
		}
		asked[c] = true
		some, complete, err := gov.People.Some(ctx, c)
		switch {
		case err != nil || !complete:
			partly = append(partly, s.String())
		case !some:
			nobody = append(nobody, s.String())
		}
		if err != nil { // as it would be for the others
			gov.Logger.WarnContext(ctx, "the directory does not say whether it knows all stewards", "flow", f.Name, "selector", s, "error", err)
			break
		}
	}
	var all []review.Warning
	if len(partly) > 0 {
		all = append(all, review.Warning{Code: review.StewardsUnknown, Text: fmt.Sprintf(
			"asks people of whom the directory does not know all (%s): those whom it knows are told, and where it knows nobody, the request waits and does not fall back to GOVERNANCE", listed(partly))})
	}
	if len(nobody) > 0 {
		all = append(all, review.Warning{Code: review.NoStewards, Text: fmt.Sprintf(
			"asks people of whom there are none now (%s): GOVERNANCE may decide in their place", listed(nobody))})
	}
	return all
}

// listed names the first of some selectors.
func listed(all []string) string {
	if more := len(all) - maxListed; more > 0 {
		return visible.Text(fmt.Sprintf("%s and %d more", strings.Join(all[:maxListed], ", "), more))
	}
	return visible.Text(strings.Join(all, ", "))
}
