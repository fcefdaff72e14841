// Package shelfhook automates Shelf behind a webhook: the service that a team writes
// for a platform of its own, in whatever language it likes.
package shelfhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/grantwright/grantwright/examples/provisioner/shelf"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/provision/hookprovision"
)

// Service is called by Grantwright, and gives and takes access on Shelf.
type Service struct {
	Secret string // that signs the calls
	Shelf  *shelf.Shelf
	Key    string // in whose name it gives access there
	Later  bool   // answer by the callback
}

func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	hook, err := standardwebhooks.NewWebhook(s.Secret)
	var m hookprovision.Message
	if err != nil || hook.Verify(body, r.Header) != nil || json.Unmarshal(body, &m) != nil {
		http.Error(w, "this was not signed by Grantwright", http.StatusUnauthorized)
	} else if s.Later && m.Callback != nil {
		w.WriteHeader(http.StatusAccepted)
		go answer(m.Callback, s.bring(m))
	} else {
		_ = json.NewEncoder(w).Encode(s.bring(m))
	}
}

// bring looks, changes what differs, and looks again: what it answers is what it saw.
func (s *Service) bring(m hookprovision.Message) hookprovision.Answer {
	level := "none"
	for _, a := range m.Want {
		if level != "write" {
			level = map[string]string{"READ": "read", "READ_WRITE": "write"}[string(a.Privilege)]
		}
	}
	ours, others, err := s.look(m)
	var ran []provision.Statement
	if err == nil && ours != level {
		ran = append(ran, provision.Statement("set "+m.Principal.Name+" on folder "+m.Asset.ID+" to "+level))
		if err = s.Shelf.Give(s.Key, m.Asset.ID, m.Principal.Name, level); err == nil {
			ours, others, err = s.look(m)
		}
	}
	missing := errors.Is(err, shelf.ErrMissing)
	if ours == level && err == nil || missing && level == "none" {
		return hookprovision.Answer{Outcome: hookprovision.Done, Ran: ran, Remaining: others}
	}
	return hookprovision.Answer{Outcome: hookprovision.Failed, Error: errors.Join(err, errors.New("it is "+ours)).Error(), Permanent: missing}
}

func (s *Service) look(m hookprovision.Message) (ours string, others []provision.Path, err error) {
	entries, err := s.Shelf.Look(s.Key, m.Asset.ID, m.Principal.Name)
	ours = "none"
	for _, e := range entries {
		if e.By == "grantwright" {
			ours = e.Level
		} else {
			others = append(others, provision.Path(e.Level+" from "+e.By))
		}
	}
	return ours, others, err
}

// answer says later what came of a call. Where nobody takes it, Grantwright calls again.
func answer(to *hookprovision.Callback, a hookprovision.Answer) {
	a.Token = to.Token
	body, _ := json.Marshal(a)
	if r, err := http.Post(to.URL, "application/json", bytes.NewReader(body)); err == nil {
		_ = r.Body.Close()
	}
}
