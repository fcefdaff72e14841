package world

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Verb says which kind of step it is.
type Verb string

// What stands on the platform, and becomes of it.
const (
	MakeTable     Verb = "table"
	MakeRoot      Verb = "partitioned table"
	MakePartition Verb = "partition"
	MakeChild     Verb = "child"
	MakeView      Verb = "view"
	MakeCopy      Verb = "materialized view"
	MakePolicy    Verb = "policy"
	MakeTrigger   Verb = "trigger"
	MakeForeign   Verb = "foreign table"

	RenameColumn Verb = "rename column"
	SwapColumns  Verb = "swap columns"
	DropColumn   Verb = "drop column"
	AddColumn    Verb = "add column"
	Rename       Verb = "rename"
	Swap         Verb = "swap"    // for a new table of the same columns, as dbt does; the old one is kept
	Replace      Verb = "replace" // by a new table of the same columns; the old one is dropped
	Detach       Verb = "detach"
	Attach       Verb = "attach"
	ReplaceView  Verb = "replace view"
	Drop         Verb = "drop"
	Withdraw     Verb = "withdraw" // a right of a view's owner, or the right to call a function
	GiveBack     Verb = "give back"
	MapUser      Verb = "map user" // lets somebody read foreign tables
	UnmapUser    Verb = "unmap user"
)

// What governance says, and people ask.
const (
	SaveMask   Verb = "mask"
	DropMask   Verb = "drop mask"
	Classify   Verb = "classify"
	Strict     Verb = "strict flow"
	SaveGuard  Verb = "guardrail"
	Ask        Verb = "ask"
	Exempt     Verb = "exempt"
	Revoke     Verb = "revoke"
	LetExpire  Verb = "let expire"
	Sync       Verb = "sync"        // the catalog knows, and nothing is brought about yet
	Reconcile  Verb = "reconcile"   // what is due is done, and compared, by what the catalog knew
	BringAbout Verb = "bring about" // sync, masks, reconcile; then the oracle looks

	// Plant does something behind the engine's back, right before the next look.
	Plant Verb = "plant"
)

// Step is one thing that happens in a world. Its names are those of its time. A step that
// does not fit, because one before it was left out, does nothing.
type Step struct {
	Do      Verb     `json:"do"`
	On      string   `json:"on,omitempty"`      // a relation or a schema; empty is the database
	Of      []string `json:"of,omitempty"`      // what it is made of, or a part of
	To      string   `json:"to,omitempty"`      // a name that comes into being
	Owner   string   `json:"owner,omitempty"`   // of what is made
	Columns []Spec   `json:"columns,omitempty"` // of what is made
	Column  string   `json:"column,omitempty"`
	Names   []string `json:"names,omitempty"` // of columns; asked for: none are the whole
	Tags    []string `json:"tags,omitempty"`
	How     string   `json:"how,omitempty"` // of a mask; of a policy or a trigger: another relation that it uses
	Who     string   `json:"who,omitempty"`
	Value   int      `json:"value,omitempty"` // of a partition
	Own     bool     `json:"own,omitempty"`   // with the reader's rights, or those of whoever writes
	Calls   bool     `json:"calls,omitempty"` // a view that calls a function
	Write   bool     `json:"write,omitempty"` // READ_WRITE
	Short   bool     `json:"short,omitempty"` // for some days, and not for a month
	Deny    bool     `json:"deny,omitempty"`
	SQL     string   `json:"sql,omitempty"` // of a plant
}

// Spec is one column of what is made.
type Spec struct {
	Name string `json:"name"`
	Type Type   `json:"type,omitempty"`
	From string `json:"from,omitempty"` // in a view: the column that it shows
}

func (s Step) String() string {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err) // of texts and numbers alone
	}
	return strings.TrimSpace(text.String())
}

// Script is a world from its beginning: a step a line.
type Script []Step

func (s Script) String() string {
	var b strings.Builder
	for _, step := range s {
		b.WriteString(step.String() + "\n")
	}
	return b.String()
}

// ParseScript reads what String wrote.
func ParseScript(r io.Reader) (Script, error) {
	var s Script
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	for {
		var step Step
		switch err := d.Decode(&step); err {
		case nil:
			s = append(s, step)
		case io.EOF:
			return s, nil
		default:
			return nil, fmt.Errorf("step %d: %w", len(s)+1, err)
		}
	}
}
