package notify

import (
	"fmt"
	"slices"

	"github.com/grantwright/grantwright/request"
)

// Preferences say what a person wishes to see, and by which channels they wish to be told,
// beside the inbox, which has everything. For a concern that is not in Channels, the operator's Defaults hold.
type Preferences struct {
	Person   request.PersonID     `json:"person"`
	Channels map[Concern][]string `json:"channels,omitempty"` // names of channels; an empty list is none

	// HideAdvice keeps review assist from pages and messages that the person sees.
	HideAdvice bool `json:"hideAdvice,omitempty"`
}

// Defaults are the channels by which people are told who wish nothing else. Nil,
// or a concern that is not there, is every channel.
type Defaults map[Concern][]string

// By lists the channels, of those that there are, by which a person is told for a
// concern.
func (p Preferences) By(c Concern, d Defaults, there []string) []string {
	wished, said := p.Channels[c]
	if !said {
		if wished, said = d[c]; !said {
			return there
		}
	}
	return slices.DeleteFunc(slices.Clone(there), func(name string) bool { return !slices.Contains(wished, name) })
}

// Check refuses what names no concern, or a channel that is not there.
func (p Preferences) Check(there []string) error {
	var faults []request.Fault
	for concern, wished := range p.Channels {
		if !slices.Contains(Concerns(), concern) {
			faults = append(faults, request.Fault{Field: "channels", Reason: fmt.Sprintf("names %q, must be some of %v", concern, Concerns())})
		}
		for _, name := range wished {
			if !slices.Contains(there, name) {
				faults = append(faults, request.Fault{Field: "channels." + string(concern), Reason: fmt.Sprintf("names the channel %q, must be some of %v", name, there)})
			}
		}
	}
	if len(faults) > 0 {
		return &request.InvalidError{What: "preferences", Faults: faults}
	}
	return nil
}
