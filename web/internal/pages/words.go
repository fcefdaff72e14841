package pages

import (
	"bytes"
	"cmp"
	"fmt"
	"html/template"
	"net/url"
	"strings"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/internal/visible"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
	"github.com/yuin/goldmark"
)

// words are the functions by which templates write the values of records.
var words = template.FuncMap{
	"word":     word,
	"when":     when,
	"lasts":    lasts,
	"kind":     func(k catalog.Kind) string { return strings.ToLower(word(string(k))) },
	"what":     what,
	"path":     func(r catalog.Ref) string { return visible.Text(catalog.FormatPath(r.Path())) },
	"plain":    visible.Text,     // names of others
	"straight": visible.Straight, // words of others
	"standing": standing,
	"state":    stateWith,
	"gaps":     gapsIn,
	"needs":    needs,
	"late":     func(l review.Late) string { return lates[l] },
	"script":   provision.Script,
	"status":   func(s any) badge { return badgeOf(s) },
	"who":      func(p request.PersonID) string { return p.Identity().ID },
	"zero":     time.Time.IsZero,
	"segment":  url.PathEscape,
	"markdown": markdown,
	"evidence": evidenceOf,
	"says":     review.Action.Says,
	"verdict":  func(v review.Verdict) string { return verdictWords[v] },
	"tone":     func(v review.Verdict) string { return verdictTones[v] },
	"mark":     func(v review.Verdict) string { return verdictMarks[v] },
	"differs":  differs,
	"change":   changeInWords,
	"shorter":  func() []option { return unitsOf(request.Question{}) },
}

// markdown writes a text of governance's. HTML in it is left out, and so are
// addresses that would run anything.
func markdown(text string) template.HTML {
	var b bytes.Buffer
	if err := goldmark.Convert([]byte(text), &b); err != nil {
		return template.HTML(template.HTMLEscapeString(text))
	}
	return template.HTML(b.String())
}

// word writes a constant such as READ_WRITE for people.
func word(constant any) string {
	text := strings.ReplaceAll(textOf(constant), "_", " ")
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + strings.ToLower(text[1:])
}

func textOf(v any) string {
	switch c := v.(type) {
	case string:
		return c
	case catalog.Kind:
		return string(c)
	case catalog.Way:
		return string(c)
	case request.Status:
		return string(c)
	case request.Privilege:
		return string(c)
	case request.Type:
		return string(c)
	case provision.State:
		return string(c)
	case provision.Evidence:
		return string(c)
	case review.ApprovalStatus:
		return string(c)
	case manifest.ProposalStatus:
		return string(c)
	case notify.WebhookState:
		return string(c)
	case notify.DeliveryState:
		return string(c)
	case review.Mode:
		return string(c)
	}
	return ""
}

// what names the use of an asset that is asked for or given.
func what(p request.Privilege) string {
	if p == request.ReadWrite {
		return "Read and write"
	}
	return "Read"
}

// when writes a time for people and for programs; none for the zero time.
func when(t time.Time) template.HTML {
	if t.IsZero() {
		return ""
	}
	t = t.UTC()
	return template.HTML(`<time datetime="` + t.Format(time.RFC3339) + `">` + t.Format("2 Jan 2006, 15:04 UTC") + `</time>`)
}

// lasts writes a duration such as 30 DAYS for people.
func lasts(d request.Duration) string {
	if d == request.Endless {
		return "without an end"
	}
	text := strings.ToLower(d.String())
	if one, is := strings.CutPrefix(text, "1 "); is {
		return "1 " + strings.TrimSuffix(one, "s")
	}
	return text
}

// badge is a short word in a colour of its meaning.
type badge struct{ Text, Tone string }

var tones = map[string]string{
	"PENDING": "wait", "BLOCKED": "wait", "PROVISIONING": "wait", "REVOKING": "wait", "SUSPENDED": "bad",
	withGaps: "wait", "REFUSED": "bad", "APPROVED": "good", "ACTIVE": "good", "DELIVERED": "good", "DENIED": "bad", "FAILED": "bad",
}

func badgeOf(v any) badge {
	text := textOf(v)
	tone := tones[text]
	if tone == "" {
		tone = "over"
	}
	return badge{word(text), tone}
}

// withGaps is the state of a grant that works but for some parts of its container.
const withGaps = "ACTIVE, WITH GAPS"

// stateWith is the state of a grant, for a badge.
func stateWith(s provision.State, g provision.Gaps) string {
	if s == provision.Active && g.Count > 0 {
		return withGaps
	}
	return string(s)
}

// gapsIn says how many parts do not work.
func gapsIn(n int) string {
	if n == 1 {
		return "1 part of it does not work"
	}
	return fmt.Sprintf("%d parts of it do not work", n)
}

