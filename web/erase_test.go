package web_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestFactsAreErasedOnThePage erases what a guardrail and a rule have read of somebody.
func TestFactsAreErasedOnThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wantStatus(t, w.call(t, gov, http.MethodPut, "/flows/sales", strings.Replace(riskyFlow, "request.duration <= duration('48h')", `'guests' in beneficiary.groups`, 1)), http.StatusOK)
	wantStatus(t, w.call(t, gov, http.MethodPut, "/guardrails/named", `{"at":["warehouse"],"require":"beneficiary.name != 'nobody'"}`), http.StatusOK)
	pending := "/requests/" + string(w.pending(t, "40 HOURS").ID)
	b := w.browser(t)
	wantOn(t, b.signIn(b.open(pending+"?why=1"), gov.ID), http.StatusOK, "Read by the rules", "beneficiary.groups")
	if page := b.open(pending + "?why=1"); strings.Contains(page.body, "Erase") {
		t.Error("facts can be erased while it is pending")
	}
	wantStatus(t, w.call(t, owner, http.MethodPost, pending+"/determinations", `{"act":"APPROVE"}`), http.StatusCreated)
	page := b.open(pending + "?why=1")
	wantOn(t, page, http.StatusOK, "Read by the guardrails", "beneficiary.name", "of eve@example.com")
	erase := formWith(t, page, "Erase the ticked facts")
	wantOn(t, b.send(erase.fill("act", "erase")), http.StatusUnprocessableEntity, "facts")
	page = b.send(erase.fill("act", "erase", "facts", "beneficiary.name", "reason", "she has asked us to"))
	wantOn(t, page, http.StatusOK, "<i>erased</i>", "she has asked us to", "Facts that the decision stood on were erased", `value="beneficiary.groups"`)
	if strings.Contains(page.body, `value="beneficiary.name"`) {
		t.Error("what is erased can be ticked again")
	}
	c := w.browser(t)
	if page := c.signIn(c.open(pending+"?why=1"), auditor.ID); strings.Contains(page.body, "Erase the ticked facts") {
		t.Error("the auditor is shown a button that does nothing")
	}
}
