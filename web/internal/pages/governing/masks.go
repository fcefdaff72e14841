package governing

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/pages/words"
	"github.com/grantwright/grantwright/web/internal/site"
)

// maskList is the page of all masks, or of the assets that are masked at a place.
type maskList struct {
	Governance bool
	Masks      []shownMask
	Next       string

	At      catalog.Ref // of masked assets; empty for the list of masks
	Masked  []request.AssetMasks
	Places  []string // connections, to choose one
	Trouble string
	Reason  string
	Minutes string

	said *words.Words
	base string
}

// shownMask is a mask with what it masks now.
type shownMask struct {
	catalog.Mask
	Assets []catalog.Ref // that it masks, the first few
	More   bool          // there are more, or not all were looked at
}

// maxMasked bounds the masked assets in which a page looks for masks.
const maxMasked = store.MaxPage

// shownAsset is how an asset is shown, for the part of a page.
type shownAsset struct {
	Of   request.AssetMasks
	Base string
	said *words.Words
}

// Column says how a masked column is shown.
func (a shownAsset) Column(c catalog.MaskedColumn) string { return shows(a.said, c.Mask) }

// Joined lists names.
func (a shownAsset) Joined(names []string) string { return strings.Join(names, ", ") }

// Shown is how an asset is shown.
func (m maskList) Shown(a request.AssetMasks) shownAsset { return shownAsset{a, m.base, m.said} }

// Tree is the address of a place in the tree of assets.
func (m maskList) Tree(base string, at catalog.Ref) string { return inTree(base, at) }

func inTree(base string, at catalog.Ref) string {
	return base + "/attachments?" + url.Values{"at": {string(at)}}.Encode()
}

// Shows says how a mask shows a column.
func (m maskList) Shows(mask catalog.Mask) string { return shows(m.said, mask) }

func shows(w *words.Words, m catalog.Mask) string {
	switch m.How {
	case catalog.MaskConstant:
		return w.T("Always “%s”", m.Constant)
	case catalog.MaskLast:
		return w.T("The last %d characters", m.Last)
	case catalog.MaskView:
		return w.T("The view %s", m.View)
	}
	return showsAs(w, m.How)
}

func (s *room) masksPage(w http.ResponseWriter, r *http.Request) {
	page := maskList{At: catalog.Ref(strings.TrimSpace(r.URL.Query().Get("at")))}
	s.showMasks(w, r, page, http.StatusOK)
}

