// Package words are the words in which pages write records and sentences, in the language
// of whoever reads: constants, times, durations, states, and the time line of a request.
package words

import (
	"bytes"
	"fmt"
	"html/template"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/internal/visible"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/yuin/goldmark"
)

// Functions are the functions by which templates write in a language.
func (w *Words) Functions() template.FuncMap {
	return template.FuncMap{
		"t":        w.T,
		"th":       w.TH,
		"say":      w.Say,
		"form":     w.Form,
		"language": func() string { return w.Tag },
		"word":     w.Word,
		"when":     w.When,
		"day":      w.Day,
		"lasts":    w.Lasts,
		"kind":     func(k catalog.Kind) string { return w.Word(k) },
		"what":     w.Use,
		"path":     func(r catalog.Ref) string { return visible.Text(catalog.FormatPath(r.Path())) },
		"plain":    visible.Text,     // names of others
		"straight": visible.Straight, // words of others
		"strong":   func(text any) template.HTML { return element("strong", "", text) },
		"ref":      func(name any) template.HTML { return element("span", ` class="ref"`, name) },
		"link":     func(to, text any) template.HTML { return element("a", ` href="`+template.HTMLEscaper(to)+`"`, text) },
		"names":    names,
		"use":      w.access,
		"standing": w.Standing,
		"state":    stateWith,
		"gaps":     w.gaps,
		"needs":    w.needs,
		"late":     func(l review.Late) string { return w.T(lates[l]) },
		"script":   provision.Script,
		"status":   w.badgeOf,
		"who":      func(p request.PersonID) string { return p.Identity().ID },
		"zero":     time.Time.IsZero,
		"segment":  url.PathEscape,
		"markdown": markdown,
		"evidence": w.evidence,
		"says":     w.saysOf,
		"selector": w.Selector,
		"verdict":  func(v review.Verdict) string { return w.T(verdictWords[v]) },
		"tone":     func(v review.Verdict) string { return verdictTones[v] },
		"mark":     func(v review.Verdict) string { return verdictMarks[v] },
		"differs":  func(h manifest.How) string { return w.T(changes[h]) },
		"change":   w.change,
		"shorter":  func() []Option { return w.Units(request.Question{}) },
	}
}

// element is an element of HTML around a name, made visible and escaped.
func element(name, attributes string, text any) template.HTML {
	return template.HTML("<" + name + attributes + ">" + template.HTMLEscapeString(visible.Text(fmt.Sprint(text))) + "</" + name + ">")
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

// Word writes a constant such as READ_WRITE for people.
func (w *Words) Word(constant any) string {
	text := strings.ReplaceAll(textOf(constant), "_", " ")
	if text == "" {
		return ""
	}
	return w.T(strings.ToUpper(text[:1]) + strings.ToLower(text[1:]))
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
	case request.TokenState:
		return string(c)
	case request.Permission:
		return string(c)
	}
	return ""
}

// names lists names of others.
func names(all []string) string {
	shown := make([]string, len(all))
	for i, name := range all {
		shown[i] = visible.Text(name)
	}
	return strings.Join(shown, ", ")
}

// access names what an access lets somebody do.
func (w *Words) access(a provision.Access) string {
	if a.Unmasked != nil {
		return w.T("see columns as they are")
	}
	return strings.ToLower(w.Use(a.Privilege))
}

// Use names the use of an asset that is asked for or given.
func (w *Words) Use(p request.Privilege) string {
	if p == request.ReadWrite {
		return w.T("Read and write")
	}
	return w.T("Read")
}

// Masked says how a masked column is shown.
func (w *Words) Masked(m catalog.Mask) string {
	switch m.How {
	case catalog.MaskConstant:
		return w.T("always shown as %s", strconv.Quote(m.Constant))
	case catalog.MaskHash:
		return w.T("shown as a keyed hash")
	case catalog.MaskLast:
		return w.T("only the last %d characters are shown", m.Last)
	}
	return w.T("shown empty")
}

// When writes a time for people and for programs; none for the zero time.
func (w *Words) When(t time.Time) template.HTML {
	if t.IsZero() {
		return ""
	}
	t = t.UTC()
	return template.HTML(`<time datetime="` + t.Format(time.RFC3339) + `">` + string(w.Day(t)) + t.Format(", 15:04 UTC") + `</time>`)
}

// Day writes the day of a time; none for the zero time.
func (w *Words) Day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.UTC()
	if w.Tag == "de" {
		return t.Format("2. ") + germanMonths[t.Month()-1] + t.Format(" 2006")
	}
	return t.Format("2 Jan 2006")
}

var germanMonths = [...]string{"Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sep.", "Okt.", "Nov.", "Dez."}

// Lasts writes a duration such as 30 DAYS for people.
func (w *Words) Lasts(d request.Duration) string {
	if d == request.Endless {
		return w.T("without an end")
	}
	count, unit, found := strings.Cut(d.String(), " ")
	if !found {
		return ""
	}
	n, _ := strconv.Atoi(count) // a duration holds a number
	return w.T("%d "+strings.ToLower(unit), n)
}

