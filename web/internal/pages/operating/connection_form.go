package operating

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/pages/words"
	"github.com/grantwright/grantwright/web/internal/site"
)

// connectionForm is the form of a connection, as it was sent.
type connectionForm struct {
	Name, Technology, Host, URL, Secret, Expression string
	Table                                           string // a line for each person: id = login
	Kinds                                           []string
	Include, Exclude                                string // a line for each place
	Minutes                                         string // between two syncs; empty for none
	Version                                         string
	Untested                                        bool // save it although a step of the test has failed
}

// Takes reports whether a kind of beneficiary is ticked.
func (f connectionForm) Takes(kind string) bool {
	return slices.Contains(f.Kinds, kind) || len(f.Kinds) == 0 && kind == "PERSON"
}

// formOf is the form of a connection as it is registered.
func formOf(c catalog.Connection) connectionForm {
	f := connectionForm{Name: c.Name, Technology: c.Technology, Host: c.Host, URL: c.URL, Secret: c.Secret, Expression: c.Principals.Expression, Kinds: c.Principals.Kinds,
		Include: strings.Join(c.Scope.Include, "\n"), Exclude: strings.Join(c.Scope.Exclude, "\n"), Version: strconv.FormatInt(c.Version, 10)}
	if c.SyncEvery > 0 {
		f.Minutes = strconv.FormatFloat(c.SyncEvery.Minutes(), 'g', -1, 64)
	}
	var lines []string
	for person, login := range c.Principals.Table {
		lines = append(lines, person+" = "+login)
	}
	slices.Sort(lines)
	f.Table = strings.Join(lines, "\n")
	return f
}

// connectionIn reads the form of a connection.
func connectionIn(r *http.Request, name string) connectionForm {
	text := func(field string) string { return strings.TrimSpace(r.PostForm.Get(field)) }
	return connectionForm{Name: cmp.Or(name, text("name")), Technology: text("technology"), Host: text("host"), URL: text("url"), Secret: text("secret"), Expression: text("expression"),
		Table: text("table"), Kinds: r.PostForm["kind"], Include: text("include"), Exclude: text("exclude"), Minutes: text("minutes"), Version: text("version"), Untested: text("untested") != ""}
}

// connection is the connection that a form describes.
func (f connectionForm) connection() (catalog.Connection, error) {
	c := catalog.Connection{Name: f.Name, Technology: f.Technology, Host: f.Host, URL: f.URL, Secret: f.Secret,
		Scope: catalog.Scope{Include: lines(f.Include), Exclude: lines(f.Exclude)}, Principals: catalog.Principals{Expression: f.Expression}}
	if !slices.Equal(f.Kinds, []string{"PERSON"}) {
		c.Principals.Kinds = f.Kinds
	}
	if f.Version != "" {
		version, err := strconv.ParseInt(f.Version, 10, 64)
		if err != nil {
			return c, site.ErrForm
		}
		c.Version = version
	}
	if f.Minutes != "" {
		minutes, err := strconv.ParseFloat(strings.ReplaceAll(f.Minutes, ",", "."), 64)
		if err != nil || !(minutes > 0 && minutes <= 525600) {
			return c, site.Invalid("connection", "minutes", "must be a number of minutes, or empty")
		}
		c.SyncEvery = time.Duration(minutes * float64(time.Minute))
	}
	for _, line := range lines(f.Table) {
		person, login, found := strings.Cut(line, " = ")
		if !found || strings.TrimSpace(person) == "" || strings.TrimSpace(login) == "" {
			return c, site.Invalid("connection", "table", "must have on each line the id of a person, an equals sign between spaces, and a login")
		}
		if c.Principals.Table == nil {
			c.Principals.Table = map[string]string{}
		}
		c.Principals.Table[strings.TrimSpace(person)] = strings.TrimSpace(login)
	}
	return c, nil
}

// lines are the lines of a text that hold something.
func lines(text string) (all []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}

// shownStep is one step of a test in words.
type shownStep struct {
	provision.Probed
	Name string
}

// stepNames are what the steps of a test look at.
var stepNames = map[provision.ProbeStep]struct{ Text string }{
	provision.ProbeSecret:  {Text: "The password can be read"},
	provision.ProbeAddress: {Text: "Something answers at the address"},
	provision.ProbeTLS:     {Text: "The connection is encrypted as the URL says"},
	provision.ProbeLogin:   {Text: "Grantwright can log in"},
	provision.ProbeRights:  {Text: "Grantwright has the rights that it needs"},
	provision.ProbeAssets:  {Text: "Tables and views can be read"},
}

