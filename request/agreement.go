package request

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright/internal/excerpt"
)

// Limits of data use agreements.
const (
	MaxAgreements     = 20      // of one form
	MaxAgreementBytes = 100_000 // in the text of one
)

// AgreementName names a data use agreement through all its versions.
type AgreementName string

// Agreement is a data use agreement: a text that must be accepted before a
// request is submitted.
type Agreement struct {
	Name    AgreementName `json:"name"`
	Version int           `json:"version"` // from 1; a saved version never changes
	Title   string        `json:"title"`
	Text    string        `json:"text"` // Markdown, as CommonMark has it; HTML in it is not shown

	SavedBy  PersonID `json:"savedBy,omitempty"`
	AgreedBy PersonID `json:"agreedBy,omitempty"` // the second person, where two have seen the version
}

// AgreementVersion is one version of a data use agreement.
type AgreementVersion struct {
	Name    AgreementName `json:"name"`
	Version int           `json:"version"`
}

// Acceptance says that somebody has accepted a version of an agreement.
type Acceptance struct {
	Name    AgreementName `json:"name"`
	Version int           `json:"version"`
	By      PersonID      `json:"by"`
	At      time.Time     `json:"at"`
}

// Of identifies the version.
func (a Agreement) Of() AgreementVersion { return AgreementVersion{a.Name, a.Version} }

// Validate says everything that is wrong with an agreement before it is saved.
func (a Agreement) Validate() error {
	var c checker
	if a.Name == "" {
		c.fault("name", "is missing")
	}
	c.short("name", string(a.Name), MaxNameBytes)
	if strings.TrimSpace(a.Title) == "" {
		c.fault("title", "is missing")
	}
	c.short("title", a.Title, MaxTextBytes)
	if strings.TrimSpace(a.Text) == "" {
		c.fault("text", "is missing")
	}
	c.short("text", a.Text, MaxAgreementBytes)
	return c.err("agreement")
}

// CheckAccepted refuses a submission that has not accepted each of some
// agreements in just the version that holds now, naming every fault at once.
func CheckAccepted(needed []Agreement, accepted []AgreementVersion) error {
	var c checker
	if len(accepted) > MaxAgreements {
		c.fault("agreements", "are %d, at most %d are allowed", len(accepted), MaxAgreements)
		return c.err("request")
	}
	for _, a := range needed {
		i := slices.IndexFunc(accepted, func(v AgreementVersion) bool { return v.Name == a.Name })
		switch {
		case i < 0:
			c.fault("agreements."+string(a.Name), "must be accepted, in version %d", a.Version)
		case accepted[i].Version != a.Version:
			c.fault("agreements."+string(a.Name), "was accepted in version %d, version %d holds now: read it and accept it", accepted[i].Version, a.Version)
		}
	}
	for i, v := range accepted {
		if !slices.ContainsFunc(needed, func(a Agreement) bool { return a.Name == v.Name }) {
			c.fault(fmt.Sprintf("agreements[%d]", i), "%q is no agreement of the form", excerpt.Of(v.Name, maxShown))
		} else if slices.ContainsFunc(accepted[:i], func(o AgreementVersion) bool { return o.Name == v.Name }) {
			c.fault(fmt.Sprintf("agreements[%d]", i), "%q is given twice", excerpt.Of(v.Name, maxShown))
		}
	}
	return c.err("request")
}
