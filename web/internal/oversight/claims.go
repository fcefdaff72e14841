package oversight

import (
	"context"
	"net/http"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/site"
)

// ClaimBody names access that others gave and that is to be a grant of ours.
type ClaimBody struct {
	Asset     catalog.Ref      `json:"asset"`
	Principal string           `json:"principal" doc:"Who has it on the platform"`
	By        string           `json:"by,omitempty" doc:"Who gave it; may be left out if only one did"`
	Owner     request.PersonID `json:"owner" doc:"The person, group or service that is the principal"`
	Duration  request.Duration `json:"duration" doc:"From now; it must have an end" example:"90 DAYS"`
	Reason    string           `json:"reason" doc:"Why they should keep it"`
	TakeOver  bool             `json:"takeOver,omitempty" doc:"Take away what others gave once ours works, where the platform lets us"`
}

// ClaimsBody claims chosen access.
type ClaimsBody struct {
	Items  []ClaimBody `json:"items" nullable:"false" minItems:"1" maxItems:"50"`
	DryRun bool        `json:"dryRun,omitempty" doc:"Change nothing, and say what would be done"`
}

// Places are those that the token of a caller has to hold for.
func (b ClaimsBody) Places() (refs []catalog.Ref, _ []request.ID) {
	for _, item := range b.Items {
		refs = append(refs, item.Asset)
	}
	return refs, nil
}

// Claimed is the result of a claim, or of its dry run.
type Claimed struct {
	Claim   ClaimBody          `json:"claim"`
	Trouble string             `json:"trouble,omitempty" doc:"Why it cannot be claimed; then nothing was done"`
	Found   *provision.Foreign `json:"found,omitempty" doc:"The access as it stands"`
	Plan    *site.Plan         `json:"plan,omitempty" doc:"Of a dry run: what the platform would run for our grant"`
	Request request.ID         `json:"request,omitempty" doc:"Of the grant"`
	Already bool               `json:"already,omitempty" doc:"There was a grant of ours for just this; no other was made"`
	Taken   bool               `json:"taken,omitempty" doc:"What others gave is gone from the platform: it was read back"`
	Left    string             `json:"left,omitempty" doc:"Why it is not, where it was to be taken over"`
}

func claimedOf(c provision.Claimed) Claimed {
	out := Claimed{Claim: ClaimBody(c.Claim), Found: c.Found, Request: c.Request, Already: c.Already, Taken: c.Taken}
	if c.Plan != nil {
		plan := site.PlanOf(*c.Plan)
		out.Plan = &plan
	}
	if c.Trouble != "" {
		out.Trouble = site.Sentence(errorText(c.Trouble))
	}
	if c.Left != "" {
		out.Left = site.Sentence(errorText(c.Left))
	}
	return out
}

func (s *server) routeClaims() {
	serve(s, http.MethodPost, "/claims", "claim", "Make chosen access that others gave grants of ours, with an owner and an end",
		"Each is claimed by itself, and says in trouble why it cannot be. What others gave stays beside our grant, unless takeOver says otherwise. Takes GOVERNANCE.", s.claim)
}

func (s *server) claim(ctx context.Context, by request.Identity, in *struct{ Body ClaimsBody }) (*listed[Claimed], error) {
	claims := make([]provision.Claim, len(in.Body.Items))
	for i, c := range in.Body.Items {
		claims[i] = provision.Claim(c)
	}
	done, err := s.Engine.Access().Claim(ctx, by, claims, in.Body.DryRun)
	if err != nil {
		return nil, err
	}
	all := make([]Claimed, len(done))
	for i, c := range done {
		all[i] = claimedOf(c)
	}
	return list(all, ""), nil
}

// errorText is an error that is known by its text alone.
type errorText string

func (e errorText) Error() string { return string(e) }
