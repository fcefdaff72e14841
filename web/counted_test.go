package web_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// R27: the CSV and the pages name whose approval counted, and not whose an edit made void.
func TestApprovedByOnPagesAndAsCSV(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.engine.Governance().Flows.Save(t.Context(), gov, review.Flow{Name: "two", Default: review.Action{Act: review.Ask, Stages: []review.Stage{
		{Name: "two", Mode: review.AtLeast, People: 2, Selectors: []review.Selector{{Group: "sales-owners"}, {Group: "privacy"}, {Person: gov.Person()}}}}}})
	must(t, err)
	must(t, attach(t.Context(), w.engine.Governance(), gov, request.Attachment{At: orders, Type: request.DataAccess, Flow: "two"}))
	req := w.submitted(t, eve)
	approves := func(who request.Identity) {
		t.Helper()
		read[request.Request](t, w.call(t, who, "POST", "/requests/"+string(req.ID)+"/determinations", `{"act":"APPROVE"}`), http.StatusCreated)
	}
	approves(owner)
	_, err = w.engine.Reviews().Edit(t.Context(), eve, req.ID, request.Answers{"purpose": {"another report"}, "duration": {"20 DAYS"}})
	must(t, err)
	approves(privacy)
	approves(gov)
	_, err = w.engine.WaitForGrant(t.Context(), eve, req.ID)
	must(t, err)
	for _, path := range []string{"/people/me/access.csv", "/assets/" + url.PathEscape(string(orders)) + "/access.csv"} {
		by := eve
		if strings.HasPrefix(path, "/assets") {
			by = auditor
		}
		lines, err := csv.NewReader(strings.NewReader(w.call(t, by, "GET", path, "").body)).ReadAll()
		must(t, err)
		if at := slices.Index(lines[0], "approvers"); len(lines) < 2 || lines[1][at] != privacy.ID+" "+gov.ID {
			t.Errorf("%s says %v", path, lines)
		}
	}
	for by, path := range map[*request.Identity]string{&eve: "/access", &auditor: "/access?asset=" + url.QueryEscape(string(orders))} {
		body := w.page(t, *by, "GET", path, nil).body
		if !strings.Contains(body, privacy.ID) || !strings.Contains(body, gov.ID) || strings.Contains(body, owner.ID) {
			t.Errorf("%s says %s", path, truncated(body))
		}
	}
}
