package provisiontest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

const (
	silentOnLent flaw = "says nothing of who reads with the rights of others"
	keepsMoved   flaw = "leaves access to an asset that has another name"
	takesHeld    flaw = "takes what is to be held back"
)

var wayFlaws = []flaw{silentOnLent, keepsMoved, takesHeld}

// lend lets a person read an asset by what is none of its rights.
func (m *memory) lend(_ testing.TB, who request.Principal, a catalog.Asset) func(context.Context) error {
	m.change(func() { m.lent[who.Name] = append(m.lent[who.Name], a.ID) })
	return func(context.Context) error {
		m.mu.Lock()
		defer m.mu.Unlock()
		if !slices.Contains(m.lent[who.Name], a.ID) {
			return errors.New("nothing is lent")
		}
		return nil
	}
}

// move leaves nothing under the name of an asset.
func (m *memory) move(_ testing.TB, a catalog.Asset) func(context.Context, request.Principal) (bool, error) {
	m.change(func() { delete(m.objects, a.Ref) })
	return func(_ context.Context, who request.Principal) (bool, error) {
		m.mu.Lock()
		defer m.mu.Unlock()
		return m.granted[entry{who.Name, a.ID, request.Read, true}], nil
	}
}

// lost is the outcome where nothing stands under the name of an asset any more.
func (d *door) lost(w provision.Standing) (o provision.Outcome, is bool) {
	if _, stands := d.objects[w.Asset.Ref]; stands || d.names[w.Asset.ID] != w.Asset.Ref || len(w.Want) == 0 {
		return o, false
	}
	held := w.Hold && len(w.Given) > 0
	if d.flaw != keepsMoved && (!held || d.flaw == takesHeld) {
		for _, e := range privilegesOf(d.memory, w) {
			if e.ours && e.object == w.Asset.ID {
				delete(d.granted, e)
			}
		}
	}
	return provision.Outcome{Err: &provision.MovedError{Err: &provision.RefusedError{What: "asset", Reason: "stands no longer under its name"}}, Taken: !held}, true
}
