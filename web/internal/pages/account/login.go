package account

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/pages/words"
	"github.com/grantwright/grantwright/web/internal/site"
)

// programForm is the page on which somebody lets a program on their machine act for them
// (RFC 8252), or a device without a browser (RFC 8628).
type programForm struct {
	scopeForm
	Name    string
	Trouble string

	// Of a program.
	Redirect, State, Challenge string

	// Of a device.
	UserCode string
	Device   *request.Device // that has the code; nil asks for one
	Done     string          // what was done with it
}

var stateText = regexp.MustCompile(`^[!-~]{8,500}$`)

// errProgram is what is wrong with the address by which a program has sent somebody here.
func errProgram(parameter, reason string) error {
	return &site.Problem{Status: http.StatusBadRequest, Code: "PROGRAM", Detail: "The program that sent you here asks in a way that cannot be answered. Nothing was allowed.",
		Errors: []site.Fault{{Parameter: parameter, Detail: reason}}}
}

// loopback reads the address of a program on the machine of the browser: nothing else may
// get a code (RFC 8252, section 7.3). It is written anew from its parts.
func loopback(text string) (*url.URL, error) {
	fault := errProgram("redirect_uri", "must be http://127.0.0.1:PORT/ or http://[::1]:PORT/, with any path, and without a query")
	u, err := url.Parse(text)
	if err != nil || len(text) > 500 || u.Scheme != "http" || u.User != nil || u.Opaque != "" || u.RawQuery != "" || u.ForceQuery || strings.Contains(text, "#") {
		return nil, fault
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if host := u.Hostname(); err != nil || port == 0 || host != "127.0.0.1" && host != "::1" {
		return nil, fault
	}
	if u.Path != "" && !strings.HasPrefix(u.Path, "/") || strings.Contains(u.Path, `\`) {
		return nil, fault
	}
	return &url.URL{Scheme: "http", Host: net.JoinHostPort(u.Hostname(), strconv.FormatUint(port, 10)), Path: u.Path, RawPath: u.RawPath}, nil
}

// programIn reads what a program asks for: from the query of its link, or from the form.
func (s *room) programIn(values url.Values) (programForm, *url.URL, error) {
	page := programForm{Name: values.Get("name"), Redirect: values.Get("redirect_uri"), State: values.Get("state"), Challenge: values.Get("code_challenge")}
	for _, name := range []string{"redirect_uri", "state", "code_challenge", "code_challenge_method", "name"} {
		if len(values[name]) > 1 {
			return page, nil, errProgram(name, "is given twice")
		}
	}
	to, err := loopback(page.Redirect)
	switch method := values.Get("code_challenge_method"); {
	case err != nil:
		return page, nil, err
	case !stateText.MatchString(page.State):
		return page, nil, errProgram("state", "must be 8 to 500 printable characters without spaces")
	case method != "" && method != "S256":
		return page, nil, errProgram("code_challenge_method", "must be S256")
	case !request.IsChallenge(page.Challenge):
		return page, nil, errProgram("code_challenge", "must be the SHA-256 of the verifier in base64url without padding")
	}
	page.Redirect = to.String()
	return page, to, nil
}

func (s *room) programPage(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	page, to, err := s.programIn(q)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	if device, err := (request.DeviceSettings{Name: page.Name, Scope: strings.Fields(q.Get("scope"))}).Complete(); err != nil {
		s.Fail(w, r, errProgram("name, scope", request.FaultsOf(err)[0].Reason))
		return
	} else if page.scopeForm = s.scopeForm(device.Scope, q.Get("days")); page.Name == "" {
		page.Name = words.Of(r).T("A program")
	}
	s.showProgram(w, r, page, to, http.StatusOK)
}

// showProgram shows the page of a program. Its form may lead to the program: browsers hold
// also the redirects after a form to form-action.
func (s *room) showProgram(w http.ResponseWriter, r *http.Request, page programForm, to *url.URL, status int) {
	source := "http://" + to.Host
	if strings.HasPrefix(to.Host, "[") {
		source = "http:" // a source of a policy can be no IPv6 address
	}
	csp := w.Header().Get("Content-Security-Policy")
	w.Header().Set("Content-Security-Policy", strings.Replace(csp, "form-action 'self'", "form-action 'self' "+source, 1))
	s.show(w, r, status, "program", page)
}

// programAct sends the browser back to the program: with a code, or with the word that it was
// refused.
func (s *room) programAct(w http.ResponseWriter, r *http.Request) {
	if !s.Posted(w, r) {
		return
	}
	page, to, err := s.programIn(r.PostForm)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	answer := url.Values{"state": {page.State}, "error": {"access_denied"}}
	if r.PostForm.Get("act") == "allow" {
		code, err := s.allowProgram(r, page)
		if err != nil {
			p := s.Problem(r, err)
			page.scopeForm, page.Trouble = s.scopeForm(r.PostForm["scope"], r.PostForm.Get("days")), troubleOf(p)
			s.showProgram(w, r, page, to, p.Status)
			return
		}
		answer = url.Values{"state": {page.State}, "code": {code}}
	}
	to.RawQuery = answer.Encode()
	http.Redirect(w, r, to.String(), http.StatusSeeOther)
}

func (s *room) allowProgram(r *http.Request, page programForm) (string, error) {
	settings, err := settingsOf(r, page.Name)
	if err != nil {
		return "", err
	}
	return s.Engine.Tokens().AllowProgram(r.Context(), site.VisitOf(r.Context()).By,
		request.ProgramSettings{Name: settings.Name, Scope: settings.Scope, Days: settings.Days, Challenge: page.Challenge})
}

// troubleOf is a problem in a sentence, with its first fault.
func troubleOf(p *site.Problem) string {
	if len(p.Errors) > 0 {
		return site.Capital(p.Errors[0].Field() + " " + p.Errors[0].Detail)
	}
	return p.Detail
}

// devicePage asks for the code of a device. A code in the address fills the field, and
// looks nothing up: somebody else may have sent the address.
func (s *room) devicePage(w http.ResponseWriter, r *http.Request) {
	code := r.URL.Query().Get("user_code")
	s.show(w, r, http.StatusOK, "device", programForm{UserCode: code[:min(len(code), 20)]})
}

// deviceAct shows the device of a code, or lets it in, or refuses it.
func (s *room) deviceAct(w http.ResponseWriter, r *http.Request) {
	if !s.Posted(w, r) {
		return
	}
	page := programForm{UserCode: strings.TrimSpace(r.PostForm.Get("user_code"))}
	var err error
	switch act := r.PostForm.Get("act"); act {
	case "allow", "refuse":
		page.Done, err = s.answerDevice(r, page.UserCode, act == "allow")
	default:
		err = s.findDevice(r, &page)
	}
	status := http.StatusOK
	if err != nil {
		p := s.Problem(r, err)
		page.Trouble, status = troubleOf(p), p.Status
		p.SetHeaders(w)
		if r.PostForm.Get("act") == "allow" && !wrongCode(err) { // the device still waits
			_ = s.findDevice(r, &page)
			page.scopeForm = s.scopeForm(r.PostForm["scope"], r.PostForm.Get("days"))
		}
	}
	s.show(w, r, status, "device", page)
}

// wrongCode reports whether an error is about the code of a device, or about too many of
// them.
func wrongCode(err error) bool {
	faults := request.FaultsOf(err)
	return errors.Is(err, request.ErrTooOften) || len(faults) > 0 && faults[0].Field == "user_code"
}

// findDevice fills in the device of a code.
func (s *room) findDevice(r *http.Request, page *programForm) error {
	d, err := s.Engine.Tokens().Device(r.Context(), site.VisitOf(r.Context()).By, page.UserCode)
	if err != nil {
		return err
	}
	page.Device, page.Name, page.scopeForm = &d, d.Name, s.scopeForm(d.Scope, "")
	return nil
}

func (s *room) answerDevice(r *http.Request, code string, allow bool) (done string, err error) {
	by := site.VisitOf(r.Context()).By
	if !allow {
		return words.Of(r).T("The device is refused."), s.Engine.Tokens().AnswerDevice(r.Context(), by, code, false, request.TokenSettings{})
	}
	settings, err := settingsOf(r, strings.TrimSpace(r.PostForm.Get("name")))
	if err != nil {
		return "", err
	}
	if err := s.Engine.Tokens().AnswerDevice(r.Context(), by, code, true, settings); err != nil {
		return "", err
	}
	return words.Of(r).T("The device is let in. You may go back to it."), nil
}
