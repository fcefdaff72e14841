package auditing

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/pages/words"
	"github.com/grantwright/grantwright/web/internal/site"
)

// logPage is a page of the log.
type logPage struct {
	Filter filter
	Others []choice
	Areas  []area
	Faults []frame.ShownFault

	Rows  []entry
	First bool   // this is the first page
	Next  string // the address of the next page
	CSV   string // the addresses of the same as CSV, and as JSON lines
	Lines string

	Trouble string
}

// entry is an event as the log shows it.
type entry struct {
	Number      int64
	At          time.Time
	By          request.PersonID // empty for the engine itself
	What        string
	Why         string
	Request     request.ID // that it belongs to
	Asset       catalog.Ref
	Beneficiary request.PersonID
	About       []string // what else it is about, in words
	More        int      // that are not listed
}

// shownAbout is how many things an event lists at most.
const shownAbout = 3

func (s *room) logPage(w http.ResponseWriter, r *http.Request) {
	said, status := words.Of(r), http.StatusOK
	page := logPage{Filter: filterOf(r.URL.Query()), Areas: areas, CSV: s.to(r, "/log.csv"), Lines: s.to(r, "/log.jsonl")}
	page.Others = page.Filter.Others(said)
	f, faults := page.Filter.of(said)
	before, err := beforeOf(r)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page.First = before == 0
	if page.Faults = faults; len(faults) > 0 {
		s.show(w, r, http.StatusUnprocessableEntity, "log", page)
		return
	}
	events, of, next, err := s.Engine.Log().Newest(r.Context(), site.VisitOf(r.Context()).By, f, before, frame.ListLength)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	for _, e := range events {
		page.Rows = append(page.Rows, entryOf(said, e, of[e.Request]))
	}
	if next > 0 {
		page.Next = s.NextPage(r, store.Position{ID: strconv.FormatInt(next, 10)})
	}
	s.show(w, r, status, "log", page)
}

// beforeOf is the number before which a page begins; zero for the first.
func beforeOf(r *http.Request) (int64, error) {
	at, err := site.ParseCursor(r.URL.Query().Get("cursor"))
	if err != nil || at.Zero() {
		return 0, err
	}
	n, err := strconv.ParseInt(at.ID, 10, 64)
	if err != nil || n <= 0 || at.Order != "" {
		return 0, site.Invalid("query", "cursor", "is none that this list has given")
	}
	return n, nil
}

func entryOf(w *words.Words, e store.Event, of request.Request) entry {
	row := entry{Number: e.Number, At: e.At, Request: e.Request, Asset: of.Asset, Beneficiary: of.Beneficiary}
	row.What, row.Why = told(w, e)
	if e.By != request.SystemID {
		row.By = e.By
	}
	if row.Asset == "" {
		row.About, row.More = aboutOf(w, e)
	}
	return row
}

// aboutOf names the records that an event is about.
func aboutOf(w *words.Words, e store.Event) (all []string, more int) {
	payload, _ := e.Payload() // one of a newer release says less
	if p, is := payload.(event.Proposal); is {
		return []string{p.Text}, 0
	}
	for _, s := range e.About {
		text := nameOf(w, s)
		if text == "" || slices.Contains(all, text) {
			continue
		}
		if len(all) == shownAbout {
			more++
			continue
		}
		all = append(all, text)
	}
	return append(placesOf(payload), all...), more
}

// telling are the kinds of records whose ids tell people something.
var telling = []string{"connections", "forms", "flows", "agreements", "guardrails", "masks", "attachments", "classifications", "masked", "mask_suspensions",
	"principals", "stops", "enrolled", "enrolled_groups", "lost_groups", "memberships"}

// nameOf names a record for people; empty where its id tells nothing.
func nameOf(w *words.Words, s store.Subject) string {
	_, id, _ := strings.Cut(string(s), "/")
	switch kind := s.Kind(); {
	case !slices.Contains(telling, kind):
		return ""
	case kind == "stops":
		_, id, _ = strings.Cut(id, "/")
		return id
	case kind == "attachments":
		t, at, _ := strings.Cut(id, " ")
		return w.Word(t) + ": " + at
	case kind == "enrolled", kind == "enrolled_groups", kind == "lost_groups":
		return request.PersonID(id).Identity().ID
	}
	name, version, is := strings.Cut(id, "@")
	if n, err := strconv.Atoi(version); is && err == nil {
		return w.T("%s, version %d", name, n)
	}
	return id
}

// placesOf are the names that a payload tells, where the ids of the records do not.
func placesOf(payload any) []string {
	switch p := payload.(type) {
	case event.Webhook:
		return []string{p.Name}
	case event.Token:
		return []string{p.Name}
	case event.Finding:
		return []string{string(p.Asset)}
	case event.Substitute:
		return []string{string(p.Substitute)}
	case request.Wanted:
		return []string{catalog.FormatPath(p.Link.Path)}
	}
	return nil
}
