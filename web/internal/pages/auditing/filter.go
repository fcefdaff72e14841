package auditing

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/event"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/pages/words"
)

// filter is what somebody wants of the log, as it stands in the address of the page.
type filter struct {
	Types      []string // events and areas
	Person     string
	Asset      string
	Connection string
	Request    string
	Text       string
	From       string
	Until      string
}

// filterOf reads the filter of an address.
func filterOf(q url.Values) filter {
	text := func(name string) string { return strings.TrimSpace(q.Get(name)) }
	f := filter{Person: text("person"), Asset: text("asset"), Connection: text("connection"), Request: text("request"), Text: text("text"), From: text("from"), Until: text("until")}
	for _, t := range q["type"] {
		if t = strings.TrimSpace(t); t != "" && !slices.Contains(f.Types, t) {
			f.Types = append(f.Types, t)
		}
	}
	return f
}

// First is the choice that the list shows; the Others are boxes below it.
func (f filter) First() string {
	if len(f.Types) == 0 {
		return ""
	}
	return f.Types[0]
}

// Others are the choices after the first, with their words.
func (f filter) Others(w *words.Words) (all []choice) {
	for _, t := range f.Types[min(1, len(f.Types)):] {
		all = append(all, choice{t, w.T(cmp.Or(textOf(t), t))})
	}
	return all
}

type choice struct{ Value, Text string }

// textOf is the text of an area or of an event.
func textOf(value string) string {
	if i := slices.IndexFunc(areas, func(a area) bool { return a.Key == value }); i >= 0 {
		return areas[i].Text
	}
	return wordsOf(event.Name(value))
}

// Any reports whether the filter leaves anything out.
func (f filter) Any() bool {
	return len(f.Types) > 0 || f.Person+f.Asset+f.Connection+f.Request+f.Text+f.From+f.Until != ""
}

// of makes the filter of the engine, or says what is wrong with it.
func (f filter) of(w *words.Words) (event.Filter, []frame.ShownFault) {
	out := event.Filter{Person: request.PersonID(f.Person), Asset: catalog.Ref(cmp.Or(f.Asset, f.Connection)), Text: f.Text}
	var faults []frame.ShownFault
	fault := func(field, text string) { faults = append(faults, frame.ShownFault{Field: field, Text: text}) }
	for _, t := range f.Types {
		if textOf(t) == "" && !strings.HasSuffix(t, ".*") || (event.Filter{Types: typesOf(t)}).Check() != nil {
			fault("type", w.T("Choose an event of the list."))
			break
		}
		out.Types = append(out.Types, typesOf(t)...)
	}
	var err error
	if out.From, err = moment(f.From); err != nil {
		fault("from", w.T("Enter a time from which on you look, such as 2026-03-01T12:00, in UTC."))
	}
	if out.Until, err = moment(f.Until); err != nil {
		fault("until", w.T("Enter a time until which you look, such as 2026-03-01T12:00, in UTC."))
	}
	if !out.From.IsZero() && !out.Until.IsZero() && !out.From.Before(out.Until) {
		fault("from", w.T("The beginning must be before the end."))
	}
	if len(f.Text) > event.MaxText {
		fault("text", w.T("Enter at most %d characters.", event.MaxText))
	}
	if _, err := catalog.ParseRef(f.Asset); f.Asset != "" && (err != nil || catalog.Ref(f.Asset).Path() == nil) {
		fault("asset", w.T("Enter the reference of an asset, such as warehouse:sales.public.orders."))
	} else if f.Asset != "" && f.Connection != "" && catalog.Ref(f.Asset).Connection() != f.Connection {
		fault("asset", w.T("This asset is not on the connection %s.", f.Connection))
	}
	if f.Connection != "" && strings.ContainsAny(f.Connection, ":/") {
		fault("connection", w.T("Enter the name of a connection, such as warehouse."))
	}
	if f.Request != "" {
		out.Subject = "requests/" + f.Request
	}
	return out, faults
}

// moment reads a time as browsers write it without a zone, or a day: in UTC.
func moment(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if at, err := time.Parse(time.DateOnly, text); err == nil {
		return at, nil
	}
	return time.Parse(frame.AtInput, text)
}

// to is the address of a page of the same filter: everything but the cursor.
func (s *room) to(r *http.Request, path string) string {
	q := url.Values{}
	for name, values := range r.URL.Query() {
		if name != "cursor" && name != "others" {
			q[name] = values
		}
	}
	if len(q) == 0 {
		return s.To(r, path)
	}
	return s.To(r, path) + "?" + q.Encode()
}
