package tests

import (
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/internal/governance"
	"github.com/grantwright/grantwright/manifest"
	"github.com/grantwright/grantwright/notify"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
	"github.com/grantwright/grantwright/store"
)

// transitions reads the table of docs/lifecycles.md that begins with "in" under a
// heading: for each state and act the state after it. A dot is the same state.
func transitions(t *testing.T, heading string) map[string]map[string]string {
	t.Helper()
	text, err := os.ReadFile("../docs/lifecycles.md")
	must(t, err)
	_, section, _ := strings.Cut(string(text), "\n## "+heading+"\n")
	section, _, _ = strings.Cut(section, "\n## ")
	_, rows, found := strings.Cut(section, "\n| in |")
	if !found {
		t.Fatalf("there is no table of transitions under %s", heading)
	}
	rows, _, _ = strings.Cut(rows, "\n\n")
	lines := strings.Split("| in |"+strings.TrimSpace(rows), "\n")
	acts, table := cellsOf(lines[0]), map[string]map[string]string{}
	for _, line := range lines[2:] { // the second is a rule
		cells := cellsOf(line)
		state := strings.Trim(cells[0], "`")
		table[state] = map[string]string{}
		for i, then := range cells[1:] {
			if then == "·" {
				then = state
			}
			table[state][acts[i+1]] = then
		}
	}
	return table
}

// cellsOf are the cells of a row, without blanks around them.
func cellsOf(row string) []string {
	cells := strings.Split(strings.Trim(row, "| \n"), "|")
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	return cells
}

// holdsTransitions carries out each act in each state of a table, in a world of its
// own, and compares the state after it. Each state has a function
// that makes a record in it.
func holdsTransitions[R any](t *testing.T, heading string, states map[string]func(*testing.T) R, acts map[string]func(*testing.T, R) error, stateOf func(*testing.T, R) string) {
	t.Helper()
	table := transitions(t, heading)
	if len(table) != len(states) {
		t.Errorf("the table of %s has %d states, want %d", heading, len(table), len(states))
	}
	for state, reach := range states {
		if len(table[state]) != len(acts) {
			t.Errorf("the row %s of %s has %d acts, want %d", state, heading, len(table[state]), len(acts))
		}
		for words, act := range acts {
			t.Run(state+"/"+words, func(t *testing.T) {
				t.Parallel()
				r := reach(t)
				if got := stateOf(t, r); got != state {
					t.Fatalf("before the act it is %s", got)
				}
				if err := act(t, r); err != nil && !errors.Is(err, store.ErrState) && !errors.Is(err, review.ErrDecided) {
					t.Fatal(err)
				}
				if got, want := stateOf(t, r), table[state][words]; got != want {
					t.Errorf("after the act it is %s, the page says %s", got, want)
				}
			})
		}
	}
}

// ofWorld is a record in a world.
type ofWorld[ID any] struct {
	*world
	id ID
}

func TestLifecycleOfARequest(t *testing.T) {
	t.Parallel()
	type one = ofWorld[request.ID]
	determine := func(act review.Act) func(*testing.T, one) error {
		return func(t *testing.T, r one) error {
			_, err := r.Determine(t.Context(), twice, r.id, review.Determination{Act: act, Reason: "because"})
			return err
		}
	}
	acts := map[string]func(*testing.T, one) error{
		"the last steward approves": func(t *testing.T, r one) error {
			err := determine(review.Approve)(t, r)
			r.work(t)
			return err
		},
		"a steward denies": determine(review.Deny),
		"the requester cancels": func(t *testing.T, r one) error {
			_, err := r.Cancel(t.Context(), eve, r.id)
			return err
		},
		"somebody revokes it": func(t *testing.T, r one) error {
			_, err := r.Revoke(t.Context(), gov, r.id, "no longer needed")
			return err
		},
		"its time is over": func(t *testing.T, r one) error {
			r.clock.Move(365 * 24 * time.Hour)
			r.work(t)
			return nil
		},
	}
	after := func(words string) func(*testing.T) one {
		return func(t *testing.T) one {
			w := newWorld(t)
			r := one{w, w.submit(t, eve, "30 DAYS").ID}
			if words == "somebody revokes it" || words == "its time is over" {
				must(t, acts["the last steward approves"](t, r))
			}
			if words != "" {
				must(t, acts[words](t, r))
			}
			return r
		}
	}
	holdsTransitions(t, "Request", map[string]func(*testing.T) one{
		"PENDING": after(""), "APPROVED": after("the last steward approves"), "DENIED": after("a steward denies"), "CANCELED": after("the requester cancels"),
		"REVOKED": after("somebody revokes it"), "EXPIRED": after("its time is over"),
		"LAPSED": func(t *testing.T) one {
			r := after("")(t)
			must(t, acts["its time is over"](t, r))
			return r
		},
	}, acts, func(t *testing.T, r one) string { return string(r.caseOf(t, request.Request{ID: r.id}).Request.Status) })
}