// Units lists the units that a question offers: hours and longer, and shorter
// ones where no hour is allowed.
func (w *Words) Units(q request.Question) []Option {
	units := []Option{{string(request.Days), w.T("days")}, {string(request.Weeks), w.T("weeks")}, {string(request.Months), w.T("months")}, {string(request.Years), w.T("years")}, {string(request.Hours), w.T("hours")}}
	if q.Max != (request.Duration{}) && !longerThanHour(q.Max) {
		units = []Option{{string(request.Minutes), w.T("minutes")}, {string(request.Seconds), w.T("seconds")}}
	}
	if q.Endless {
		units = append(units, Option{request.Endless.String(), w.T("without an end")})
	}
	return units
}

// Option is one choice.
type Option struct{ Value, Text string }

// epoch is a start for comparing durations where any will do.
var epoch = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)

func longerThanHour(d request.Duration) bool {
	return !request.For(1, request.Hours).LongerThan(d, epoch)
}

// badge is a short word in a colour of its meaning.
type badge struct{ Text, Tone string }

var tones = map[string]string{
	"PENDING": "wait", "BLOCKED": "wait", "PROVISIONING": "wait", "REVOKING": "wait", "SUSPENDED": "bad",
	withGaps: "wait", "REFUSED": "bad", "APPROVED": "good", "ACTIVE": "good", "DELIVERED": "good", "DENIED": "bad", "FAILED": "bad",
}

func (w *Words) badgeOf(v any) badge {
	text := textOf(v)
	tone := tones[text]
	if tone == "" {
		tone = "over"
	}
	return badge{w.Word(text), tone}
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

// gaps says how many parts do not work.
func (w *Words) gaps(n int) string { return w.T("%d parts of it do not work", n) }

// Standing describes a grant in one sentence or two.
func (w *Words) Standing(g provision.Grant) string {
	text := w.T(standingOf(g))
	if how := w.T(known[g.Known]); how != "" && (g.State == provision.Active || g.State == provision.Revoked) && g.Waits.IsZero() {
		text += " " + how
	}
	if n := g.Gaps.Count; n > 0 && g.State == provision.Active && g.Waits.IsZero() {
		text += " " + w.gaps(n) + w.T("; that is looked at again whenever the platform is compared.")
	}
	return text
}

func standingOf(g provision.Grant) string {
	switch {
	case !g.Waits.IsZero() && g.Ending != "":
		return "A service was asked to remove the access, and will say when it is gone."
	case !g.Waits.IsZero():
		return "A service was asked to give the access, and will say when it works."
	}
	byHand := g.How == provision.Manual
	switch g.State {
	case provision.Active:
		return "The access works."
	case provision.Failed:
		if byHand {
			return "The access could not be given yet. A person has to try again."
		}
		return "The access does not work yet. It is tried again."
	case provision.Suspended:
		return "The access is suspended: somebody changed it on the platform, or the asset. Governance decides."
	case provision.Revoking:
		if byHand {
			return "A person has to remove the access on the platform, and has not said yet that it is gone."
		}
		return "The access is being removed, and is not known to be gone."
	case provision.Revoked:
		return "The access is gone."
	}
	if byHand {
		return "A person has to give the access on the platform."
	}
	return "The access is on its way."
}

// known say by what the state of a grant is known.
var known = map[provision.Evidence]string{
	provision.Verified: "Verified on the platform.",
	provision.Asserted: "Reported by the service that did it.",
	provision.Attested: "Confirmed by the person who did it.",
}

// evidence names the evidence for the state of a grant.
func (w *Words) evidence(e provision.Evidence) string {
	if text := known[e]; text != "" {
		return w.T(text)
	}
	return w.T("Not known yet.")
}

// needs names the approvals that a stage takes, and how far it is.
func (w *Words) needs(s review.StageReview) string {
	var text string
	switch {
	case s.Mode == review.Any:
		text = w.T("one of these is enough")
	case s.Mode == review.AtLeast:
		text = w.T("%d different people of these", s.People)
	case s.People > 1:
		text = w.T("each of these has to approve") + ", " + w.T("and %d different people", s.People)
	default:
		text = w.T("each of these has to approve")
	}
	if !s.StepUp.IsZero() {
		text += ", " + w.Say(s.StepUp.String())
	}
	if s.People > 1 {
		text += ": " + w.T("%d so far", len(s.ApprovedBy))
	}
	return text
}

// lates name the end of a stage that nobody decided in time.
var lates = map[review.Late]string{
	review.Escalate:  "Others are asked too on",
	review.DenyLate:  "Is denied on",
	review.LapseLate: "Lapses on",
}

// changes write how something differs.
var changes = map[manifest.How]string{manifest.Added: "is added", manifest.Changed: "changes", manifest.Removed: "is removed"}

// change writes a kind of change, such as flow.save.
func (w *Words) change(k manifest.ProposalKind) string {
	thing, act, _ := strings.Cut(string(k), ".")
	return w.T(strings.ToUpper(act[:min(1, len(act))]) + act[min(1, len(act)):] + " " + thing)
}

// verdictWords name the verdict of a condition.
var verdictWords = map[review.Verdict]string{review.Holds: "holds", review.HoldsNot: "does not hold", review.CannotTell: "cannot be told", review.NotLookedAt: "not looked at"}

// verdictTones and verdictMarks show the same at a glance.
var (
	verdictTones = map[review.Verdict]string{review.Holds: "yes", review.HoldsNot: "no", review.CannotTell: "unknown", review.NotLookedAt: "skipped"}
	verdictMarks = map[review.Verdict]string{review.Holds: "✓", review.HoldsNot: "✗", review.CannotTell: "?", review.NotLookedAt: "–"}
)
