// Package dossier holds what is shown beside requests to those who decide on them: a Brief
// for each row of a list, and a Dossier for a case. Both are put together when they are asked
// for, and stored nowhere.
package dossier

import (
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// Brief is what a row of a list says of a request beside the request itself.
type Brief struct {
	Name    string   // of the beneficiary; empty where it is not known
	Team    []string // their department or team by the attributes of these names, or else their first groups
	Purpose string   // the first answer of the form

	Version int           // of the review
	Stage   string        // that is open; empty where none is
	Opened  time.Time     // when that stage was
	Due     time.Time     // when it has to be decided; zero if never
	Age     time.Duration // since it was submitted

	Prevented []review.GuardrailName // that keep a pending request from being given
	State     string                 // of its grant, as provision.State has it; empty where there is none
	Gaps      int                    // parts of the grant that do not work
}

// Dossier is what surrounds a request, for those who decide on it. It holds no answers of
// other requests.
type Dossier struct {
	Asset catalog.Asset       `json:"asset"`          // as the last sync saw it; its Ref alone where it is known no more
	Tags  map[string][]string `json:"tags,omitempty"` // that governance has given its columns, by column
	Masks request.AssetMasks  `json:"masks"`

	Person request.Identity `json:"person"` // the beneficiary; the id alone where nothing is known
	Known  bool             `json:"known"`  // the directory knows them

	Earlier []Earlier `json:"earlier,omitempty"` // requests for the beneficiary, the newest first: at most MaxListed
	More    bool      `json:"more"`              // there are earlier ones than these

	Precedents []Precedent `json:"precedents,omitempty"` // how others were decided on the asset, the newest first: at most MaxListed

	Since     time.Time          `json:"since,omitzero"`      // when the open stage was opened
	Asked     []request.PersonID `json:"asked,omitempty"`     // who may decide there: at most MaxListed of each selector
	MoreAsked bool               `json:"moreAsked,omitempty"` // others may too

	Names map[request.PersonID]string `json:"names,omitempty"` // of the people in it, where they are known
}

// MaxListed bounds each list of a Dossier.
const MaxListed = 10

// Earlier is an earlier request of a beneficiary.
type Earlier struct {
	Request   request.ID        `json:"request"`
	Type      request.Type      `json:"type"`
	Asset     catalog.Ref       `json:"asset"`
	Privilege request.Privilege `json:"privilege"`
	Columns   []string          `json:"columns,omitempty"`
	Duration  request.Duration  `json:"duration"`
	Status    request.Status    `json:"status"`
	State     string            `json:"state,omitempty"` // of its grant; empty where there is none
	Submitted time.Time         `json:"submitted"`
}

// Precedent is how a request of somebody's was decided.
type Precedent struct {
	Request     request.ID       `json:"request"`
	Type        request.Type     `json:"type"`
	Beneficiary request.PersonID `json:"beneficiary"`
	Asked       review.Terms     `json:"asked"`
	Status      request.Status   `json:"status"` // of the request, by now
	Decided     time.Time        `json:"decided"`
	Said        []Said           `json:"said,omitempty"` // the determinations that counted
	Rule        string           `json:"rule,omitempty"` // of the flow, where nobody was asked
}

// Said is a determination of a Precedent.
type Said struct {
	By        request.PersonID  `json:"by"`
	Act       review.Act        `json:"act"`
	Reason    string            `json:"reason,omitempty"`
	Duration  request.Duration  `json:"duration,omitzero"`
	Privilege request.Privilege `json:"privilege,omitempty"`
	Columns   []string          `json:"columns,omitempty"`
}

// PrecedentOf is the precedent of a request that was decided.
func PrecedentOf(req request.Request, r review.Review) Precedent {
	p := Precedent{Request: req.ID, Type: req.Type, Beneficiary: req.Beneficiary, Asked: r.Asked, Status: req.Status, Decided: r.Decided}
	for _, d := range r.Live() {
		p.Said = append(p.Said, Said{d.By, d.Act, d.Reason, d.Duration, d.Privilege, d.Columns})
	}
	if len(p.Said) == 0 {
		p.Rule = r.Rule
	}
	return p
}
