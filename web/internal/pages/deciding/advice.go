package deciding

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review/assist"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/pages/words"
)

// The reasons why a case is without advice.
const (
	adviceHidden = "HIDDEN" // by whoever reads
	adviceOff    = "OFF"    // on the connection
	adviceFailed = "FAILED"
)

// advised is review assist on the page of a case.
type advised struct {
	assist.Advice
	State string // why there is none; empty where there is

	words *words.Words
}

// assist adds review assist to the page of a case: advice before a decision, what was shown after.
func (s *room) assist(r *http.Request, by request.Identity, page *casePage) (err error) {
	if page.Shown, err = s.shownOn(r, by, page.words, page.Case); err != nil || !page.May.Deny && !page.May.Approve {
		return err
	}
	if page.Advised, err = s.adviceOn(r, by, *page); err == nil && page.Drafts {
		page.Reason = drafted(page.Reason, page.Advised.Draft())
	}
	return err
}

// adviceOn has whoever decides on a case advised, unless they have hidden it. A case does not
// wait for advice that fails.
func (s *room) adviceOn(r *http.Request, by request.Identity, page casePage) (*advised, error) {
	a := &advised{words: page.words}
	wishes, err := s.Engine.Inbox().Preferences(r.Context(), by)
	if err != nil {
		return nil, err
	}
	if wishes.HideAdvice {
		a.State = adviceHidden
		return a, nil
	}
	switch a.Advice, err = s.Engine.Assist().Advise(r.Context(), by, page.Request.ID); {
	case errors.Is(err, request.ErrForbidden), errors.Is(err, store.ErrNotFound):
		return nil, nil // somebody else has decided meanwhile
	case errors.Is(err, store.ErrState):
		a.State = adviceOff
	case err != nil:
		s.Log.WarnContext(r.Context(), "a case is shown without advice", "request", page.Request.ID, "error", err)
		a.State = adviceFailed
	}
	return a, nil
}

// hideAdvice keeps review assist from whoever asks, or shows it again.
func (s *room) hideAdvice(r *http.Request, by request.Identity, hide bool) error {
	p, err := s.Engine.Inbox().Preferences(r.Context(), by)
	if err != nil {
		return err
	}
	p.HideAdvice = hide
	_, err = s.Engine.Inbox().Prefer(r.Context(), by, p)
	return err
}

// Headline is the advice in short.
func (a *advised) Headline() string {
	return a.words.Advises(a.Recommendation, a.Duration, a.Risk)
}

// Tone is the tone of the risk.
func (a *advised) Tone() string { return words.RiskTone(a.Risk) }

// Risky is the risk in words.
func (a *advised) Risky() string { return a.words.Risk(a.Risk) }

// Numbered reports whether the number of the risk means anything.
func (a *advised) Numbered() bool { return a.Risk != assist.Undetermined }

// Chance writes the number of the risk with its bounds.
func (a *advised) Chance() string {
	return a.words.T("Chance of a denial: %s, in four cases of five between %s and %s.", words.Percent(a.Number), words.Percent(a.From), words.Percent(a.To))
}

// Model is the model that has taken part; empty for precedent alone.
func (a *advised) Model() string {
	if a.By == assist.ByPrecedent {
		return ""
	}
	return a.By
}

// Draft is the draft of a reason, in the language of the page.
func (a *advised) Draft() string {
	if a == nil || a.State != "" {
		return ""
	}
	return a.words.Evidence(a.Reason)
}

// drafted is the reason that was typed, and below it the draft unless that is there.
func drafted(reason, draft string) string {
	switch {
	case strings.TrimSpace(reason) == "":
		return draft
	case strings.Contains(strings.ReplaceAll(reason, "\r\n", "\n"), draft):
		return reason
	}
	return strings.TrimRight(reason, " \r\n") + "\n" + draft
}

// Says writes a sentence of the advice.
func (a *advised) Says(text string) string { return a.words.Evidence(text) }

// Speaks writes which way a sentence speaks.
func (a *advised) Speaks(s assist.Sentence) string {
	switch s.Speaks {
	case assist.For:
		return a.words.T("For it")
	case assist.Against:
		return a.words.T("Against it")
	}
	return a.words.T("Neither way")
}

// wasShown is what somebody was shown of a case that is decided, and what they did.
type wasShown struct {
	assist.Shown
	Headline string
	Did      string
}

// shownOn lists the advice that was shown of a case that is decided.
func (s *room) shownOn(r *http.Request, by request.Identity, w *words.Words, c grantwright.Case) (all []wasShown, err error) {
	if c.Request.Status == request.Pending || !c.May.Explain {
		return nil, nil
	}
	shown, err := s.Engine.Assist().Shown(r.Context(), by, c.Request.ID)
	for _, one := range shown {
		all = append(all, wasShown{one, w.Advises(one.Advice.Recommendation, one.Advice.Duration, one.Advice.Risk), did(w, one)})
	}
	return all, err
}

// did writes what somebody did who was shown advice.
func did(w *words.Words, s assist.Shown) string {
	switch after := took(w, s.Decided.Sub(s.Opened)); s.Act {
	case "":
		return w.T("They have not decided, or that is not counted yet.")
	case "DENY":
		return w.T("They denied after %s.", after)
	default:
		if s.Duration.IsZero() {
			return w.T("They approved after %s.", after)
		}
		return w.T("They approved for %s, after %s.", w.Lasts(s.Duration), after)
	}
}

// took writes how long somebody looked.
func took(w *words.Words, d time.Duration) string {
	switch d = max(0, d); {
	case d < time.Minute:
		return w.T("%d seconds", int(d/time.Second))
	case d < time.Hour:
		return w.T("%d minutes", int(d/time.Minute))
	}
	return age(w, d)
}

// inShort adds the advice in short to the rows of a queue: one call for all of them.
func (s *room) inShort(r *http.Request, by request.Identity, rows []row) error {
	if len(rows) == 0 {
		return nil
	}
	wishes, err := s.Engine.Inbox().Preferences(r.Context(), by)
	if err != nil || wishes.HideAdvice {
		return err
	}
	ids := make([]request.ID, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	briefs, err := s.Engine.Assist().Briefs(r.Context(), by, ids...)
	for i := range rows {
		if b, is := briefs[rows[i].ID]; is && b.Risk != assist.Undetermined {
			rows[i].Advice, rows[i].Tone = words.Of(r).Advises(b.Recommendation, b.Duration, b.Risk), words.RiskTone(b.Risk)
		}
	}
	return err
}