func TestLifecycleOfAProposal(t *testing.T) {
	t.Parallel()
	type one = ofWorld[manifest.ProposalID]
	acts := map[string]func(*testing.T, one) error{
		"a second person approves": func(t *testing.T, r one) error {
			_, err := r.Proposals().Approve(t.Context(), second, r.id, "")
			return err
		},
		"a second person refuses": func(t *testing.T, r one) error {
			_, err := r.Proposals().Refuse(t.Context(), second, r.id, "too long")
			return err
		},
		"its proposer withdraws it": func(t *testing.T, r one) error {
			_, err := r.Proposals().Withdraw(t.Context(), gov, r.id)
			return err
		},
		"nobody decides in time": func(t *testing.T, r one) error {
			r.clock.Move(governance.ProposalPending)
			r.work(t)
			return nil
		},
	}
	after := func(words string) func(*testing.T) one {
		return func(t *testing.T) one {
			w := watched(t)
			_, err := w.Governance().Flows.Save(t.Context(), gov, longer())
			r := one{w, proposal(t, err)}
			if words != "" {
				must(t, acts[words](t, r))
			}
			return r
		}
	}
	holdsTransitions(t, "Proposal", map[string]func(*testing.T) one{
		"PENDING": after(""), "APPROVED": after("a second person approves"), "REFUSED": after("a second person refuses"),
		"WITHDRAWN": after("its proposer withdraws it"), "LAPSED": after("nobody decides in time"),
	}, acts, func(t *testing.T, r one) string {
		p, err := r.Proposals().Proposal(t.Context(), gov, r.id)
		must(t, err)
		return string(p.Status)
	})
}

// hookedWorld is a webhook with its receiver.
type hookedWorld struct {
	*world
	receiver *receiver
	id       notify.WebhookID
}

// answersFor answers an event, and goes on for some time.
func (r hookedWorld) answersFor(t *testing.T, status int, d time.Duration) error {
	r.receiver.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
	req := r.submit(t, eve, "30 DAYS")
	r.work(t)
	for over := r.clock.Now().Add(d); r.clock.Now().Before(over); {
		r.clock.Move(time.Hour)
		r.work(t)
	}
	_, err := r.Cancel(t.Context(), eve, req.ID)
	return err
}

func TestLifecycleOfAWebhook(t *testing.T) {
	t.Parallel()
	const fails, gone, resumed = "an event fails for `notify.GiveUpAfter`", "the receiver answers 410", "an administrator resumes it"
	acts := map[string]func(*testing.T, hookedWorld) error{
		"the receiver answers 2xx": func(t *testing.T, r hookedWorld) error { return r.answersFor(t, http.StatusOK, 0) },
		fails: func(t *testing.T, r hookedWorld) error {
			return r.answersFor(t, http.StatusServiceUnavailable, notify.GiveUpAfter+2*time.Hour)
		},
		gone: func(t *testing.T, r hookedWorld) error { return r.answersFor(t, http.StatusGone, 0) },
		resumed: func(t *testing.T, r hookedWorld) error {
			_, err := r.Webhooks().Resume(t.Context(), admin, r.id)
			return err
		},
	}
	active := func(t *testing.T) hookedWorld {
		w, r := newWorld(t, calling), newReceiver(t)
		return hookedWorld{w, r, w.hook(t, r, "request.created").ID}
	}
	holdsTransitions(t, "Webhook", map[string]func(*testing.T) hookedWorld{"ACTIVE": active, "SUSPENDED": func(t *testing.T) hookedWorld {
		r := active(t)
		must(t, acts[gone](t, r))
		return r
	}}, acts, func(t *testing.T, r hookedWorld) string { return string(r.webhook(t, r.id).State) })
}
