package governing

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/pages/frame"
	"github.com/grantwright/grantwright/web/internal/site"
)

// flowList is a page of review flows.
type flowList struct {
	Flows      []review.Flow
	Next       string
	Governance bool
}

func (s *room) flowsPage(w http.ResponseWriter, r *http.Request) {
	by := site.VisitOf(r.Context()).By
	after, err := site.ParseCursor(r.URL.Query().Get("cursor"))
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	page := flowList{Governance: by.Has(request.Governance)}
	if page.Flows, err = s.Engine.Governance().Flows.List(r.Context(), by, request.FlowName(after.ID), frame.ListLength); err != nil {
		s.Fail(w, r, err)
		return
	}
	if last := frame.LastOf(page.Flows, func(f review.Flow) string { return string(f.Name) }); last != "" {
		page.Next = s.NextPage(r, store.Position{ID: last})
	}
	s.show(w, r, http.StatusOK, "flows", page)
}

// flowView is the page of one flow.
type flowView struct {
	Flow       review.Flow
	Warnings   []review.Warning
	Governance bool
}

func (s *room) flowPage(w http.ResponseWriter, r *http.Request) {
	ctx, by := r.Context(), site.VisitOf(r.Context()).By
	flow, err := s.Engine.Governance().Flows.Newest(ctx, by, request.FlowName(r.PathValue("name")))
	page := flowView{Flow: flow, Governance: by.Has(request.Governance)}
	if err == nil && flow.Version > 0 {
		page.Warnings, err = s.Engine.Governance().Flows.Lint(ctx, by, flow)
	}
	if err != nil {
		s.Fail(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "flow", page)
}

func (s *room) deleteFlowAct(w http.ResponseWriter, r *http.Request) {
	if !s.Posted(w, r) {
		return
	}
	version, _ := strconv.Atoi(r.PostForm.Get("version")) // none that is there, if it cannot be read
	err := s.Engine.Governance().Flows.Delete(r.Context(), site.VisitOf(r.Context()).By, request.FlowName(r.PathValue("name")), version)
	s.Changed(w, r, err, "/flows")
}

const (
	// maxReplays bounds how many changed flows a page runs over past requests.
	maxReplays = 3

	// replayTimeout is how long a page waits for that.
	replayTimeout = 5 * time.Second
)

// replays runs the flows that would change over past requests. A run that
// takes too long is left out of the page.
func (s *room) replays(ctx context.Context, names []request.FlowName, run func(context.Context, request.FlowName) (manifest.Replay, error)) []site.ReplayedFlow {
	ctx, cancel := context.WithTimeout(ctx, replayTimeout)
	defer cancel()
	var all []site.ReplayedFlow
	for _, name := range names[:min(len(names), maxReplays)] {
		found, err := run(ctx, name)
		if err != nil {
			s.Log.Warn("a flow was not run over past requests", "flow", name, "error", err)
			continue
		}
		all = append(all, site.ReplayOf(found))
	}
	return all
}

// wouldBe runs the flows that some differences change or attach, as they are wanted, over
// past requests: a changed one over those that were submitted under it, and one that is new
// at a place over those for the assets there.
func (s *room) wouldBe(ctx context.Context, by request.Identity, differences manifest.Differences, want manifest.Definitions) []site.ReplayedFlow {
	flows, changed := map[request.FlowName]review.Flow{review.DefaultFlow.Name: review.DefaultFlow}, map[request.FlowName]bool{}
	for _, f := range want.Flows {
		flows[f.Name] = f
	}
	var names []request.FlowName
	attached := map[request.FlowName][]request.Attachment{}
	for _, d := range differences {
		if d.What == manifest.FlowDefinition.Singular() && d.How == manifest.Changed {
			names, changed[request.FlowName(d.Name)] = append(names, request.FlowName(d.Name)), true
		}
	}
	for _, a := range want.Attachments {
		set := slices.ContainsFunc(differences, func(d manifest.Difference) bool {
			return d.What == manifest.AttachmentDefinition.Singular() && d.Name == a.Key() && d.How != manifest.Removed
		})
		if !set || a.Flow == "" || changed[a.Flow] {
			continue
		}
		if attached[a.Flow] == nil {
			names = append(names, a.Flow)
		}
		attached[a.Flow] = append(attached[a.Flow], a)
	}
	return s.replays(ctx, names, func(ctx context.Context, name request.FlowName) (manifest.Replay, error) {
		return s.Engine.Governance().Replay(ctx, by, flows[name], manifest.ReplayQuery{Attached: attached[name]})
	})
}
