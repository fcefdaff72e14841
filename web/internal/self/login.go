package self

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/web/internal/once"
	"github.com/grantwright/grantwright/web/internal/site"
)

// ExchangeBody fetches the token of a program.
type ExchangeBody struct {
	Code     string `json:"code" maxLength:"200" doc:"From the address to which the browser was sent"`
	Verifier string `json:"verifier" maxLength:"200" doc:"The code verifier of RFC 7636"`
}

// DeviceBody begins the login of a device.
type DeviceBody struct {
	Name  string `json:"name,omitempty" doc:"As the device calls itself, for whoever lets it in" example:"gw on build-7"`
	Scope string `json:"scope,omitempty" maxLength:"200" doc:"Classes with spaces between them; whoever lets it in decides" example:"read ask decide"`
}

// DeviceAnswer are the codes of a device, as RFC 8628 names them.
type DeviceAnswer struct {
	DeviceCode string `json:"device_code" doc:"The secret of the device"`
	UserCode   string `json:"user_code" doc:"For the user to type at verification_uri" example:"BCDF-GHJK"`
	Page       string `json:"verification_uri"`
	Complete   string `json:"verification_uri_complete" doc:"The same with the code in it, for a QR code"`
	Expires    int    `json:"expires_in" doc:"Seconds"`
	Interval   int    `json:"interval" doc:"Seconds between two polls, at least"`
}

// PollBody asks for the token of a device.
type PollBody struct {
	DeviceCode string `json:"device_code" maxLength:"200"`
}

func (s *server) routeLogins() {
	unsigned := func(op *huma.Operation) { op.Security = []map[string][]string{} }
	serve(s, http.MethodPost, "/tokens/exchange", "exchange-code", "Fetch the token of a program that its user has let in", s.exchange, unsigned, once.Reads,
		described("Of the page /cli (RFC 8252 with PKCE, RFC 7636). A code is good for one time and one minute; a second use revokes the token that the first gave."))
	serve(s, http.MethodPost, "/device", "begin-device", "Begin the login of a device without a browser", s.beginDevice, unsigned, once.Reads, described("In the shape of RFC 8628. The user types the user code at verification_uri."))
	serve(s, http.MethodPost, "/device/token", "device-token", "Fetch the token of a device, once its user has let it in", s.deviceToken, unsigned, once.Reads,
		described("Before, it is a problem whose error is authorization_pending, slow_down (wait 5 seconds longer from then on), access_denied or expired_token."))
}

func (s *server) exchange(ctx context.Context, _ request.Identity, in *struct{ Body ExchangeBody }) (*shown[IssuedToken], error) {
	made, secret, err := s.Engine.Tokens().Exchange(ctx, in.Body.Code, in.Body.Verifier)
	if err != nil {
		return nil, err
	}
	return &shown[IssuedToken]{IssuedToken{secret, made}}, nil
}

func (s *server) beginDevice(ctx context.Context, _ request.Identity, in *struct{ Body DeviceBody }) (*shown[DeviceAnswer], error) {
	if wait := s.devices.Take(site.VisitOf(ctx).From); wait > 0 {
		return nil, site.TooOften(wait)
	}
	codes, err := s.Engine.Tokens().BeginDevice(ctx, request.DeviceSettings{Name: in.Body.Name, Scope: strings.Fields(in.Body.Scope)})
	if err != nil {
		return nil, err
	}
	page := s.foundAt(ctx) + "/device"
	return &shown[DeviceAnswer]{DeviceAnswer{DeviceCode: codes.Device, UserCode: codes.User, Page: page, Complete: page + "?" + url.Values{"user_code": {codes.User}}.Encode(),
		Expires: int(codes.Lasts.Seconds()), Interval: int(codes.Interval.Seconds())}}, nil
}

// foundAt is where people find the pages: as the host says, or as the program has found us.
func (s *server) foundAt(ctx context.Context) string {
	if s.URL != "" {
		return strings.TrimSuffix(s.URL, "/")
	}
	scheme := "http://"
	if site.VisitOf(ctx).Secure {
		scheme = "https://"
	}
	return scheme + asked(ctx).Host + site.VisitOf(ctx).Base
}

func (s *server) deviceToken(ctx context.Context, _ request.Identity, in *struct{ Body PollBody }) (*shown[IssuedToken], error) {
	made, secret, err := s.Engine.Tokens().PollDevice(ctx, in.Body.DeviceCode)
	if err == nil {
		return &shown[IssuedToken]{IssuedToken{secret, made}}, nil
	}
	p := s.Problem(asked(ctx), err)
	if p.Status == http.StatusBadRequest {
		p.OAuth = strings.ToLower(p.Code)
	}
	return nil, p
}
