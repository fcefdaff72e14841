package manifest

import (
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/grantwright/grantwright/request"
)

// SignIn is a file of its own: the providers of OpenID Connect by which people and services
// come in. web/oidcsignin says what each value means.
type SignIn struct {
	Idle     time.Duration `json:"idle,omitempty"`
	Lifetime time.Duration `json:"lifetime,omitempty"`
	Issuers  []Issuer      `json:"issuers"`
}

// Issuer is a provider of OpenID Connect.
type Issuer struct {
	Name        string          `json:"name,omitempty"`
	Title       string          `json:"title,omitempty"`
	URL         string          `json:"url"`
	Client      string          `json:"client"`
	Secret      string          `json:"secret,omitempty"` // a reference: env:NAME or file:/path
	Scopes      []string        `json:"scopes,omitempty"`
	Claims      IssuerClaims    `json:"claims,omitzero"`
	Permissions []IssuerRule    `json:"permissions,omitempty"`
	UserInfo    bool            `json:"userInfo,omitempty"`
	Audiences   []string        `json:"audiences,omitempty"`
	Services    []IssuerService `json:"services,omitempty"`
}

// IssuerClaims name the claims of a token.
type IssuerClaims struct {
	ID         string            `json:"id,omitempty"`
	Name       string            `json:"name,omitempty"`
	Email      string            `json:"email,omitempty"`
	Groups     string            `json:"groups,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"`
}

// IssuerRule gives a permission to a group, or to a value of a claim.
type IssuerRule struct {
	Permission request.Permission `json:"permission"`
	Group      string             `json:"group,omitempty"`
	Claim      string             `json:"claim,omitempty"`
	Value      string             `json:"value,omitempty"`
}

// IssuerService is a program with tokens of the issuer.
type IssuerService struct {
	Client      string               `json:"client"`
	Subject     string               `json:"subject,omitempty"`
	Name        string               `json:"name,omitempty"`
	Owner       request.PersonID     `json:"owner"`
	Groups      []string             `json:"groups,omitempty"`
	Permissions []request.Permission `json:"permissions,omitempty"`
}

// ReadSignIn reads a file of providers; the name stands in the faults. If it cannot be
// used, the error is an *Error. Any other error is that of r.
func ReadSignIn(name string, r io.Reader) (*SignIn, error) {
	d := newDecoder(Definitions{})
	if err := d.read(name, r); err != nil {
		return nil, err
	}
	var in SignIn
	if d.root != nil {
		d.value(d.root, reflect.ValueOf(&in).Elem(), "", 0)
		d.checkSignIn(d.root, in)
	}
	if err := d.err(); err != nil {
		return nil, err
	}
	return &in, nil
}

// checkSignIn finds what would not show before somebody signs in.
func (d *decoder) checkSignIn(root *yaml.Node, in SignIn) {
	if len(in.Issuers) == 0 && len(d.faults) == 0 {
		d.faultAt(root.Line, root.Column, "issuers", "is missing: nobody could sign in")
	}
	for n, i := range in.Issuers {
		field := fmt.Sprintf("issuers[%d]", n)
		at := d.at[field]
		if at == nil {
			continue
		}
		for key, value := range map[string]string{"url": i.URL, "client": i.Client} {
			if value == "" {
				d.faultAt(at.Line, at.Column, join(field, key), "is missing")
			}
		}
		if i.Secret != "" && !strings.HasPrefix(i.Secret, "env:") && !strings.HasPrefix(i.Secret, "file:/") {
			where := d.at[join(field, "secret")]
			d.faultAt(where.Line, where.Column, join(field, "secret"), "must be a reference, env:NAME or file:/path: this file is no place for a secret")
		}
	}
}
