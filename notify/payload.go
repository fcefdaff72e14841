package notify

import (
	"encoding/json"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
)

// Payload is what a webhook is sent. Its fields are part of the API, and may
// become more, never fewer: schema/webhook.schema.json describes them, and
// schema/examples shows one of each type.
type Payload struct {
	Type      Topic     `json:"type" doc:"What happened, such as request.created" example:"request.created"`
	Timestamp time.Time `json:"timestamp" doc:"When it happened"`
	ID        string    `json:"id" doc:"Of the event, the same each time that it is sent; also the header webhook-id"`
	Sequence  int       `json:"sequence,omitempty" doc:"Number of the event within its request, from 1"`
	Data      Told      `json:"data" doc:"The records as they were when the event was put on its way; of an event of a grant, the grant in the state in which that has left it"`
}

// Told is the content of a payload: the records that the event is about.
type Told struct {
	By            request.PersonID   `json:"by" doc:"Who did it; system for what the engine did by a rule"`
	Via           *ToldVia           `json:"via,omitempty" doc:"The token by which they did it, in the log as CloudEvents only: webhooks are not told of it"`
	Request       *ToldRequest       `json:"request,omitempty"`
	Asset         *ToldAsset         `json:"asset,omitempty"`
	Requester     *ToldPerson        `json:"requester,omitempty"`
	Beneficiary   *ToldPerson        `json:"beneficiary,omitempty"`
	Determination *ToldDetermination `json:"determination,omitempty" doc:"Of request.determined: what was said, and what the review has come to"`
	Grant         *ToldGrant         `json:"grant,omitempty" doc:"The access that was approved, from the approval on"`
	About         []string           `json:"about,omitempty" nullable:"false" doc:"The records that were changed: kind, slash, id"`
	Detail        json.RawMessage    `json:"detail,omitempty" doc:"What the event itself says"`
}

// ToldVia is a token by which somebody has acted.
type ToldVia struct {
	Token request.TokenID `json:"token"`
	Name  string          `json:"name"`
}

// ToldRequest is a request.
type ToldRequest struct {
	ID        request.ID        `json:"id"`
	Type      request.Type      `json:"type" enum:"DATA_ACCESS,MASKING_EXCEPTION"`
	Status    request.Status    `json:"status" enum:"PENDING,APPROVED,DENIED,CANCELED,LAPSED,EXPIRED,REVOKED"`
	Privilege request.Privilege `json:"privilege" enum:"READ,READ_WRITE" doc:"That was asked for; the grant may give less"`
	Columns   []string          `json:"columns,omitempty" nullable:"false" doc:"That were asked for; without, the whole asset"`
	Duration  string            `json:"duration" doc:"That was asked for: a number and a unit, or ENDLESS" example:"30 DAYS"`
	Form      ToldForm          `json:"form"`
	Submitted time.Time         `json:"submitted"`
	Decided   *time.Time        `json:"decided,omitempty"`
	Ended     *time.Time        `json:"ended,omitempty"`
	Reason    string            `json:"reason,omitempty" doc:"Of whoever canceled or revoked it"`
	Link      string            `json:"link,omitempty" doc:"Its page, where the server knows its own address"`
	Answers   request.Answers   `json:"answers,omitempty" nullable:"false" doc:"Of the form, by question; only where the webhook asks for them and governance has agreed"`
}

// ToldForm is the version of a form that a request was made with.
type ToldForm struct {
	Name    request.FormName `json:"name" example:"default"`
	Version int              `json:"version"`
}

// ToldAsset is what is asked for.
type ToldAsset struct {
	Ref  catalog.Ref  `json:"ref" example:"warehouse:sales.public.orders"`
	Kind catalog.Kind `json:"kind,omitempty"`
}

// ToldPerson is somebody.
type ToldPerson struct {
	ID        request.PersonID `json:"id"`
	Principal string           `json:"principal,omitempty" doc:"Who the beneficiary is on the platform"`
}

