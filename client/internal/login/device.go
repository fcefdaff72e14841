package login

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/grantwright/grantwright/client"
	"github.com/grantwright/grantwright/client/api"
)

// Code is what the person types on the page of the server, on any machine.
type Code struct {
	Device  string `json:"device_code"`
	User    string `json:"user_code"`
	Page    string `json:"verification_uri"`
	Whole   string `json:"verification_uri_complete"`
	Expires int    `json:"expires_in"` // seconds
	Every   int    `json:"interval"`   // seconds between two polls
}

// slower is how much longer to wait once the server says slow_down (RFC 8628, section 3.5).
const slower = 5 * time.Second

// Device asks the server for a code, which show is told, and polls until it was typed.
func Device(ctx context.Context, c *client.Client, asked Asked, show func(Code)) (Granted, error) {
	body := map[string]string{"name": asked.Name}
	if asked.Scope != "" {
		body["scope"] = asked.Scope
	}
	var code Code
	if err := c.Send(ctx, api.Call{Method: http.MethodPost, Path: "/api/v1/device", Body: body, Accept: "application/json"}, &code); err != nil {
		return Granted{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, min(within, time.Duration(max(code.Expires, 1))*time.Second))
	defer cancel()
	show(code)
	return poll(ctx, c, code.Device, time.Duration(max(code.Every, 1))*time.Second)
}

// poll asks again and again whether the code was typed.
func poll(ctx context.Context, c *client.Client, device string, every time.Duration) (Granted, error) {
	for {
		timer := time.NewTimer(every)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return Granted{}, fmt.Errorf("nobody has typed the code: %w", ctx.Err())
		}
		g, err := token(ctx, c, "/api/v1/device/token", map[string]string{"device_code": device})
		switch code := client.Code(err); {
		case code == "AUTHORIZATION_PENDING":
		case code == "SLOW_DOWN":
			every += slower
		case code == "ACCESS_DENIED":
			return Granted{}, ErrDenied
		case away(err):
			every *= 2
		default:
			return g, err
		}
	}
}

// away reports whether an error is none of the login's: the server, or the way to it, is
// disturbed.
func away(err error) bool {
	p, network := (*client.Problem)(nil), (*url.Error)(nil)
	return errors.As(err, &p) && p.Status >= 500 || errors.As(err, &network)
}
