package request_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grantwright/grantwright/request"
)

func TestTokenScope(t *testing.T) {
	t.Parallel()
	s := request.TokenScope{Operations: []string{request.ScopeRead, "submit"}, Connections: []string{"warehouse"}}
	for _, tt := range []struct {
		class, operation string
		want             bool
	}{
		{request.ScopeRead, "request", true},
		{request.ScopeAsk, "submit", true},
		{request.ScopeAsk, "cancel", false},
		{request.ScopeDecide, "determine", false},
		{"", "submit", false}, // no token does it
		{"", "read", false},
	} {
		if got := s.Allows(tt.class, tt.operation); got != tt.want {
			t.Errorf("%s of %q: %t", tt.operation, tt.class, got)
		}
	}
	if !s.AllowsOn("warehouse") || s.AllowsOn("lake") || s.AllowsOn("") || !(request.TokenScope{}).AllowsOn("lake") {
		t.Error("a limit on connections does not hold")
	}
}

func TestTokenStateAt(t *testing.T) {
	t.Parallel()
	end := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		token request.Token
		at    time.Time
		want  request.TokenState
	}{
		{request.Token{Expires: end}, end.Add(-1), request.TokenActive},
		{request.Token{Expires: end}, end, request.TokenExpired},
		{request.Token{}, end, request.TokenExpired},
		{request.Token{Expires: end, Revoked: end.Add(-2)}, end.Add(-1), request.TokenRevoked},
	} {
		if got := tt.token.StateAt(tt.at); got != tt.want {
			t.Errorf("%+v at %s: %s, want %s", tt.token, tt.at, got, tt.want)
		}
	}
}

func TestTokenSettingsNeeds(t *testing.T) {
	t.Parallel()
	read, ask := []string{request.ScopeRead}, []string{request.ScopeAsk}
	service := func(owner request.PersonID, more ...request.Permission) *request.TokenService {
		return &request.TokenService{ID: "load", Owner: owner, Permissions: more}
	}
	for name, tt := range map[string]struct {
		s    request.TokenSettings
		want []request.Permission
	}{
		"for themselves":       {request.TokenSettings{Scope: request.TokenScope{Operations: ask}}, nil},
		"a service that reads": {request.TokenSettings{Scope: request.TokenScope{Operations: read}, Service: service("")}, nil},
		"one that asks":        {request.TokenSettings{Scope: request.TokenScope{Operations: ask}, Service: service("")}, []request.Permission{request.Admin}},
		"one of another":       {request.TokenSettings{Scope: request.TokenScope{Operations: read}, Service: service("frank@example.com")}, []request.Permission{request.Admin}},
		"one that audits":      {request.TokenSettings{Scope: request.TokenScope{Operations: read}, Service: service("", request.Audit)}, []request.Permission{request.Admin, request.Audit}},
		"one that may ask":     {request.TokenSettings{Scope: request.TokenScope{Operations: read}, Service: service("", request.Asking)}, []request.Permission{request.Admin}},
	} {
		if got := tt.s.By("eve@example.com").Needs("eve@example.com"); !slices.Equal(got, tt.want) {
			t.Errorf("%s: it takes %v, want %v", name, got, tt.want)
		}
	}
}

func TestTokenSettingsCheck(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(*request.TokenSettings)
		want   string // the field
	}{
		"as it should be":      {func(*request.TokenSettings) {}, ""},
		"too long":             {func(s *request.TokenSettings) { s.Days = 91 }, "days"},
		"no end":               {func(s *request.TokenSettings) { s.Days = 0 }, "days"},
		"a long name":          {func(s *request.TokenSettings) { s.Name = strings.Repeat("ä", 101) }, "name"},
		"no UTF-8":             {func(s *request.TokenSettings) { s.Name = "\xff" }, "name"},
		"too many operations":  {func(s *request.TokenSettings) { s.Scope.Operations = make([]string, 101) }, "scope.operations"},
		"too many connections": {func(s *request.TokenSettings) { s.Scope.Connections = make([]string, 101) }, "scope.connections"},
		"a service that acts":  {func(s *request.TokenSettings) { s.Service.Permissions = []request.Permission{request.Acting} }, "service.permissions[0]"},
		"for others alone":     {func(s *request.TokenSettings) { s.Service.Permissions = []request.Permission{request.AskingForOthers} }, "service.permissions"},
		"a bar":                {func(s *request.TokenSettings) { s.Service.ID = "a|b" }, "service.id"},
	} {
		s := request.TokenSettings{Name: "report", Days: 90, Scope: request.TokenScope{Operations: []string{request.ScopeRead}}, Service: &request.TokenService{ID: "load", Name: "The load"}}
		tt.change(&s)
		faults := request.FaultsOf(s.Check(90))
		if tt.want == "" && len(faults) > 0 || tt.want != "" && !slices.ContainsFunc(faults, func(f request.Fault) bool { return f.Field == tt.want }) {
			t.Errorf("%s: %v, want one of %q", name, faults, tt.want)
		}
	}
}

// A service with ASKING asks for itself, and acts no more than any other.
func TestAServiceThatAsks(t *testing.T) {
	t.Parallel()
	service := func(p ...request.Permission) request.Identity {
		return request.Identity{ID: "load", Kind: request.Service, Owner: "eve@example.com", Permissions: p}
	}
	for name, tt := range map[string]struct {
		who               request.Identity
		asks, others, act bool
	}{
		"a person":                 {request.Identity{ID: "eve@example.com"}, true, true, true},
		"a service":                {service(), false, false, false},
		"one that asks":            {service(request.Asking), true, false, false},
		"one that asks for others": {service(request.Asking, request.AskingForOthers), true, true, false},
		"for others alone":         {service(request.AskingForOthers), false, false, false},
		"one that acts":            {service(request.Acting), true, true, true},
		"a group":                  {request.Identity{ID: "g", Kind: request.Group, Permissions: []request.Permission{request.Asking, request.AskingForOthers}}, false, false, false},
	} {
		own, others := tt.who.CheckAsksFor(tt.who.Person(), "ask"), tt.who.CheckAsksFor("frank@example.com", "ask")
		if tt.who.Asks() != tt.asks || (own == nil) != tt.asks || (others == nil) != tt.others || tt.who.Acts() != tt.act || tt.who.Has(request.Governance) {
			t.Errorf("%s: asks %t, %v, %v, acts %t", name, tt.who.Asks(), own, others, tt.who.Acts())
		}
	}
}