// ToldDetermination is one act of a data steward, or of a rule.
type ToldDetermination struct {
	Status    request.Status   `json:"status" enum:"PENDING,APPROVED,DENIED" doc:"Of the review, after it"`
	Act       string           `json:"act,omitempty" doc:"APPROVE or DENY; without, a rule has decided"`
	Rule      string           `json:"rule,omitempty" doc:"That decided, if nobody did"`
	Duration  string           `json:"duration,omitempty" doc:"Of an approval for a shorter time"`
	Privilege string           `json:"privilege,omitempty" doc:"Of an approval of less: READ where READ_WRITE was asked for"`
	Columns   []string         `json:"columns,omitempty" nullable:"false" doc:"Of an approval of some columns only"`
	Reason    string           `json:"reason,omitempty"`
	By        request.PersonID `json:"by"`

	For []request.PersonID `json:"for,omitempty" nullable:"false" doc:"In whose place, where a substitute has acted"`
}

// ToldGrant is the access that was approved.
type ToldGrant struct {
	State     string            `json:"state" enum:"PENDING,PROVISIONING,ACTIVE,FAILED,SUSPENDED,REVOKING,REVOKED"`
	How       string            `json:"how" enum:"AUTO,WEBHOOK,MANUAL"`
	Known     string            `json:"known,omitempty" doc:"What the state is known by: VERIFIED, ASSERTED or ATTESTED"`
	Privilege request.Privilege `json:"privilege" enum:"READ,READ_WRITE"`
	Columns   []string          `json:"columns,omitempty" nullable:"false"`
	Unmasked  []string          `json:"unmasked,omitempty" nullable:"false" doc:"Columns that a masking exception shows clear"`
	Duration  string            `json:"duration"`
	Started   *time.Time        `json:"started,omitempty" doc:"When it was first ACTIVE"`
	Ends      *time.Time        `json:"ends,omitempty"`
	Gone      *time.Time        `json:"gone,omitempty" doc:"When it was REVOKED"`
	Error     string            `json:"error,omitempty" doc:"The platform's own words, of the last attempt"`
	Gaps      []string          `json:"gaps,omitempty" nullable:"false" doc:"Parts of the container that do not work while it is ACTIVE, each with its reason; the first of them"`
	GapCount  int               `json:"gapCount,omitempty" doc:"How many there are"`
	Masked    []ToldMasked      `json:"masked,omitempty" nullable:"false" doc:"Of grant.to_do and grant.overdue: the masked assets at and below the asset, the first of many. The access is to what shows them masked, and not to the assets"`
}

// ToldMasked is an asset that is shown masked.
type ToldMasked struct {
	Asset   catalog.Ref `json:"asset"`
	Columns []string    `json:"columns,omitempty" nullable:"false" doc:"That are masked or not shown"`
	Shows   string      `json:"shows,omitempty" doc:"What shows it masked, to query and to give; missing while nothing does"`
}

// MaskedOf tells of masked assets.
func MaskedOf(all []request.AssetMasks) (told []ToldMasked) {
	for _, m := range all {
		one := ToldMasked{Asset: m.Asset, Shows: Masked(m)}
		for _, c := range m.Show.Columns {
			one.Columns = append(one.Columns, c.Name)
		}
		one.Columns = append(one.Columns, m.Show.Out...)
		told = append(told, one)
	}
	return told
}

// RequestOf tells of a request, without its answers.
func RequestOf(r request.Request, link string) *ToldRequest {
	return &ToldRequest{ID: r.ID, Type: r.Type, Status: r.Status, Privilege: r.Privilege, Columns: r.Columns, Duration: r.Duration.String(),
		Form: ToldForm{r.Form.Name, r.Form.Version}, Submitted: r.Submitted, Decided: Moment(r.Decided), Ended: Moment(r.Ended), Reason: r.Reason, Link: link}
}

// WithAnswers is the payload with the answers of its request.
func (p Payload) WithAnswers(a request.Answers) Payload {
	if p.Data.Request != nil {
		r := *p.Data.Request
		r.Answers, p.Data.Request = a, &r
	}
	return p
}

// Moment is a time for a payload; nil if it is zero.
func Moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
