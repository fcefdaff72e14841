package tests

import (
	"slices"
	"strings"
	"testing"

	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
)

// sentOf is the first message on a topic that was sent.
func (b *postbox) sentOf(t *testing.T, topic notify.Topic, to request.Identity) notify.Message {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.sent {
		if m.Topic == topic && m.To == to.Person() {
			return m
		}
	}
	t.Fatalf("nobody told %s of %s", to.ID, topic)
	return notify.Message{}
}

// Whoever gives access to a masked table by hand is told which columns are masked, by the task,
// the message and the webhook: the access is to what shows it masked.
func TestATaskByHandTellsOfMasks(t *testing.T) {
	t.Parallel()
	mail, r := &postbox{}, newReceiver(t)
	w, _ := maskedWorld(t, calling, mailing(mail), byHand)
	w.hook(t, r, "grant.to_do")
	req := w.approved(t, eve, "30 DAYS")
	w.work(t)
	job, err := w.Grants().Job(t.Context(), admin, provision.GrantID(req.ID))
	if must(t, err); len(job.Masks) != 1 || job.Masks[0].Asset != orders || !job.Masks[0].Show.Masks("email") {
		t.Errorf("the task says of masks %+v", job.Masks)
	}
	m := mail.sentOf(t, "grant.to_do", admin)
	text, err := notify.English().Write(m)
	must(t, err)
	if !slices.ContainsFunc(text.Facts, func(f notify.Fact) bool {
		return strings.HasPrefix(f.Label, "Masked") && strings.HasPrefix(f.Value, string(orders)+" (email")
	}) {
		t.Errorf("the message says %+v", text.Facts)
	}
	got := r.got()
	if len(got) != 1 || len(got[0].Payload.Data.Grant.Masked) != 1 || !slices.Contains(got[0].Payload.Data.Grant.Masked[0].Columns, "email") {
		t.Errorf("the webhook was told %+v", got)
	}
}

// Where a guardrail prevents the access, the message that asks a steward says so.
func TestAMessageSaysWhatAGuardrailPrevents(t *testing.T) {
	t.Parallel()
	mail := &postbox{}
	w := newWorld(t, mailing(mail))
	w.submit(t, eve, "30 DAYS")
	w.work(t)
	if m := mail.sentOf(t, "request.created", owner); len(m.Prevented) > 0 {
		t.Errorf("nothing prevents, and the message says %q", m.Prevented)
	}
	w.rail(t, "training", trained, "warehouse:sales")
	mail.mu.Lock()
	mail.sent = nil
	mail.mu.Unlock()
	w.submit(t, frank, "30 DAYS")
	w.work(t)
	m := mail.sentOf(t, "request.created", owner)
	text, err := notify.In("de").Write(m)
	must(t, err)
	if !slices.Equal(m.Prevented, []string{"Ask the data office."}) || !slices.Contains(text.Facts, notify.Fact{Label: "Eine Leitplanke verhindert dies", Value: "Ask the data office."}) {
		t.Errorf("the message says %q and %+v", m.Prevented, text.Facts)
	}
}
