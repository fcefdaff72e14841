package words

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// Step is one event of a time line.
type Step struct {
	At   time.Time
	By   request.PersonID // empty for the engine itself
	Text string
	More string
}

// StepOf writes an event for people.
func (w *Words) StepOf(e store.Event) Step {
	payload, _ := e.Payload() // where a newer release wrote it, the type still says what happened
	s := Step{At: e.At, Text: w.T(texts[e.Type]), More: w.Say(said(payload))}
	if e.By != request.SystemID {
		s.By = e.By
	}
	switch {
	case e.Type == event.RequestDetermined.Name():
		d, _ := payload.(event.Determined)
		s.Text = w.determined(d)
	case e.Type == event.GrantFailed.Name():
		g, _ := payload.(event.Grant)
		s.More = w.Say(g.Error)
	case s.Text == "":
		s.Text = string(e.Type)
	}
	return s
}

// said is what somebody has said with an event; errors of platforms are not.
func said(payload any) string {
	switch p := payload.(type) {
	case event.Grant:
		return cmp.Or(p.Reason, p.Note)
	case event.Contested:
		if p.Grant != nil {
			return cmp.Or(p.Reason, p.Note)
		}
	case event.LateAnswer:
		return p.Why
	case event.Remark: // the page shows it among the remarks
		return ""
	}
	return event.Words(payload)
}

var texts = map[event.Name]string{
	event.RequestCreated.Name():    "Submitted",
	event.RequestCanceled.Name():   "Canceled",
	event.RequestLapsed.Name():     "Lapsed: nobody decided in time",
	event.RequestExpired.Name():    "Expired",
	event.RequestRevoked.Name():    "Revoked",
	event.RequestTakenBack.Name():  "An approval was taken back",
	event.EvidenceErased.Name():    "Facts that the decision stood on were erased",
	event.RequestEdited.Name():     "The answers were changed; approvals so far are void",
	event.RequestReopened.Name():   "Opened again: the facts have changed",
	event.RequestCommented.Name():  "Commented",
	event.RequestQuestioned.Name(): "Asked the requester for more",
	event.RequestAnswered.Name():   "Answered",
	event.RequestReminded.Name():   "The data stewards were reminded",
	event.RequestAssigned.Name():   "Somebody was asked by name to decide",
	event.RequestEscalated.Name():  "Escalated: nobody had decided in time",
	event.RequestFellBack.Name():   "Governance may decide: nobody else is known who could",
	event.RequestUnattended.Name(): "Nobody is known who could decide; governance and administrators were told",

	event.PrincipalRelinked.Name(): "The person has another id now, under which this request goes on",
	event.PersonRelinked.Name():    "The person has another id now, under which this request goes on",

	event.GrantProvisioning.Name(): "The platform is being changed",
	event.GrantActive.Name():       "The access works",
	event.GrantFailed.Name():       "An attempt on the platform failed",
	event.GrantRevoked.Name():      "The access is gone",
	event.GrantPrevented.Name():    "A guardrail prevents the access",
	event.GrantAnsweredLate.Name(): "A service answered too late, and its answer was only recorded",
	event.GrantFailing.Name():      "Attempts on the platform keep failing; people were told",
	event.GrantRetried.Name():      "Somebody asked for the next attempt at once",
	event.GrantExpiring.Name():     "The access ends soon",
	event.GrantSuspended.Name():    "Suspended: the access on the platform is not the approved one",
	event.GrantResumed.Name():      "Resumed by governance",
	event.GrantShortened.Name():    "Its end was brought forward",
	event.GrantReplaced.Name():     "The asset, or a function that writing to it calls, was made anew on the platform, and the access goes on",
	event.GrantRemaining.Name():    "Other ways to the asset have come or gone",
	event.GrantCleared.Name():      "Nothing is left of the access at its former place",
	event.GrantContested.Name():    "Something on the platform keeps changing the access",
	event.AccessClaimed.Name():     "Access that others gave was claimed",
	event.AccessTaken.Name():       "The access that others gave is gone",
	event.GrantMoved.Name():        "What to query has changed: the asset is masked, or no longer",
	event.GrantGaps.Name():         "Parts of the container work no longer, or work again",
	event.GrantRemarks.Name():      "What limits the access, or cannot be known of it, has changed",
	event.GrantToDo.Name():         "A person was asked to do it by hand",
	event.GrantOverdue.Name():      "Nobody has done it by hand in time; people were reminded",
}

// determined writes who or what decided, and whether that settled it.
func (w *Words) determined(d event.Determined) string {
	text := w.Word(string(d.Status))
	switch {
	case d.Act == string(review.Deny):
		text = w.T("Denied")
	case d.Act == string(review.Approve):
		text = w.T("Approved")
	case d.Rule != "":
		text = w.T("%s by the rule %s", text, d.Rule)
	}
	if !d.Duration.IsZero() {
		text += ", " + w.T("for %s", w.Lasts(d.Duration))
	}
	if d.Privilege == request.Read {
		text += ", " + w.T("read only")
	}
	if len(d.Columns) > 0 {
		text += ", " + w.T("columns %s", strings.Join(d.Columns, ", "))
	}
	for _, p := range d.For {
		text += ", " + w.T("in the place of %s", p.Identity().ID)
	}
	if d.Act == string(review.Approve) && d.Status == request.Pending {
		text += "; " + w.T("others have still to decide")
	}
	return text
}

// Form is a form as it is asked in the language. The built-in one speaks each; all others
// speak that of whoever made them.
func (w *Words) Form(f request.Form) request.Form {
	if f.Name != request.DefaultForm.Name {
		return f
	}
	f.Title, f.Questions = w.T(f.Title), slices.Clone(f.Questions)
	for i := range f.Questions {
		f.Questions[i].Title = w.T(f.Questions[i].Title)
	}
	return f
}