// standing describes a grant in one sentence.
func standing(g provision.Grant) string {
	switch {
	case !g.Waits.IsZero() && g.Ending != "":
		return "A service was asked to take the access away, and will say when it is gone."
	case !g.Waits.IsZero():
		return "A service was asked to give the access, and will say when it works."
	}
	switch g.State {
	case provision.Active:
		if n := g.Gaps.Count; n > 0 {
			return "The access works" + by(g.Known) + ". " + gapsIn(n) + "; that is looked at again whenever the platform is compared."
		}
		return "The access works" + by(g.Known) + "."
	case provision.Failed:
		if g.How == provision.Manual {
			return "The access could not be given yet. A person has to try again."
		}
		return "The access does not work yet. It is tried again."
	case provision.Suspended:
		return "The access is suspended: what stands on the platform is not what was approved. Governance decides."
	case provision.Revoking:
		if g.How == provision.Manual {
			return "A person has to take the access away on the platform, and has not said yet that it is gone."
		}
		return "The access is being taken away, and is not known to be gone."
	case provision.Revoked:
		return "The access is gone" + by(g.Known) + "."
	}
	if g.How == provision.Manual {
		return "A person has to give the access on the platform."
	}
	return "The access is on its way."
}

func by(e provision.Evidence) string {
	switch e {
	case provision.Verified:
		return ": the platform was read back"
	case provision.Asserted:
		return ": a service that we called said so"
	case provision.Attested:
		return ": a person who did it said so"
	}
	return ""
}

// evidenceOf names the evidence for the state of a grant.
func evidenceOf(e provision.Evidence) string {
	if text := by(e); text != "" {
		return strings.TrimPrefix(text, ": ")
	}
	return "nothing yet"
}

// needs names the approvals that a stage takes, and how far it is.
func needs(s review.StageReview) string {
	text := "each of these has to approve"
	switch {
	case s.Mode == review.Any:
		text = "one of these is enough"
	case s.Mode == review.AtLeast:
		text = people(s.People) + " of these"
	case s.People > 1:
		text += ", and " + people(s.People)
	}
	if !s.StepUp.IsZero() {
		text += ", " + s.StepUp.String()
	}
	if s.People > 1 {
		text += fmt.Sprintf(": %d so far", len(s.ApprovedBy))
	}
	return text
}

func people(n int) string {
	if n == 1 {
		return "one person"
	}
	return fmt.Sprintf("%d different people", n)
}

// lates name the end of a stage that nobody decided in time.
var lates = map[review.Late]string{
	review.Escalate:  "Others are asked too on",
	review.DenyLate:  "Is denied on",
	review.LapseLate: "Lapses on",
}

// step is one event of a time line.
type step struct {
	At   time.Time
	By   request.PersonID // empty for the engine itself
	Text string
	More string
}

// stepOf writes an event for people.
func stepOf(e store.Event) step {
	payload, _ := e.Payload() // where a newer release wrote it, the type still says what happened
	s := step{At: e.At, Text: texts[e.Type], More: said(payload)}
	if e.By != request.SystemID {
		s.By = e.By
	}
	switch {
	case e.Type == event.RequestDetermined.Name():
		d, _ := payload.(event.Determined)
		s.Text = determined(d)
	case e.Type == event.GrantFailed.Name():
		g, _ := payload.(event.Grant)
		s.More = g.Error
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
	event.RequestLapsed.Name():     "Lapsed: it waited for too long",
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
	event.RequestEscalated.Name():  "Escalated: nobody had decided in time",
	event.RequestFellBack.Name():   "Governance may decide: nobody else is known who could",
	event.RequestUnattended.Name(): "Nobody is known who could decide; governance and administrators were told",

	event.PrincipalRelinked.Name(): "The person has another id now, under which this request goes on",

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
func determined(d event.Determined) string {
	text := word(string(d.Status))
	switch {
	case d.Act == string(review.Deny):
		text = "Denied"
	case d.Act == string(review.Approve):
		text = "Approved"
	case d.Rule != "":
		text += " by the rule " + d.Rule
	}
	if !d.Duration.IsZero() {
		text += ", for " + lasts(d.Duration)
	}
	if d.Privilege == request.Read {
		text += ", to read only"
	}
	if len(d.Columns) > 0 {
		text += ", columns " + strings.Join(d.Columns, ", ")
	}
	for _, p := range d.For {
		text += ", in the place of " + p.Identity().ID
	}
	if d.Act == string(review.Approve) && d.Status == request.Pending {
		text += "; others have still to decide"
	}
	return text
}