func (s *room) showMasks(w http.ResponseWriter, r *http.Request, page maskList, status int) {
	by := site.VisitOf(r.Context()).By
	page.Governance, page.said, page.base = by.Has(request.Governance), words.Of(r), s.To(r, "")
	after, err := site.ParseCursor(r.URL.Query().Get("cursor"))
	if err == nil && page.At != "" {
		err = s.readMasked(r, by, &page, catalog.Ref(after.ID))
	} else if err == nil {
		err = s.readMasks(r, by, &page, after.ID)
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	s.show(w, r, status, "masks", page)
}

// readMasks reads a page of masks, and which assets of their connections they mask.
func (s *room) readMasks(r *http.Request, by request.Identity, page *maskList, after string) error {
	masks, err := s.Engine.Governance().Masks.List(r.Context(), by, after, frame.ListLength)
	if err != nil {
		return err
	}
	if last := frame.LastOf(masks, func(m catalog.Mask) string { return m.Name }); last != "" {
		page.Next = s.NextPage(r, store.Position{ID: last})
	}
	connections, err := s.Engine.Connections().All(r.Context(), by, "", frame.ListLength)
	if err != nil {
		return err
	}
	for _, c := range connections {
		page.Places = append(page.Places, c.Name)
	}
	masked := map[string][]request.AssetMasks{}
	for _, m := range masks {
		on := m.At.Connection()
		if _, read := masked[on]; !read {
			if masked[on], err = s.Engine.Masks().Masked(r.Context(), by, catalog.Ref(on), "", maxMasked); err != nil {
				return err
			}
		}
		page.Masks = append(page.Masks, shownMaskOf(m, masked[on]))
	}
	return nil
}

// maxAssetsShown bounds the assets that are named beside a mask.
const maxAssetsShown = 5

func shownMaskOf(m catalog.Mask, masked []request.AssetMasks) shownMask {
	one := shownMask{Mask: m, More: len(masked) == maxMasked}
	for _, a := range masked {
		if !slices.Contains(a.Show.By, m.Name) {
			continue
		}
		if len(one.Assets) == maxAssetsShown {
			one.More = true
			break
		}
		one.Assets = append(one.Assets, a.Asset)
	}
	return one
}

// readMasked reads a page of the assets that are masked at and below a place.
func (s *room) readMasked(r *http.Request, by request.Identity, page *maskList, after catalog.Ref) (err error) {
	page.Masked, err = s.Engine.Masks().Masked(r.Context(), by, page.At, after, frame.ListLength)
	if err != nil {
		return err
	}
	if last := frame.LastOf(page.Masked, func(a request.AssetMasks) string { return string(a.Asset) }); last != "" {
		page.Next = s.NextPage(r, store.Position{ID: last})
	}
	return nil
}

// Suspended is the suspension of the place itself, or of one around it.
func (m maskList) Suspended() *request.Suspension {
	for _, a := range m.Masked {
		if a.Suspended != nil && a.Suspended.At.Covers(m.At) {
			return a.Suspended
		}
	}
	return nil
}

// masksAct suspends the masks at a place, or resumes them.
func (s *room) masksAct(w http.ResponseWriter, r *http.Request) {
	if !s.Posted(w, r) {
		return
	}
	ctx, by := r.Context(), site.VisitOf(r.Context()).By
	page := maskList{At: catalog.Ref(r.PostForm.Get("at")), Reason: r.PostForm.Get("reason"), Minutes: strings.TrimSpace(r.PostForm.Get("minutes"))}
	err := error(frame.ErrNoDecision)
	switch r.PostForm.Get("act") {
	case "suspend":
		minutes, unread := strconv.Atoi(page.Minutes)
		if unread != nil || minutes < 1 || minutes > 24*60 {
			page.Trouble = words.Of(r).T("Enter a number of minutes from 1 to 1440.")
			s.showMasks(w, r, page, http.StatusUnprocessableEntity)
			return
		}
		_, err = s.Engine.Masks().Suspend(ctx, by, page.At, time.Duration(minutes)*time.Minute, page.Reason)
	case "resume":
		_, err = s.Engine.Masks().Resume(ctx, by, page.At)
	}
	if err != nil {
		p := s.Problem(r, err)
		page.Trouble = words.Of(r).Say(p.Detail)
		s.showMasks(w, r, page, p.Status)
		return
	}
	http.Redirect(w, r, s.To(r, "/masks?"+url.Values{"at": {string(page.At)}}.Encode()), http.StatusSeeOther)
}

// maskView is the page of one mask.
type maskView struct {
	Mask       catalog.Mask
	Shows      string
	Warnings   []review.Warning
	Masked     []request.AssetMasks // that it masks, of the first at its place
	More       bool
	Governance bool

	said *words.Words
	base string
}

// Shown is how an asset is shown.
func (m maskView) Shown(a request.AssetMasks) shownAsset { return shownAsset{a, m.base, m.said} }

// Tree is the address of a place in the tree of assets.
func (m maskView) Tree(base string, at catalog.Ref) string { return inTree(base, at) }

// Joined lists names.
func (m maskView) Joined(names []string) string { return strings.Join(names, ", ") }

func (s *room) maskPage(w http.ResponseWriter, r *http.Request) {
	ctx, by := r.Context(), site.VisitOf(r.Context()).By
	m, err := s.Engine.Governance().Masks.Newest(ctx, by, r.PathValue("name"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page := maskView{Mask: m, Shows: shows(words.Of(r), m), Governance: by.Has(request.Governance), said: words.Of(r), base: s.To(r, "")}
	if page.Warnings, err = s.Engine.Governance().Masks.Lint(ctx, by, m); err != nil {
		s.Fail(w, r, err)
		return
	}
	masked, err := s.Engine.Masks().Masked(ctx, by, m.At, "", maxMasked)
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page.More = len(masked) == maxMasked
	for _, a := range masked {
		if slices.Contains(a.Show.By, m.Name) && len(page.Masked) < frame.ListLength {
			page.Masked = append(page.Masked, a)
		}
	}
	s.show(w, r, http.StatusOK, "mask", page)
}

func (s *room) deleteMaskAct(w http.ResponseWriter, r *http.Request) {
	if !s.Posted(w, r) {
		return
	}
	err := s.Engine.Governance().Masks.Delete(r.Context(), site.VisitOf(r.Context()).By, r.PathValue("name"), versionIn(r))
	s.Changed(w, r, err, "/masks")
}
