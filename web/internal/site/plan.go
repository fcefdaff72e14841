package site

import (
	"errors"
	"strings"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// Plan lists the statements that a platform would run.
type Plan struct {
	Statements []provision.Statement `json:"statements" nullable:"false" doc:"In order"`
	Opens      []string              `json:"opens" nullable:"false" doc:"What they would open beside what is wanted"`
	Remarks    []string              `json:"remarks" nullable:"false" doc:"What limits the access, and what cannot be known of it"`
	Gaps       provision.Gaps        `json:"gaps,omitzero" doc:"Parts of a container that would not work, as far as that can be known before"`
	Paths      []provision.Path      `json:"paths" nullable:"false" doc:"How the person gets in already, not through us"`
	Error      string                `json:"error,omitempty" doc:"Why it would fail, where that can be known"`
	Unknown    string                `json:"unknown,omitempty" doc:"Why the platform could not be asked; then nothing is known of what it would do"`
}

// PlanOf is a plan of a provisioner in the form that is shown.
func PlanOf(p provision.Plan) Plan {
	out := Plan{append([]provision.Statement{}, p.Statements...), append([]string{}, p.Opens...), append([]string{}, p.Remarks...), p.Gaps, append([]provision.Path{}, p.Paths...), "", ""}
	switch {
	case p.Err == nil:
	case answered(p.Err):
		out.Error = Sentence(p.Err)
	default:
		out.Unknown = Sentence(p.Err)
	}
	return out
}

// answered reports whether an error of a plan is the answer of the platform. Any other says
// that it could not be asked.
func answered(err error) bool {
	return errors.Is(err, provision.ErrPermanent) || errors.Is(err, provision.ErrWaiting) || errors.Is(err, provision.ErrUnmasked) || errors.As(err, new(*provision.LackingError))
}

// Job is a manual task on a platform.
type Job struct {
	Grant  provision.Grant      `json:"grant"`
	Stands []provision.Access   `json:"stands" nullable:"false" doc:"What the principal should have from all grants together once it is done; nothing, if it is empty"`
	Masks  []request.AssetMasks `json:"masks" nullable:"false" doc:"The masked assets at and below the asset, the first of many: access to them is access to what shows them masked, and not to the assets themselves"`
	Plan   *Plan                `json:"plan,omitempty" doc:"The statements to run, where the platform can say"`
	NoPlan string               `json:"noPlan,omitempty" doc:"Why there is no plan"`
	May    bool                 `json:"may" doc:"You may say that it is done: it concerns others"`

	Stopped string `json:"stopped,omitempty" doc:"Why it must not be done now: the connection is frozen, or the person is disabled"`
}

// JobOf is a job of the engine in the form that is shown.
func JobOf(j provision.Job) Job {
	out := Job{Grant: j.Grant, Stands: append([]provision.Access{}, j.Stands...), Masks: append([]request.AssetMasks{}, j.Masks...), May: j.May}
	if j.Stopped != "" {
		out.Stopped = Capital(strings.TrimPrefix(j.Stopped, "grantwright: not possible in this state: grantwright: "))
	}
	if j.NoPlan != "" {
		out.NoPlan = "The platform does not say by which statements this is done."
		return out
	}
	plan := PlanOf(j.Plan)
	out.Plan = &plan
	return out
}
