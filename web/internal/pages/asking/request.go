package asking

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/pages/words"
	"github.com/grantwright/grantwright/web/internal/site"
)

// requestForm is the page of an asset's form.
type requestForm struct {
	Entry       request.Entry
	Action      string // where the form is sent: the link itself
	Fields      []field
	Privilege   request.Privilege
	Beneficiary string
	Columns     []string
	Renews      request.ID // the request whose access is to go on
	Emergency   string     // why it cannot wait
	Key         string
	Faults      []frame.ShownFault
	Trouble     string // the fault of the submission as a whole
	More        int    // how many questions the answers have brought up

	BeneficiaryError string
	ColumnErrors     []string

	Agreements []agreed
	Preview    *grantwright.Preview
	Plan       *site.Plan

	Outlook *grantwright.Outlook // before the form is sent; nil afterwards
	Usual   string               // how long a decision takes, in words; empty where too few were made
	Asset   string               // its page
	Again   request.ID           // the request that is asked for again
	Several string               // where it is asked for together with others; empty in a frame

	words *words.Words
}

// Choosable are the columns of which some are asked for: those of a masking
// exception.
func (p requestForm) Choosable() []catalog.Column {
	if p.Entry.Type != request.MaskingException || p.Renews != "" {
		return nil
	}
	all := p.Entry.Asset.Columns
	if masked := p.Entry.Masks.Show; masked.Masked() {
		all = slices.DeleteFunc(slices.Clone(all), func(c catalog.Column) bool { return !masked.Masks(c.Name) })
	}
	return all
}

// Narrowable are the columns of which some may be asked for, instead of the whole asset.
func (p requestForm) Narrowable() []catalog.Column {
	if p.Entry.Type == request.MaskingException || p.Renews != "" || len(p.Entry.Asset.Columns) < 2 {
		return nil
	}
	return p.Entry.Asset.Columns
}

// LooksLike is a masked asset whose masked columns the asset has, unless it was that one.
func (p requestForm) LooksLike() catalog.Ref {
	if slices.Contains(p.Entry.Asset.Was, p.Entry.Asset.Like) {
		return ""
	}
	return p.Entry.Asset.Like
}

// Exception leads to the form for seeing columns of the asset clear; empty where no
// column is masked.
func (p requestForm) Exception(base string) string {
	if p.Entry.Type == request.MaskingException || len(p.Entry.Masks.Show.Columns) == 0 {
		return ""
	}
	return catalog.LinkTo(p.Entry.Asset, catalog.LinkMaskingException).URL(base)
}

// MaskOf says how a column is shown; empty for one that is shown as it is.
func (p requestForm) MaskOf(column string) string {
	show := p.Entry.Masks.Show
	for _, c := range show.Columns {
		if c.Name == column {
			return p.words.T("Masked: %s.", p.words.Masked(c.Mask))
		}
	}
	if slices.Contains(show.Out, column) {
		return p.words.T("Hidden until governance has classified it.")
	}
	return ""
}

// Chosen reports whether a column is asked for.
func (p requestForm) Chosen(column string) bool { return slices.Contains(p.Columns, column) }

// agreed is a data use agreement, and whether it is accepted.
type agreed struct {
	request.Agreement
	Accepted bool
	Errors   []string
}

// Field is the name of its input, whose value is the version that was read.
func (a agreed) Field() string { return "agreements." + string(a.Name) }

// agreementsOf lists the agreements of a form, with those that are accepted in the
// version that holds now.
func agreementsOf(e request.Entry, filled url.Values) (all []agreed) {
	for _, a := range e.Agreements {
		one := agreed{Agreement: a}
		one.Accepted = filled.Get(one.Field()) == strconv.Itoa(a.Version)
		all = append(all, one)
	}
	return all
}

// acceptedOf takes the accepted agreements out of a filled form, in the versions that
// were read.
func acceptedOf(e request.Entry, filled url.Values) (all []request.AgreementVersion) {
	for _, a := range e.Agreements {
		if version, err := strconv.Atoi(filled.Get(agreed{Agreement: a}.Field())); err == nil {
			all = append(all, request.AgreementVersion{Name: a.Name, Version: version})
		}
	}
	return all
}

