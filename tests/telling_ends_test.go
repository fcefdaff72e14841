package tests

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
)

// TestWhoIsToldOfAnEnd ends requests in each way that TestWhoIsToldWhat does not, and
// has assets looked for that are not there.
func TestWhoIsToldOfAnEnd(t *testing.T) {
	t.Parallel()
	type told = map[string][]notify.Topic
	all := []request.Identity{eve, frank, owner, privacy, twice, gov, admin, auditor, nobody}
	for _, tt := range []struct {
		name string
		do   func(w *world)
		want told
	}{
		{"lapsed", func(w *world) {
			w.submit(t, eve, "30 DAYS")
			w.news(t, all...)
			w.clock.Move(31 * 24 * time.Hour)
		}, told{eve.ID: {"request.lapsed"}, owner.ID: {"request.lapsed"}, privacy.ID: {"request.lapsed"}, twice.ID: {"request.lapsed"}}},
		{"revoked by governance", func(w *world) {
			req := w.approved(t, eve, "30 DAYS")
			w.news(t, all...)
			_, err := w.Revoke(t.Context(), gov, req.ID, "a mistake")
			must(t, err)
			w.settle(t, req)
		}, told{eve.ID: {"grant.revoked", "request.revoked"}}},
		{"revoked by its requester", func(w *world) {
			req := w.approved(t, eve, "30 DAYS")
			w.news(t, all...)
			_, err := w.Revoke(t.Context(), eve, req.ID, "done")
			must(t, err)
			w.settle(t, req)
		}, told{eve.ID: {"grant.revoked"}}},
		{"approved by a rule", func(w *world) { w.settle(t, w.submit(t, eve, "1 HOURS")) }, told{eve.ID: {"grant.active", "request.determined"}}},
		{"an asset is not there", func(w *world) {
			_, err := w.Assets().Report(t.Context(), eve, wants("refunds"))
			must(t, err)
		}, told{gov.ID: {"asset.reported"}}},
		{"and then it is", func(w *world) {
			_, err := w.Assets().Report(t.Context(), eve, wants("refunds"))
			must(t, err)
			w.news(t, all...)
			w.platform.Add(catalog.Asset{Ref: "warehouse:sales.public.refunds", Kind: catalog.Table, ID: "5"})
			_, err = w.Sync(t.Context(), admin, "warehouse")
			must(t, err)
		}, told{eve.ID: {"asset.registered"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tt.do(w)
			if diff := cmp.Diff(tt.want, w.news(t, all...)); diff != "" {
				t.Errorf("told otherwise (-want +got):\n%s", diff)
			}
		})
	}
}
