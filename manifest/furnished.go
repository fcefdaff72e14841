package manifest

// Became says what has become of something that a file holds, where an installation was
// furnished with the file.
type Became string

// What becomes of something in a file.
const (
	Saved      Became = "SAVED"       // as the file says
	Awaits     Became = "AWAITS"      // a second person: it is proposed
	WasRefused Became = "WAS_REFUSED" // just this was proposed before, and refused
	Kept       Became = "KEPT"        // it was changed here since, and the file says what it said before
	Conflict   Became = "CONFLICT"    // it was changed here, and in the file too: nothing is written over
)

// Furnished is something in which a file differed from what was stored.
type Furnished struct {
	What   string `json:"what"` // the word of the kind, such as form or connection
	Name   string `json:"name"`
	How    How    `json:"how"` // how the file differed
	Became Became `json:"became"`

	Proposal ProposalID `json:"proposal,omitempty"` // of what awaits a second person, or was refused
}

// Digest names something by what it sets: two that a file would write alike have the same.
func Digest(v any) string { return Differences{{Fields: fieldsBetween(nil, v)}}.Hash() }
