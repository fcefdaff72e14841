package api

import (
	"context"
	"time"

	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// ReconcileBody starts a reconciliation, or a dry run of one.
type ReconcileBody struct {
	DryRun      bool `json:"dryRun,omitempty" doc:"Change nothing, and say what would be done"`
	MaxRemovals int  `json:"maxRemovals,omitempty" minimum:"0" doc:"How many accesses may be removed, and how many grants suspended. If it is missing: 10, or 5 % of those that stand where that is less; in any case one access, and three grants. Where more would be, none is"`
	Adopt       bool `json:"adopt,omitempty" doc:"The records here are the right ones, although the platform was marked by others or by later ones"`
}

// Reconciliation is the result of one.
type Reconciliation struct {
	Connection string    `json:"connection"`
	At         time.Time `json:"at"`
	DryRun     bool      `json:"dryRun,omitempty"`
	Compared   int       `json:"compared" doc:"Grants"`
	Standing   int       `json:"standing" doc:"Accesses of ours on the platform"`
	Removals   int       `json:"removals" doc:"Accesses that nothing calls for, as far as they may be removed"`

	Suspensions int `json:"suspensions,omitempty" doc:"Grants of which somebody took something away, or in whose place something else stands"`

	Stopped bool   `json:"stopped,omitempty" doc:"More would be removed or suspended than may be without asking, so that nothing was"`
	Doubt   string `json:"doubt,omitempty" doc:"Why nothing was changed but only reported: the records do not seem to be those by which the access was given"`

	Findings []provision.Finding `json:"findings" nullable:"false" doc:"The first 1000"`
	More     int                 `json:"more,omitempty" doc:"Findings that are not listed"`
}

func (s *server) reconcile(ctx context.Context, by request.Identity, in *struct {
	ConnectionNamed
	Body ReconcileBody
}) (*shown[Reconciliation], error) {
	r, err := s.Engine.Reconcile(ctx, by, in.Name, provision.Reconcile(in.Body))
	if err != nil {
		return nil, err
	}
	return &shown[Reconciliation]{ReconciliationOf(r)}, nil
}

// ReconciliationOf writes the result of a reconciliation.
func ReconciliationOf(r provision.Reconciliation) Reconciliation {
	return Reconciliation{r.Connection, r.At, r.DryRun, r.Compared, r.Standing, r.Removals, r.Suspensions, r.Stopped, r.Doubt, append([]provision.Finding{}, r.Findings...), r.More}
}
