package oidcsignin

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/request"
)

// claims are those of a token, and of the UserInfo endpoint.
type claims map[string]json.RawMessage

// at is the claim of a name or, without one, at a path; nil where there is none.
func (c claims) at(name string) json.RawMessage {
	if value, is := c[name]; is {
		return value
	}
	first, rest, nested := strings.Cut(name, ".")
	if !nested {
		return nil
	}
	for { // names may hold dots themselves
		var inner claims
		if value, is := c[first]; is && json.Unmarshal(value, &inner) == nil {
			if found := inner.at(rest); found != nil {
				return found
			}
		}
		next, left, more := strings.Cut(rest, ".")
		if !more {
			return nil
		}
		first, rest = first+"."+next, left
	}
}

// text is a claim that is one text; empty where it is missing or something else.
func (c claims) text(name string) string {
	var text string
	if json.Unmarshal(c.at(name), &text) != nil {
		return ""
	}
	return text
}

// errShape is a claim that is neither a text nor a list of texts.
var errShape = errors.New("is neither a text nor a list of texts")

// texts are those of a claim that is a text or a list of texts: nil without the claim.
func (c claims) texts(name string) ([]string, error) {
	value := c.at(name)
	if value == nil || string(value) == "null" {
		return nil, nil
	}
	var one string
	if json.Unmarshal(value, &one) == nil {
		return []string{one}, nil
	}
	all := []string{}
	if err := json.Unmarshal(value, &all); err != nil {
		return nil, fmt.Errorf("claim %s %w", name, errShape)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// isTrue reports whether a claim is true, or the text "true" as some providers write it.
func (c claims) isTrue(name string) bool {
	value := string(c.at(name))
	return value == "true" || value == `"true"`
}

// elsewhere reports whether a provider says that a claim was too large for the token, and
// is to be had elsewhere (OpenID Connect Core 5.6.2, and hasgroups of Microsoft Entra).
func (c claims) elsewhere(name string) bool {
	top, _, _ := strings.Cut(name, ".")
	var names map[string]json.RawMessage
	if json.Unmarshal(c["_claim_names"], &names) == nil {
		if _, is := names[top]; is {
			return true
		}
	}
	return top == "groups" && c.isTrue("hasgroups")
}

// unknown says why groups are not known, in words for the person; empty where they are.
func (i Issuer) unknown(c claims) (groups []string, why string) {
	if c.elsewhere(i.Claims.Groups) {
		return nil, "you are in more groups than your sign-in can tell"
	}
	groups, err := c.texts(i.Claims.Groups)
	switch {
	case err != nil:
		return nil, "your sign-in tells your groups in a form that cannot be read"
	case groups == nil:
		return nil, "your sign-in does not tell your groups"
	}
	return groups, ""
}

// identity is the person of a token. Where their groups are not known, why says so in words
// for them.
func (i Issuer) identity(c claims) (who request.Identity, why string, err error) {
	who = request.Identity{Issuer: i.Name, ID: c.text(i.Claims.ID), Name: c.text(i.Claims.Name), Email: c.text(i.Claims.Email)}
	if who.ID == "" {
		return who, "", fmt.Errorf("the token has no text in the claim %s, which is the id of people", i.Claims.ID)
	}
	if slices.ContainsFunc(i.Services, func(s Service) bool { return s.Client == who.ID || s.Subject == who.ID }) {
		return who, "", fmt.Errorf("the id is that of a service, which does not sign in")
	}
	if c.at("email_verified") != nil && !c.isTrue("email_verified") {
		who.Email = ""
	}
	who.Groups, why = i.unknown(c)
	if who.Attributes, err = i.attributes(c); err != nil {
		return who, "", err
	}
	if who.Permissions, err = i.permissions(c, who.Groups); err != nil {
		return who, "", err
	}
	return who, why, who.Check()
}

// attributes are those that the configuration names: nil, not known, where it names none or
// where the provider says that one is to be had elsewhere.
func (i Issuer) attributes(c claims) (map[string][]string, error) {
	if len(i.Claims.Attributes) == 0 {
		return nil, nil
	}
	all := map[string][]string{}
	for key, name := range i.Claims.Attributes {
		if c.elsewhere(name) {
			return nil, nil
		}
		values, err := c.texts(name)
		if err != nil {
			return nil, err
		}
		if len(values) > 0 {
			all[key] = values
		}
	}
	return all, nil
}

// with adds the claims of the UserInfo endpoint that the token has not. Groups that it
// tells are those that the token said were elsewhere.
func (c claims) with(more claims, groups string) {
	for name, value := range more {
		if _, is := c[name]; !is {
			c[name] = value
		}
	}
	if more.at(groups) != nil && !more.elsewhere(groups) {
		delete(c, "_claim_names")
		delete(c, "hasgroups")
	}
}

// permissions are those that the rules give. Groups that are not known give none.
func (i Issuer) permissions(c claims, groups []string) ([]request.Permission, error) {
	var all []request.Permission
	for _, r := range i.Permissions {
		values := groups
		if r.Claim != "" {
			var err error
			if values, err = c.texts(r.Claim); err != nil {
				return nil, err
			}
		}
		if slices.Contains(values, r.Group+r.Value) && !slices.Contains(all, r.Permission) {
			all = append(all, r.Permission)
		}
	}
	return all, nil
}

// identity is the service of an issuer.
func (s Service) identity(issuer string) request.Identity {
	return request.Identity{Issuer: issuer, ID: s.Client, Name: s.Name, Kind: request.Service, Owner: s.Owner, Permissions: s.Permissions, Groups: s.Groups}
}
