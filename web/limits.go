package web

import (
	"net/http"
	"time"

	"github.com/grantwright/grantwright/web/internal/limit"
	"github.com/grantwright/grantwright/web/internal/site"
)

// Rate is how often something may happen: so often at once, and then so often a
// second. The zero Rate sets no bound.
type Rate = limit.Rate

// Limits bound what one client may ask for: whoever asks too often is answered with 429,
// and when to try again. Each handler counts for itself. The zero Limits set no bound.
type Limits struct {
	PerAddress Rate // requests from one address, or from one network of IPv6 (64 bits); signed in or not
	PerPerson  Rate // requests of one person, from wherever
	AtOnce     int  // requests that are answered at the same time, of all; others are answered with 503
}

func (l Limits) valid() bool {
	half := func(r Rate) bool { return r.PerSecond < 0 || r.AtOnce < 0 || r != Rate{} && !r.Set() }
	return l.AtOnce >= 0 && !half(l.PerAddress) && !half(l.PerPerson)
}

// limits hold clients to Limits.
type limits struct {
	perAddress *limit.Limiter
	answering  chan struct{} // holds a token for each request that is answered; nil without a bound
}

func newLimits(l Limits) limits {
	made := limits{perAddress: limit.New(l.PerAddress, time.Now)}
	if l.AtOnce > 0 {
		made.answering = make(chan struct{}, l.AtOnce)
	}
	return made
}

var errFull = &site.Problem{Status: http.StatusServiceUnavailable, Code: "FULL", Detail: "Too many requests are being answered. Try again in a moment."}

// limited refuses requests beyond the limits. Whether the server lives is always answered.
func (s *handler) limited(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isHealth(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		if wait := s.perAddress.Take(site.VisitOf(r.Context()).From); wait > 0 {
			s.fail(w, r, site.TooOften(wait))
			return
		}
		if s.answering != nil {
			select {
			case s.answering <- struct{}{}:
				defer func() { <-s.answering }()
			default:
				s.fail(w, r, errFull)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}
