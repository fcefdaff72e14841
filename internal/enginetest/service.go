package enginetest

import (
	"context"
	"sync"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
)

// Service is a platform that a service automates, which answers later, or at once where
// AtOnce is set.
type Service struct {
	*Platform
	AtOnce bool

	mu    sync.Mutex
	calls []provision.Callback
	want  []provision.Standing
}

// Open opens s for every connection.
func (s *Service) Open() provision.Platform {
	return provision.Platform{
		How:         provision.Webhook,
		Source:      func(context.Context, provision.Target) (catalog.Source, error) { return s, nil },
		Provisioner: func(context.Context, provision.Target) (provision.Provisioner, error) { return s, nil },
	}
}

// ApplyLater keeps the calls.
func (s *Service) ApplyLater(ctx context.Context, want []provision.Standing, back []provision.Callback) []provision.Outcome {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls, s.want = append(s.calls, back...), append(s.want, want...)
	if s.AtOnce {
		return s.Apply(ctx, want)
	}
	outcomes := make([]provision.Outcome, len(want))
	for i := range outcomes {
		outcomes[i].Err = &provision.WaitingError{Until: back[i].Call.Until}
	}
	return outcomes
}

// Calls are the calls that were made so far.
func (s *Service) Calls() []provision.Callback {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[:len(s.calls):len(s.calls)]
}

// Wanted is what a call wanted.
func (s *Service) Wanted(call int) provision.Standing {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.want[call]
}

// Do does what a call wanted, as the service would, and returns the token to answer by.
func (s *Service) Do(call int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.want[call]
	s.Set(w.Principal.Name, w.Asset.Ref, w.Asset.ID, w.Want...)
	return s.calls[call].Token
}
