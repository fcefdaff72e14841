package review

// Rights are what somebody may do with a request in the state that it is in.
type Rights struct {
	Approve  bool    `json:"approve"` // a selector of the open stage matches
	Deny     bool    `json:"deny"`    // a selector of any stage matches
	Cancel   bool    `json:"cancel"`
	Revoke   bool    `json:"revoke"`
	Retry    bool    `json:"retry"`            // the next attempt of its grant, which has failed
	Resume   bool    `json:"resume"`           // its grant, which is SUSPENDED
	Renew    bool    `json:"renew"`            // its access, which ends
	StepUp   StepUp  `json:"stepUp,omitzero"`  // the other sign-in that an approval takes first; zero where theirs is enough
	Counts   []Match `json:"counts,omitempty"` // the selectors that an approval would count for
	TakeBack bool    `json:"takeBack"`         // an approval of theirs
	Ask      bool    `json:"ask"`              // the requester for more
	Answer   bool    `json:"answer"`           // what a steward has asked
	Edit     bool    `json:"edit"`             // the answers
	Comment  bool    `json:"comment"`
	Remind   bool    `json:"remind"`  // its data stewards, by now
	Assign   bool    `json:"assign"`  // ask one of its data stewards by name
	Explain  bool    `json:"explain"` // be told why it went the way that it went

	Emergency bool `json:"emergency"` // review afterwards whether the access that it gave at once was justified
}
