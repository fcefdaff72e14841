package auditing

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/pages/words"
	"github.com/grantwright/grantwright/web/internal/sheet"
	"github.com/grantwright/grantwright/web/internal/site"
)

// logHeader names the columns of events.
var logHeader = []string{"number", "at", "type", "event", "by", "reason", "request", "asset", "beneficiary", "about", "payload"}

func (s *room) logCSV(w http.ResponseWriter, r *http.Request) {
	said := words.Of(r)
	var lines *sheet.Writer
	s.downloadLog(w, r, frame.AsCSV, "log.csv", func(out io.Writer, events []store.Event, of map[request.ID]request.Request) error {
		if lines == nil {
			lines = sheet.New(out, logHeader)
		}
		for _, e := range events {
			what, why := told(said, e)
			about := make([]string, len(e.About))
			for i, subject := range e.About {
				about[i] = string(subject)
			}
			lines.Line(strconv.FormatInt(e.Number, 10), sheet.Moment(e.At), string(e.Type), what, string(e.By), why, string(e.Request),
				string(of[e.Request].Asset), string(of[e.Request].Beneficiary), strings.Join(about, " "), string(e.Data))
		}
		return lines.Flush()
	})
}

// line is an event in a file of JSON lines: as the API has it, with what it is about.
type line struct {
	store.Event
	Asset       catalog.Ref      `json:"asset,omitempty"`
	Beneficiary request.PersonID `json:"beneficiary,omitempty"`
}

func (s *room) logLines(w http.ResponseWriter, r *http.Request) {
	s.downloadLog(w, r, frame.AsLines, "log.jsonl", func(out io.Writer, events []store.Event, of map[request.ID]request.Request) error {
		return frame.WriteLines(out, events, func(e store.Event) any {
			return line{e, of[e.Request].Asset, of[e.Request].Beneficiary}
		})
	})
}

// downloadLog hands the events that are asked for to write, page by page.
func (s *room) downloadLog(w http.ResponseWriter, r *http.Request, kind, file string, write func(io.Writer, []store.Event, map[request.ID]request.Request) error) {
	f, faults := filterOf(r.URL.Query()).of(words.Of(r))
	if len(faults) > 0 {
		s.Fail(w, r, site.Invalid("query", faults[0].Field, faults[0].Text))
		return
	}
	by, before := site.VisitOf(r.Context()).By, int64(0)
	s.Download(w, r, kind, file, func(out io.Writer) (bool, error) {
		events, of, next, err := s.Engine.Log().Newest(r.Context(), by, f, before, store.MaxPage)
		if err == nil && next > 0 && before > 0 && next >= before {
			err = fmt.Errorf("auditing: the log goes on before %d, after %d", next, before)
		}
		if err != nil {
			return false, err
		}
		before = next
		return next > 0, write(out, events, of)
	})
}

func (s *room) accessCSV(w http.ResponseWriter, r *http.Request) {
	var lines *sheet.Writer
	s.downloadAccess(w, r, frame.AsCSV, "access.csv", func(out io.Writer, all []grantwright.Entitlement, others site.Others) error {
		if lines == nil {
			lines = sheet.New(out, sheet.Access)
		}
		for _, e := range all {
			lines.Entitlement(e)
		}
		lines.Others(others.All, others.Note())
		return lines.Flush()
	})
}

// otherLine is a line of JSON behind those of entitlements.
type otherLine struct {
	Foreign *provision.Foreign `json:"foreign,omitempty"` // access that others gave
	Note    string             `json:"note,omitempty"`    // what the list lacks
}

func (s *room) accessLines(w http.ResponseWriter, r *http.Request) {
	s.downloadAccess(w, r, frame.AsLines, "access.jsonl", func(out io.Writer, all []grantwright.Entitlement, others site.Others) error {
		err := frame.WriteLines(out, all, func(e grantwright.Entitlement) any { return e })
		if err == nil {
			err = frame.WriteLines(out, others.All, func(f provision.Foreign) any { return otherLine{Foreign: &f} })
		}
		if note := others.Note(); err == nil && note != "" {
			err = frame.WriteLines(out, []string{note}, func(text string) any { return otherLine{Note: text} })
		}
		return err
	})
}

// downloadAccess hands the entitlements that are asked for to write, page by page, and with
// the last page what others gave.
func (s *room) downloadAccess(w http.ResponseWriter, r *http.Request, kind, file string, write func(io.Writer, []grantwright.Entitlement, site.Others) error) {
	var page accessList
	read, q, err := s.asked(r, &page)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	s.Download(w, r, kind, file, func(out io.Writer) (bool, error) {
		found, err := read(r.Context(), q)
		if err != nil {
			return false, err
		}
		var others site.Others
		if q.After = found.Next; q.After.Zero() {
			if others, err = s.Others(r.Context(), site.VisitOf(r.Context()).By, page.Ref(), q); err != nil {
				return false, err
			}
		}
		return !q.After.Zero(), write(out, slices.Clip(found.Entitlements), others)
	})
}