// formPage shows the form of the asset that a link leads to.
func (s *room) formPage(w http.ResponseWriter, r *http.Request) {
	link, err := catalog.ParseLink(r.URL.Query())
	if err != nil {
		s.noForm(w, r, err)
		return
	}
	entry, err := s.Engine.Resolve(r.Context(), site.VisitOf(r.Context()).By, link)
	ambiguous := (*catalog.AmbiguousError)(nil)
	switch {
	case errors.As(err, &ambiguous):
		s.choose(w, r, link, ambiguous.Candidates)
	case err != nil:
		s.noForm(w, r, err)
	default:
		s.showForm(w, r, requestForm{Entry: entry, Action: s.Here(r), Privilege: request.Read}, nil)
	}
}

// showForm shows a form that was not sent yet, with answers that may be filled in.
func (s *room) showForm(w http.ResponseWriter, r *http.Request, page requestForm, answers request.Answers) {
	form := page.Entry.Form
	page.Key, page.Agreements, page.Fields = site.NewID(), agreementsOf(page.Entry, nil), fieldsOf(words.Of(r), form, filledWith(form, answers))
	asked, err := s.asked(r, page)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	outlook, err := s.Engine.Assets().Outlook(r.Context(), site.VisitOf(r.Context()).By, page.Entry.Asset.Ref, page.Entry.Type)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	if page.Beneficiary != "" { // what keeps whoever reads out, and what they have, is beside the point
		outlook.Prevented, outlook.Stopped, outlook.Grants, outlook.Requested = nil, nil, nil, nil
	}
	page.Fields, page.Outlook, page.Usual = asked, &outlook, usual(words.Of(r), outlook.Usual)
	s.present(w, r, http.StatusOK, page)
}

// present shows a form.
func (s *room) present(w http.ResponseWriter, r *http.Request, status int, page requestForm) {
	page.words, page.Asset = words.Of(r), pageOf(site.VisitOf(r.Context()).Base, page.Entry.Asset.Ref)
	s.show(w, r, status, "request", page)
}

// Covers says how much of a container access to it covers: all, or not what is excluded.
func (p requestForm) Covers() []catalog.Ref {
	switch {
	case p.Outlook != nil:
		return p.Outlook.Excluded
	case p.Preview != nil:
		return p.Preview.Excluded
	}
	return nil
}

// Known reports whether it is known what access to a container covers.
func (p requestForm) Known() bool { return p.Outlook != nil || p.Preview != nil }

// submission makes a submission of the page.
func (p requestForm) submission() request.Submission {
	return request.Submission{Asset: p.Entry.Asset.Ref, Type: p.Entry.Type, Beneficiary: request.PersonID(p.Beneficiary), Privilege: p.Privilege,
		Columns: p.Columns, Renews: p.Renews, Emergency: p.Emergency,
		Answers: answersOf(p.Fields)}
}

// asked lists the fields that are asked with what is filled in. Where a field that
// is hidden has brought up another, that one is hidden with it.
func (s *room) asked(r *http.Request, p requestForm) ([]field, error) {
	for {
		sub := p.submission()
		sub.Beneficiary, sub.Privilege, sub.Emergency = "", "", "" // the faults of these are shown when it is handed in
		asked, err := s.Engine.Assets().Asked(r.Context(), site.VisitOf(r.Context()).By, sub)
		if err != nil {
			return nil, err
		}
		before := len(p.Fields)
		if p.Fields = onlyAsked(p.Fields, asked); len(p.Fields) == before {
			return p.Fields, nil
		}
	}
}

// formSubmit hands in a form, or shows it again with its faults.
func (s *room) formSubmit(w http.ResponseWriter, r *http.Request) {
	if !s.Posted(w, r) {
		return
	}
	by, ref, kind := site.VisitOf(r.Context()).By, catalog.Ref(r.PostForm.Get("asset")), request.Type(r.PostForm.Get("type"))
	entry, err := s.Engine.Assets().Entry(r.Context(), by, ref, kind)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page := requestForm{
		Entry: entry, Action: s.Here(r), Fields: fieldsOf(words.Of(r), entry.Form, r.PostForm), Key: r.PostForm.Get("key"),
		Privilege: request.Privilege(r.PostForm.Get("privilege")), Beneficiary: r.PostForm.Get("beneficiary"), Agreements: agreementsOf(entry, r.PostForm),
		Columns: r.PostForm["columns"], Renews: request.ID(r.PostForm.Get("renews"))}
	if r.PostForm.Has("urgent") {
		page.Emergency = strings.ReplaceAll(cmp.Or(r.PostForm.Get("emergency"), " "), "\r\n", "\n")
	}
	if page.Fields, err = s.asked(r, page); err != nil {
		s.Fail(w, r, err)
		return
	}
	sub := page.submission()
	sub.Agreements, sub.Key = acceptedOf(entry, r.PostForm), page.Key
	if page.More = unseen(page.Fields, r.PostForm["shown"]); page.More > 0 {
		s.present(w, r, http.StatusOK, page)
		return
	}
	if r.PostForm.Get("act") == "preview" {
		s.formPreview(w, r, page, sub)
		return
	}
	var existing []request.ID
	req, err := s.Engine.Submit(request.NoteExisting(r.Context(), &existing), by, sub)
	if err != nil {
		s.formAgain(w, r, page, err)
		return
	}
	s.SettleShortly(r, req)
	if at := "/requests/" + url.PathEscape(string(req.ID)); len(existing) > 0 || frame.IsEmbedded(r) {
		s.show(w, r, http.StatusOK, "sent", sent{Request: req, Existing: len(existing) > 0, To: s.To(r, at), Asset: pageOf(site.VisitOf(r.Context()).Base, req.Asset)})
	} else {
		http.Redirect(w, r, s.To(r, at), http.StatusSeeOther)
	}
}

