package request

import (
	"strings"
	"time"
)

// EmergencyRemind is the time between two reminders of a review of emergency access that is
// overdue.
const EmergencyRemind = 24 * time.Hour

// EmergencyAccess is what a request that could not wait holds beside: why, and the review
// afterwards, which stays open until somebody else has said whether it was justified.
type EmergencyAccess struct {
	Reason string `json:"reason"` // of the requester

	Due      time.Time `json:"due,omitzero"`       // its review is overdue from then on; zero where nothing was approved
	Reminded int       `json:"reminded,omitempty"` // how often it was told that it is overdue

	Verdict  Verdict   `json:"verdict,omitempty"` // empty until it is reviewed
	By       PersonID  `json:"by,omitempty"`      // who has reviewed it
	Note     string    `json:"note,omitempty"`    // of theirs
	Reviewed time.Time `json:"reviewed,omitzero"`
}

// Verdict says whether access was an emergency.
type Verdict string

// The verdicts.
const (
	Justified    Verdict = "JUSTIFIED"
	NotJustified Verdict = "NOT_JUSTIFIED"

	Unreviewed Verdict = "UNREVIEWED" // of lists: whatever waits for its verdict
)

// Waits reports whether the access waits for its review. The nil EmergencyAccess does not.
func (e *EmergencyAccess) Waits() bool { return e != nil && !e.Due.IsZero() && e.Verdict == "" }

// Overdue reports whether it has waited for too long by now.
func (e *EmergencyAccess) Overdue(now time.Time) bool { return e.Waits() && !now.Before(e.Due) }

// Next is when it is told next that the review is overdue; zero where nothing waits.
func (e *EmergencyAccess) Next() time.Time {
	if !e.Waits() {
		return time.Time{}
	}
	return e.Due.Add(time.Duration(e.Reminded) * EmergencyRemind)
}

// Remind is the emergency after it was told that its review is overdue. Days that have
// passed meanwhile are not made up for.
func (e EmergencyAccess) Remind(now time.Time) *EmergencyAccess {
	e.Reminded = max(e.Reminded, int(now.Sub(e.Due)/EmergencyRemind)) + 1
	return &e
}

// Review is the emergency with its verdict. The error is an *InvalidError.
func (e EmergencyAccess) Review(v Verdict, note string, by PersonID, at time.Time) (*EmergencyAccess, error) {
	var c checker
	if v != Justified && v != NotJustified {
		c.fault("verdict", "is %q, must be %s or %s", v, Justified, NotJustified)
	}
	if strings.TrimSpace(note) == "" {
		c.fault("note", "is missing: it says what was looked at, and what follows")
	}
	c.short("note", note, MaxReasonBytes)
	e.Verdict, e.Note, e.By, e.Reviewed = v, note, by, at
	return &e, c.err("review of emergency access")
}

// MaxReasonBytes bounds the reason of an emergency, and the note of its review.
const MaxReasonBytes = 4000

// checkEmergency adds what is wrong with a submission that cannot wait.
func (s Submission) checkEmergency(by Identity) []Fault {
	if s.Emergency == "" {
		return nil
	}
	var c checker
	c.short("emergency", s.Emergency, MaxReasonBytes)
	switch {
	case strings.TrimSpace(s.Emergency) == "":
		c.fault("emergency", "must say why the access cannot wait")
	case s.Beneficiary != by.Person() || !by.Acts():
		c.fault("emergency", "is for people who ask for themselves")
	case s.Type != DataAccess:
		c.fault("emergency", "is for DATA_ACCESS: masks hold in an emergency too")
	case s.Renews != "":
		c.fault("emergency", "renews nothing")
	}
	return c.faults
}
