package request

import (
	"fmt"
	"strings"
	"time"

	"github.com/grantwright/grantwright/catalog"
)

// Suspension says that the masks at a place, and of all below it, are out of force
// for a while: what shows the assets masked is removed, and they are shown not at
// all.
type Suspension struct {
	At     catalog.Ref `json:"at"`
	By     PersonID    `json:"by"`
	Reason string      `json:"reason"`
	Since  time.Time   `json:"since"`
	Until  time.Time   `json:"until"` // when they come into force again by themselves
}

// AssetMasks is how one asset is shown, and what its platform last said of that.
type AssetMasks struct {
	Asset catalog.Ref     `json:"asset"`
	Show  catalog.Masking `json:"show"`            // nothing is masked where it has neither columns nor a view
	Query string          `json:"query,omitempty"` // what to query in place of the asset; empty while nothing shows it
	Since time.Time       `json:"since,omitzero"`  // when these masks came into force

	// Out are columns that nobody has classified, so that they are not shown: as the
	// platform has them.
	Out []string `json:"out,omitempty"`

	Error     string      `json:"error,omitempty"`  // why they are not in force
	ByHand    bool        `json:"byHand,omitempty"` // we cannot mask it: people do
	Suspended *Suspension `json:"suspended,omitempty"`

	Changes bool `json:"-"` // the platform is not there yet
}

// CheckMasks finds faults of the request in how its asset is masked: a masking exception
// is READ and names masked columns, and nobody writes to an asset that is masked. It is
// nil for none. Whether the asset has the columns is not looked at.
func (r Request) CheckMasks(m catalog.Masking) []Fault {
	var faults []Fault
	add := func(field, reason string, args ...any) {
		faults = append(faults, Fault{Field: field, Reason: fmt.Sprintf(reason, args...)})
	}
	names := make([]string, len(m.Columns))
	for i, c := range m.Columns {
		names[i] = c.Name
	}
	masked := strings.Join(names, ", ")
	switch {
	case r.Type != MaskingException:
		if m.Masked() && r.Privilege == ReadWrite {
			add("privilege", "is READ_WRITE, but the asset is masked; READ can be granted")
		}
		return faults
	case !m.Masked():
		add("type", "asks to see what is masked, but nothing in this asset is masked; ask for access instead")
		return faults
	case m.View != "":
		add("type", "is MASKING_EXCEPTION, but the asset is shown by %s, which decides itself what is clear", m.View)
		return faults
	case m.Under != "":
		add("type", "is MASKING_EXCEPTION, but the asset is shown as a part of %s alone", m.Under)
		return faults
	case len(r.Columns) == 0:
		add("columns", "must name the columns to see clear, of those that are masked: %s", masked)
	}
	if r.Privilege != Read {
		add("privilege", "must be READ for a masking exception")
	}
	for i, name := range r.Columns {
		if !m.Masks(name) {
			add(fmt.Sprintf("columns[%d]", i), "%.60q is not masked; masked are %s", name, masked)
		}
	}
	return faults
}

// MaxSuspension bounds how long masks may be suspended.
const MaxSuspension = 24 * time.Hour

// Suspended is what came of suspending or resuming masks.
type Suspended struct {
	Suspension Suspension
	Assets     []AssetMasks // that are masked at and below the place, at most store.MaxPage
}
