package asking

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"

	"github.com/grantwright/grantwright"
	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/pages/words"
	"github.com/grantwright/grantwright/web/internal/site"
)

// severalForm is the page on which several assets are asked for together: those whose forms
// agree are one batch, and the others come after it.
type severalForm struct {
	requestForm

	Together []request.Entry // that this form is for
	Later    []catalog.Ref   // with other forms
	Done     []request.BatchID
	Outlooks []grantwright.Outlook // of those together
}

var errNoneTicked = &site.Problem{Status: http.StatusBadRequest, Code: "INVALID", Detail: "No asset is chosen. Tick those that you want to ask for."}

// severalPage shows the form of the first assets of a list whose forms agree.
func (s *room) severalPage(w http.ResponseWriter, r *http.Request) {
	page, err := s.gather(r, r.URL.Query()["asset"], nil)
	if err == nil {
		page.Privilege = request.Read
		page.Done = doneOf(r.URL.Query()["done"])
		page.Key = site.NewID()
		page.Fields, err = s.asked(r, page.requestForm)
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	s.showSeveral(w, r, http.StatusOK, page)
}

func doneOf(ids []string) (all []request.BatchID) {
	for _, id := range ids[:min(len(ids), request.MaxBatch)] {
		all = append(all, request.BatchID(id))
	}
	return all
}

// gather reads the entries of some assets, and takes those together whose form is that of
// the first.
func (s *room) gather(r *http.Request, refs []string, filled url.Values) (page severalForm, err error) {
	slices.Sort(refs)
	refs = slices.Compact(refs)
	if len(refs) == 0 {
		return page, errNoneTicked
	}
	if len(refs) > request.MaxBatch {
		return page, &site.Problem{Status: http.StatusUnprocessableEntity, Code: "INVALID", Detail: fmt.Sprintf("You chose %d assets; one request takes %d at most.", len(refs), request.MaxBatch)}
	}
	for _, ref := range refs {
		entry, err := s.Engine.Assets().Entry(r.Context(), site.VisitOf(r.Context()).By, catalog.Ref(ref), request.DataAccess)
		if err != nil {
			return page, err
		}
		if len(page.Together) > 0 && page.Together[0].Form.Of() != entry.Form.Of() {
			page.Later = append(page.Later, entry.Asset.Ref)
			continue
		}
		page.Together = append(page.Together, entry)
	}
	for _, e := range page.Together {
		outlook, err := s.Engine.Assets().Outlook(r.Context(), site.VisitOf(r.Context()).By, e.Asset.Ref, request.DataAccess)
		if err != nil {
			return page, err
		}
		page.Outlooks = append(page.Outlooks, outlook)
	}
	page.Entry = page.Together[0]
	page.Action = s.To(r, "/request/several")
	page.Fields, page.Agreements = fieldsOf(words.Of(r), page.Entry.Form, filled), agreementsOf(page.Entry, filled)
	return page, nil
}

func (s *room) showSeveral(w http.ResponseWriter, r *http.Request, status int, page severalForm) {
	page.words = words.Of(r)
	s.show(w, r, status, "several", page)
}

// severalSubmit submits the assets whose forms agree, and goes on to the others.
func (s *room) severalSubmit(w http.ResponseWriter, r *http.Request) {
	if !s.Posted(w, r) {
		return
	}
	page, err := s.gather(r, r.PostForm["asset"], r.PostForm)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	for _, ref := range r.PostForm["later"] {
		page.Later = append(page.Later, catalog.Ref(ref))
	}
	page.Done, page.Key = doneOf(r.PostForm["done"]), r.PostForm.Get("key")
	page.Privilege, page.Beneficiary = request.Privilege(r.PostForm.Get("privilege")), r.PostForm.Get("beneficiary")
	if page.Fields, err = s.asked(r, page.requestForm); err != nil {
		s.Fail(w, r, err)
		return
	}
	if page.More = unseen(page.Fields, r.PostForm["shown"]); page.More > 0 {
		s.showSeveral(w, r, http.StatusOK, page)
		return
	}
	var existing []request.ID
	made, err := s.Engine.SubmitBatch(request.NoteExisting(r.Context(), &existing), site.VisitOf(r.Context()).By, page.Key, page.submissions(r.PostForm))
	if err != nil {
		s.severalAgain(w, r, page, err)
		return
	}
	open := func(req request.Request) bool { return slices.Contains(existing, req.ID) }
	if to := s.afterBatch(r, page, made, open); len(existing) > 0 {
		s.show(w, r, http.StatusOK, "existing", openBefore{Requests: slices.DeleteFunc(made, func(req request.Request) bool { return !open(req) }), To: to})
	} else {
		http.Redirect(w, r, to, http.StatusSeeOther)
	}
}

// submissions are those of the assets together, with the same answers.
func (p severalForm) submissions(filled url.Values) (all []request.Submission) {
	for _, e := range p.Together {
		one := p.submission()
		one.Asset, one.Columns, one.Agreements = e.Asset.Ref, nil, acceptedOf(e, filled)
		all = append(all, one)
	}
	return all
}

// openBefore is the page of requests that were open before a batch asked for the same.
type openBefore struct {
	Requests []request.Request
	To       string // where the batch goes on
}

// afterBatch leads to the assets that are left, or to the requests that were made.
func (s *room) afterBatch(r *http.Request, page severalForm, made []request.Request, open func(request.Request) bool) string {
	batch := request.BatchID("")
	for _, req := range made {
		if batch == "" && !open(req) {
			batch = req.Batch
		}
	}
	if len(page.Later) > 0 {
		q := url.Values{}
		for _, ref := range page.Later {
			q.Add("asset", string(ref))
		}
		for _, id := range append(page.Done, batch) {
			q.Add("done", string(id))
		}
		return s.To(r, "/request/several?"+q.Encode())
	}
	switch {
	case len(made) == 1:
		return s.To(r, "/requests/"+url.PathEscape(string(made[0].ID)))
	case batch == "": // all of them were open before, each by itself
		return s.To(r, "/requests")
	}
	return s.To(r, "/batches/"+url.PathEscape(string(batch)))
}

// item is the place of a submission in a batch, before the field of a fault.
var item = regexp.MustCompile(`^items\[(\d+)\]\.`)

// severalAgain shows a form again with its faults. One that all assets have is told once;
// others name their asset.
func (s *room) severalAgain(w http.ResponseWriter, r *http.Request, page severalForm, err error) {
	p := s.Problem(r, err)
	told := map[string]bool{}
	var common []site.Fault
	for _, f := range p.Errors {
		at := item.FindStringSubmatch(f.Field())
		if at == nil {
			common = append(common, f)
			continue
		}
		field := f.Field()[len(at[0]):]
		if i, _ := strconv.Atoi(at[1]); field == "asset" || field == "privilege" || field == "type" {
			page.Faults = append(page.Faults, frame.Titled("privilege", catalog.FormatPath(page.Together[min(i, len(page.Together)-1)].Asset.Ref.Path()), frame.About(f.Detail)))
		} else if !told[field+f.Detail] {
			told[field+f.Detail] = true
			common = append(common, site.FaultAt(field, f.Detail))
		}
	}
	page.words = words.Of(r)
	page.Faults = append(page.Faults, blame(page.Fields, common, page.others())...)
	page.blameRest(common)
	if len(page.Faults) == 0 || p.Code == "KEY_REUSED" {
		page.Key, page.Faults, page.Trouble = site.NewID(), nil, page.words.Say(p.Detail)
	}
	s.showSeveral(w, r, p.Status, page)
}
