package manifest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// DefinitionKind is a kind of things that governance defines: that of their records,
// and the key of their list in a file.
type DefinitionKind string

// The kinds of definitions.
const (
	FormDefinition      DefinitionKind = "forms"
	FlowDefinition      DefinitionKind = "flows"
	AgreementDefinition DefinitionKind = "agreements"
	GuardrailDefinition DefinitionKind = "guardrails"
	MaskDefinition      DefinitionKind = "masks"

	ClassificationDefinition DefinitionKind = "classifications" // named by the Ref of the asset
	AttachmentDefinition     DefinitionKind = "attachments"     // named by their type and place; they have no versions
)

// Singular is the word for one definition of the kind, such as "form"; empty for the zero
// kind.
func (k DefinitionKind) Singular() string { return strings.TrimSuffix(string(k), "s") }

// Kind says how definitions of one kind stand in a file.
type Kind[T any] struct {
	Kind  DefinitionKind
	Named func(T) (name string, version int)
	In    func(*Definitions) *[]T // nil if the list is one of the Others

	key   string // of the field that names one
	check func(d *decoder, f *File, at string, v T)
}

// The kinds of definitions that have a list of their own in Definitions.
var (
	Agreements = Kind[request.Agreement]{Kind: AgreementDefinition, key: "name",
		In:    func(d *Definitions) *[]request.Agreement { return &d.Agreements },
		Named: func(a request.Agreement) (string, int) { return string(a.Name), a.Version },
		check: func(d *decoder, _ *File, at string, a request.Agreement) { d.invalid(at, a.Validate()) }}

	Flows = Kind[review.Flow]{Kind: FlowDefinition, key: "name",
		In:    func(d *Definitions) *[]review.Flow { return &d.Flows },
		Named: func(f review.Flow) (string, int) { return string(f.Name), f.Version },
		check: (*decoder).flow}

	Forms = Kind[request.Form]{Kind: FormDefinition, key: "name",
		In:    func(d *Definitions) *[]request.Form { return &d.Forms },
		Named: func(f request.Form) (string, int) { return string(f.Name), f.Version },
		check: (*decoder).form}

	Guardrails = Kind[review.Guardrail]{Kind: GuardrailDefinition, key: "name",
		In:    func(d *Definitions) *[]review.Guardrail { return &d.Guardrails },
		Named: func(g review.Guardrail) (string, int) { return string(g.Name), g.Version },
		check: (*decoder).guardrail}

	Classifications = Kind[catalog.Classification]{Kind: ClassificationDefinition, key: "at",
		In:    func(d *Definitions) *[]catalog.Classification { return &d.Classifications },
		Named: func(c catalog.Classification) (string, int) { return string(c.At), c.Version },
		check: func(d *decoder, f *File, at string, c catalog.Classification) { d.declared(f, at, c.At, c.Faults()) }}

	Masks = Kind[catalog.Mask]{Kind: MaskDefinition, key: "name",
		In:    func(d *Definitions) *[]catalog.Mask { return &d.Masks },
		Named: func(m catalog.Mask) (string, int) { return m.Name, m.Version },
		check: func(d *decoder, f *File, at string, m catalog.Mask) { d.declared(f, at, m.At, m.Faults()) }}

	Attachments = Kind[request.Attachment]{Kind: AttachmentDefinition, key: "at",
		In:    func(d *Definitions) *[]request.Attachment { return &d.Attachments },
		Named: func(a request.Attachment) (string, int) { return a.Key(), 0 },
		check: (*decoder).attachment}
)

// kind is a Kind of any type.
type kind interface {
	with(d *Definitions, o Definitions)
	only(d *Definitions, fits func(what, name string) bool)
	diff(stored, want Definitions) Differences
	checkAll(d *decoder, f *File, all Definitions)
}

// kinds are those that have a list in Definitions, in the order of Differences: those
// that others name come first.
func kinds() []kind {
	return []kind{Agreements, Flows, Forms, Guardrails, Classifications, Masks, Attachments}
}

// List returns the definitions of the kind.
func (k Kind[T]) List(d Definitions) (list []T, err error) {
	if k.In != nil {
		return *k.In(&d), nil
	}
	text, err := json.Marshal(d.Others[k.Kind])
	if err != nil {
		return nil, err
	}
	strict := json.NewDecoder(bytes.NewReader(text))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&list); err != nil {
		reason := strings.TrimPrefix(err.Error(), "json: ")
		return nil, &request.InvalidError{What: "definitions", Faults: []request.Fault{{Field: string(k.Kind), Reason: "cannot be read: " + reason}}}
	}
	return list, nil
}

// Put makes a list that of the kind.
func (k Kind[T]) Put(d *Definitions, list []T) error {
	if k.In != nil {
		*k.In(d) = list
		return nil
	}
	text, err := json.Marshal(list)
	if err != nil {
		return err
	}
	others := []Other{}
	if err := json.Unmarshal(text, &others); err != nil {
		return err
	}
	d.putOthers(k.Kind, others)
	return nil
}

func (k Kind[T]) name(v T) string { name, _ := k.Named(v); return name }

func (k Kind[T]) with(d *Definitions, o Definitions) {
	list := k.In(d)
	*list = with(*list, *k.In(&o), k.name)
}

func (k Kind[T]) only(d *Definitions, fits func(what, name string) bool) {
	list := k.In(d)
	*list = only(*list, func(v T) bool { return fits(k.Kind.Singular(), k.name(v)) })
}

func (k Kind[T]) diff(stored, want Definitions) Differences {
	return compare(k.Kind.Singular(), *k.In(&stored), *k.In(&want), k.Named)
}

// checkAll looks at each of a file, and refuses two of a name.
func (k Kind[T]) checkAll(d *decoder, f *File, all Definitions) {
	for i, v := range *k.In(&all) {
		k.check(d, f, fmt.Sprintf("%s[%d]", k.Kind, i), v)
	}
	twice(d, string(k.Kind), k.key, *k.In(&all), k.name)
}

func with[T any](these, others []T, name func(T) string) []T {
	replaced := func(v T) bool { return slices.ContainsFunc(others, func(o T) bool { return name(o) == name(v) }) }
	return append(slices.DeleteFunc(slices.Clone(these), replaced), others...)
}

func only[T any](all []T, fit func(T) bool) (some []T) {
	for _, v := range all {
		if fit(v) {
			some = append(some, v)
		}
	}
	return some
}
