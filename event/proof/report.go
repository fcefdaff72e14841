package proof

import "fmt"

// Kind says what is wrong with a log.
type Kind string

// What may be wrong.
const (
	Changed     Kind = "CHANGED"     // the event is not the one that was logged
	Removed     Kind = "REMOVED"     // the event is missing
	Reordered   Kind = "REORDERED"   // the event was logged under another number
	Forged      Kind = "FORGED"      // the event was never logged: it stands behind a gap
	Tampered    Kind = "TAMPERED"    // the hashes of a tile are not those of the events below it
	Disagreeing Kind = "DISAGREEING" // the checkpoint is not that of these events
	Unsigned    Kind = "UNSIGNED"    // the signature of the checkpoint is not of the key of the log
)

// Fault is something that is wrong with a log.
type Fault struct {
	Kind   Kind   `json:"kind"`
	Number int64  `json:"number"`          // of the event; of a checkpoint, its size; of a tile, the first event below it
	Until  int64  `json:"until,omitempty"` // of several events in a row, the last; of a tile, the last event below it
	Was    int64  `json:"was,omitempty"`   // of an event that was reordered: the number that it was logged under
	Detail string `json:"detail,omitempty"`
}

func (f Fault) String() string {
	which, was := fmt.Sprintf("event %d", f.Number), "was"
	if f.Until > f.Number {
		which, was = fmt.Sprintf("events %d to %d", f.Number, f.Until), "were"
	}
	switch f.Kind {
	case Changed:
		return fmt.Sprintf("%s %s changed", which, was)
	case Removed:
		return fmt.Sprintf("%s %s removed", which, was)
	case Reordered:
		return fmt.Sprintf("%s was logged as event %d", which, f.Was)
	case Forged:
		return fmt.Sprintf("%s %s never logged", which, was)
	case Tampered:
		return "the stored hashes of " + which + " were changed"
	case Unsigned:
		return fmt.Sprintf("the checkpoint of %d events is not signed by the key of the log", f.Number)
	}
	return fmt.Sprintf("the checkpoint of %d events is not that of these events", f.Number)
}

// MaxFaults is how many faults a report names at most.
const MaxFaults = 100

// Report says what came of checking a log.
type Report struct {
	Events      int64   `json:"events"`         // that were read
	Covered     int64   `json:"covered"`        // of these, by the tree; those after it are newer
	Checkpoints int     `json:"checkpoints"`    // that were compared
	Signed      int64   `json:"signed"`         // the size of the last checkpoint; 0 without one
	Faults      []Fault `json:"faults"`         // at most MaxFaults
	More        bool    `json:"more,omitempty"` // there are more faults than these
}

// Add notes a fault.
func (r *Report) Add(f Fault) {
	if len(r.Faults) >= MaxFaults {
		r.More = true
		return
	}
	r.Faults = append(r.Faults, f)
}
