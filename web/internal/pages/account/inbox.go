package account

import (
	"net/http"
	"strings"

	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/pages/words"
	"github.com/grantwright/grantwright/web/internal/site"
)

// inboxList is a page of notices.
type inboxList struct {
	Notices []inboxEntry
	Unread  int // on this page
	Next    string
}

// inboxEntry is one notice in words.
type inboxEntry struct {
	notify.Message
	notify.Text
	To string // the page that it leads to, without the prefix; empty for this one

	Decided bool // it asks for a decision that is not needed any more
}

// Told are the facts of the request that it is about, but for those that stand beside.
func (e inboxEntry) Told() []notify.Fact {
	if e.Type == "" {
		return nil
	}
	facts := e.Facts // without what nobody could read, such as a name of blanks
	if len(facts) > 0 && facts[0].Value == notify.Line(e.About()) {
		facts = facts[1:]
	}
	if last := len(facts) - 1; last >= 0 && e.By != request.SystemID && facts[last].Value == notify.Line(e.Name(e.By)) {
		facts = facts[:last]
	}
	return facts
}

func (s *room) inboxPage(w http.ResponseWriter, r *http.Request) {
	after, err := site.ParseCursor(r.URL.Query().Get("cursor"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	found, next, err := s.Engine.Inbox().Messages(r.Context(), site.VisitOf(r.Context()).By, false, after, frame.ListLength)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	var page inboxList
	for _, m := range found {
		text, err := notify.In(words.Of(r).Tag).Write(m)
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		page.Notices = append(page.Notices, inboxEntry{m, text, strings.TrimPrefix(m.Path(), "/inbox"), m.Concern == notify.ToAct && m.Stands != "" && m.Stands != request.Pending})
		if m.Read.IsZero() {
			page.Unread++
		}
	}
	if len(found) == frame.ListLength {
		page.Next = s.NextPage(r, next)
	}
	s.show(w, r, http.StatusOK, "inbox", page)
}

// inboxAct marks the notices that were shown as read.
func (s *room) inboxAct(w http.ResponseWriter, r *http.Request) {
	if !s.Posted(w, r) {
		return
	}
	ids := r.PostForm["notice"]
	for _, id := range ids[:min(len(ids), frame.ListLength)] {
		if err := s.Engine.Inbox().See(r.Context(), site.VisitOf(r.Context()).By, id); err != nil {
			s.Fail(w, r, err)
			return
		}
	}
	http.Redirect(w, r, s.Here(r), http.StatusSeeOther)
}

// preferencesForm is the page of somebody's channels.
type preferencesForm struct {
	Concerns []concernRow
	Channels []string
	Accounts []notify.Account // at the channels where accounts are linked
	Advice   bool             // review assist is shown
	Saved    bool
	Trouble  string
}

// concernRow is a reason for notices, with its channels.
type concernRow struct {
	Concern notify.Concern
	Title   string
	Wished  map[string]bool // by channel
}

// concerns are the titles of the concerns.
var concerns = map[notify.Concern]struct{ Text string }{
	notify.ToAct:    {Text: "A request waits for my decision"},
	notify.Digest:   {Text: "Once a day: all that waits for my decision"},
	notify.Mine:     {Text: "News of my own requests and access"},
	notify.Reviewed: {Text: "News of requests on which I may decide"},
	notify.DoByHand: {Text: "Access waits for me to give or take it by hand"},
	notify.Oversee:  {Text: "What governance and administrators look after"},
}

func (s *room) preferencesPage(w http.ResponseWriter, r *http.Request) {
	s.showPreferences(w, r, r.URL.Query().Has("saved"), nil)
}

func (s *room) showPreferences(w http.ResponseWriter, r *http.Request, saved bool, trouble *site.Problem) {
	ctx, by, inbox := r.Context(), site.VisitOf(r.Context()).By, s.Engine.Inbox()
	p, err := inbox.Preferences(ctx, by)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page := preferencesForm{Channels: inbox.Channels(), Advice: !p.HideAdvice, Saved: saved}
	for _, concern := range notify.Concerns() {
		row := concernRow{concern, concerns[concern].Text, map[string]bool{}}
		for _, name := range inbox.ToldBy(p, concern) {
			row.Wished[name] = true
		}
		page.Concerns = append(page.Concerns, row)
	}
	for _, name := range inbox.Linkable() {
		account, err := inbox.Account(ctx, by, name)
		if err != nil {
			s.Fail(w, r, err)
			return
		}
		account.Channel = name
		page.Accounts = append(page.Accounts, account)
	}
	status := http.StatusOK
	if trouble != nil {
		page.Trouble, status = trouble.Detail, trouble.Status
	}
	s.show(w, r, status, "preferences", page)
}

// preferencesAct saves the choices, or goes a step on in linking an account.
func (s *room) preferencesAct(w http.ResponseWriter, r *http.Request) {
	if !s.Posted(w, r) {
		return
	}
	ctx, by, inbox, form := r.Context(), site.VisitOf(r.Context()).By, s.Engine.Inbox(), r.PostForm
	var err error
	switch channel := form.Get("channel"); form.Get("act") {
	case "link":
		err = inbox.Link(ctx, by, channel, strings.TrimSpace(form.Get("account")))
	case "confirm":
		err = inbox.Confirm(ctx, by, channel, strings.TrimSpace(form.Get("code")))
	case "unlink":
		err = inbox.Unlink(ctx, by, channel)
	default:
		wished := map[notify.Concern][]string{}
		for _, concern := range notify.Concerns() {
			wished[concern] = append([]string{}, form[string(concern)]...)
		}
		_, err = inbox.Prefer(ctx, by, notify.Preferences{Channels: wished, HideAdvice: !form.Has("advice")})
	}
	if err != nil {
		s.showPreferences(w, r, false, s.Problem(r, err))
		return
	}
	http.Redirect(w, r, s.To(r, "/preferences?saved"), http.StatusSeeOther)
}