// tested tests the connection that a form describes.
func (s *room) tested(r *http.Request, f connectionForm) ([]shownStep, error) {
	c, err := f.connection()
	if err != nil {
		return nil, err
	}
	steps, err := s.Engine.Connections().Test(r.Context(), site.VisitOf(r.Context()).By, c)
	if err != nil {
		return nil, err
	}
	all := make([]shownStep, len(steps))
	for i, step := range steps {
		all[i] = shownStep{step, words.Of(r).T(stepNames[step.Step].Text)}
	}
	return all, nil
}

// save registers the connection that a form describes.
func (s *room) save(r *http.Request, f connectionForm) error {
	c, err := f.connection()
	if err != nil {
		return err
	}
	return s.Engine.Connections().Register(r.Context(), site.VisitOf(r.Context()).By, c)
}

// newConnection is the page on which a connection is registered.
type newConnection struct {
	Form    connectionForm
	Tested  []shownStep
	Offer   bool // to register it although a step has failed
	Trouble string
	Faults  []frame.ShownFault
}

func (s *room) newConnectionPage(w http.ResponseWriter, r *http.Request) {
	if _, err := s.Engine.Connections().All(r.Context(), site.VisitOf(r.Context()).By, "", 1); err != nil {
		s.Fail(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "newconnection", newConnection{Form: connectionForm{Technology: "postgres", Minutes: "15"}})
}

// newConnectionAct tests a connection, and registers it where nothing before Setup has
// failed, or where somebody wants that all the same.
func (s *room) newConnectionAct(w http.ResponseWriter, r *http.Request) {
	if !s.Posted(w, r) {
		return
	}
	page := newConnection{Form: connectionIn(r, "")}
	if page.Form.Version = "-1"; page.Form.Name == "" { // a new one only
		s.refuseConnection(w, r, page, site.Invalid("connection", "name", "is required"))
		return
	}
	var err error
	if page.Tested, err = s.tested(r, page.Form); err != nil {
		s.refuseConnection(w, r, page, err)
		return
	}
	page.Offer = slices.ContainsFunc(page.Tested, func(step shownStep) bool {
		return step.State == provision.ProbeFailed && (step.Step == provision.ProbeSecret || step.Step == provision.ProbeAddress || step.Step == provision.ProbeTLS)
	})
	if r.PostForm.Get("act") == "test" || page.Offer && !page.Form.Untested {
		s.show(w, r, http.StatusOK, "newconnection", page)
		return
	}
	err = s.save(r, page.Form)
	if err != nil && !s.ToProposal(w, r, err) {
		s.refuseConnection(w, r, page, err)
	} else if err == nil {
		http.Redirect(w, r, s.To(r, "/connections/"+url.PathEscape(page.Form.Name)), http.StatusSeeOther)
	}
}

func (s *room) refuseConnection(w http.ResponseWriter, r *http.Request, page newConnection, err error) {
	p := s.Problem(r, err)
	page.Trouble, page.Faults = words.Of(r).Say(p.Detail), faultsOf(p)
	s.show(w, r, p.Status, "newconnection", page)
}

// listed is the status of a page that lists what a platform says: where there is nothing
// that could say something, that is the answer.
func listed(err error, status int) int {
	if errors.Is(err, provision.ErrNoPlatform) {
		return http.StatusOK
	}
	return status
}

// setupView is the page of the statements that an administrator of the platform runs.
type setupView struct {
	Name    string
	Script  string
	Trouble string
}

func (s *room) setupPage(w http.ResponseWriter, r *http.Request) {
	page, status := setupView{Name: r.PathValue("name")}, http.StatusOK
	script, err := s.Engine.Connections().SetupScript(r.Context(), site.VisitOf(r.Context()).By, page.Name)
	if err != nil {
		p := s.Problem(r, err)
		if p.Status == http.StatusForbidden || p.Status == http.StatusNotFound {
			s.Fail(w, r, err)
			return
		}
		page.Trouble, status = p.Detail, listed(err, p.Status)
	}
	page.Script = script
	s.show(w, r, status, "setup", page)
}

// setupFile is the same script as a file.
func (s *room) setupFile(w http.ResponseWriter, r *http.Request) {
	script, err := s.Engine.Connections().SetupScript(r.Context(), site.VisitOf(r.Context()).By, r.PathValue("name"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/sql; charset=utf-8") // RFC 6922
	w.Header().Set("Content-Disposition", `attachment; filename="grantwright-setup.sql"`)
	_, _ = w.Write([]byte(script))
}