// sent is the page of a form that was sent in a frame, or while the same was open already.
type sent struct {
	Request  request.Request
	Existing bool
	To       string // the request
	Asset    string // the page of its asset
}

// embedding is what the paths of the pages in a frame begin with; that of others is the base.
func (s *room) embedding(r *http.Request) string {
	if frame.IsEmbedded(r) {
		return s.To(r, "/embed")
	}
	return s.To(r, "")
}

// formPreview shows a form with the result that it would have.
func (s *room) formPreview(w http.ResponseWriter, r *http.Request, page requestForm, sub request.Submission) {
	sub.Key = ""
	p, err := s.Engine.Preview(r.Context(), site.VisitOf(r.Context()).By, sub)
	if err == nil && len(p.Faults) > 0 {
		err = &request.InvalidError{What: "request", Faults: p.Faults}
	}
	if err != nil {
		s.formAgain(w, r, page, err)
		return
	}
	page.Preview = &p
	if p.NoPlan == "" {
		plan := site.PlanOf(p.Plan)
		page.Plan = &plan
	}
	s.present(w, r, http.StatusOK, page)
}

// others are the fields of the page that are no questions.
func (p requestForm) others() map[string]frame.ShownFault {
	all := map[string]frame.ShownFault{"beneficiary": {Field: "beneficiary"}, "privilege": {Field: "privilege"}, "type": {Field: "privilege"}}
	for _, a := range p.Agreements {
		all[a.Field()] = frame.ShownFault{Field: a.Field(), Text: a.Title}
	}
	all["columns"] = frame.ShownFault{Field: "columns"}
	for i := range p.Columns {
		all[fmt.Sprintf("columns[%d]", i)] = frame.ShownFault{Field: "columns", Text: p.columns()}
	}
	return all
}

// columns names the field of the columns.
func (p requestForm) columns() string {
	if p.words == nil {
		return "Columns"
	}
	return p.words.T("Columns")
}

// formAgain shows a form as it was filled in, with all of its faults.
func (s *room) formAgain(w http.ResponseWriter, r *http.Request, page requestForm, err error) {
	p := s.Problem(r, err)
	page.words = words.Of(r)
	page.Faults = blame(page.Fields, p.Errors, page.others())
	if p.Code == "KEY_REUSED" {
		// The browser went back to a form that was sent, and changed it: that is
		// another request.
		page.Key, page.Faults = site.NewID(), nil
		p.Detail = words.Of(r).T("This form was sent before, with other answers. Send it again if you want to ask for this as well.")
	}
	page.blameRest(p.Errors)
	if len(page.Faults) == 0 {
		page.Trouble = page.words.Say(p.Detail)
		if p.Status >= http.StatusInternalServerError {
			page.Trouble += " (" + p.ID + ")"
		}
	}
	s.present(w, r, p.Status, page)
}

// blameRest puts faults to the fields of the page that are no questions.
func (p *requestForm) blameRest(faults []site.Fault) {
	for _, f := range faults {
		if strings.HasPrefix(f.Field(), "columns") {
			p.ColumnErrors = append(p.ColumnErrors, frame.About(f.Detail))
		}
		if f.Field() == "beneficiary" {
			p.BeneficiaryError = frame.About(f.Detail)
		}
		for i, a := range p.Agreements {
			if f.Field() == a.Field() {
				p.Agreements[i].Errors = append(p.Agreements[i].Errors, frame.About(f.Detail))
			}
		}
	}
}
