// Package manifest reads one YAML file that describes an installation: its connections,
// people, agreements, forms, flows, where these are attached, guardrails, masks, the
// classifications of columns that masks go by, and the assets of connections that have
// no platform of their own. The part that governance defines, Definitions, can be
// compared with the stored definitions, applied, and written again.
//
// The keys and values are those of the JSON that the API speaks. A file is read as a
// whole: either everything in it can be used, or an *Error names each fault with its
// line and column. It holds no secrets, only references to them.
package manifest

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// The limits of a file. What exceeds them is refused.
const (
	MaxBytes  = 1 << 20
	maxNodes  = 100_000 // keys and values, counted again wherever an alias repeats them
	maxDepth  = 50      // of lists and keys within each other
	maxFaults = 100     // that one Error names
	maxShown  = 60      // bytes of a text that an Error shows
)

// The technologies of connections whose assets stand in the file. On the first, people
// give access by hand; on the other, a service is called, which gives it.
const (
	Technology        = "file"
	WebhookTechnology = "webhook"
)

// Holds reports whether the assets of connections of a technology stand in the file.
func Holds(technology string) bool {
	return technology == Technology || technology == WebhookTechnology
}

// File is what one file holds, in its order. Agreements, forms and flows have no
// version: which one they become is known where they are saved. A file without
// connections may attach to any that is known where it is applied.
type File struct {
	// Owned names the file to people, such as git.example.com/data/access, and says that its
	// connections and definitions are changed in it alone. Empty leaves them to pages too.
	Owned string `json:"owned,omitempty"`

	Connections []catalog.Connection `json:"connections,omitempty"`
	People      request.Roster       `json:"people,omitempty"`
	Agreements  []request.Agreement  `json:"agreements,omitempty"`
	Forms       []request.Form       `json:"forms,omitempty"`
	Flows       []review.Flow        `json:"flows,omitempty"`
	Attachments []request.Attachment `json:"attachments,omitempty"` // without a type, DATA_ACCESS
	Guardrails  []review.Guardrail   `json:"guardrails,omitempty"`
	Masks       []catalog.Mask       `json:"masks,omitempty"`

	Classifications []catalog.Classification `json:"classifications,omitempty"`

	Others map[DefinitionKind][]Other `json:"-"` // see Definitions

	Assets []catalog.Asset `json:"assets,omitempty"` // of connections of technology "file"
}

// Read reads one file; the name stands in the faults. If it cannot be used, the
// error is an *Error and the File is nil. Any other error is that of r.
func Read(name string, r io.Reader) (*File, error) { return ReadOnto(name, r, Definitions{}) }

// ReadOnto reads a file that may name what is known already beside what it holds
// itself: a part, to be put on top of the rest with Definitions.With.
func ReadOnto(name string, r io.Reader, known Definitions) (*File, error) {
	d := newDecoder(known)
	if err := d.read(name, r); err != nil {
		return nil, err
	}
	return d.file()
}

// read reads one file, or one part of several.
func (d *decoder) read(name string, r io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return fmt.Errorf("manifest: reading %s: %w", name, err)
	}
	d.parts = append(d.parts, part{name: name, before: len(d.lines), starts: map[string]int{}})
	d.lines = append(d.lines, strings.Split(string(text), "\n")...)
	faults := len(d.faults)
	if len(text) > MaxBytes {
		d.faultAt(d.parts[len(d.parts)-1].before+1, 1, "", "the file is larger than %d bytes", MaxBytes)
		d.bad[""] = true
	} else if root := d.parse(string(text)); root != nil {
		d.merge(root)
	} else if len(d.faults) > faults {
		d.bad[""] = true // nothing is missed that may stand there
	}
	return nil
}

// file is what was read, unless something is wrong with it.
func (d *decoder) file() (*File, error) {
	var f File
	if d.root != nil {
		d.decode(d.root, &f)
		f.complete()
		d.known = d.known.With(f.Definitions())
		d.check(&f)
	}
	if err := d.err(); err != nil {
		return nil, err
	}
	return &f, nil
}

// complete fills in what the file may leave out.
func (f *File) complete() {
	for i := range f.Attachments {
		if f.Attachments[i].Type == "" {
			f.Attachments[i].Type = request.DataAccess
		}
	}
}

// parse returns the one document of the file; nil if there is none, or it is not
// YAML.
func (d *decoder) parse(text string) *yaml.Node {
	reader := yaml.NewDecoder(strings.NewReader(text))
	var document, second yaml.Node
	before := d.parts[len(d.parts)-1].before
	switch err := reader.Decode(&document); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		d.syntax(before, err)
		return nil
	}
	if err := reader.Decode(&second); err == nil {
		d.faultAt(before+second.Line, second.Column, "", "a second document begins here, one is right")
	} else if !errors.Is(err, io.EOF) {
		d.syntax(before, err)
	}
	return document.Content[0]
}

// MaxApplied bounds the definitions and attachments that one Apply changes: they
// are one commit.
const MaxApplied = 150
