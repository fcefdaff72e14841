package manifest

import (
	"cmp"
	"maps"
	"slices"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/review"
)

// Definitions are what governance defines: the part of a file that can be applied
// as a whole. What they do not hold is not to be there. They say nothing of
// people and permissions.
type Definitions struct {
	Owned string `json:"owned,omitempty"` // see File.Owned; what is stored has none

	Agreements  []request.Agreement  `json:"agreements,omitempty"`
	Forms       []request.Form       `json:"forms,omitempty"`
	Flows       []review.Flow        `json:"flows,omitempty"`
	Attachments []request.Attachment `json:"attachments,omitempty"`
	Guardrails  []review.Guardrail   `json:"guardrails,omitempty"`
	Masks       []catalog.Mask       `json:"masks,omitempty"`

	Classifications []catalog.Classification `json:"classifications,omitempty"`

	// Others are the lists of kinds that have no field here. In a file each stands
	// below its own key, beside the other lists. ReadOnto knows the keys that the
	// known definitions have.
	Others map[DefinitionKind][]Other `json:"others,omitempty"`
}

// Other is a definition of a kind that has no field in Definitions, with its "name".
type Other map[string]any

func (o Other) named() (name string, version int) {
	name, _ = o["name"].(string)
	number, _ := o["version"].(float64) // as JSON has it
	return name, int(number)
}

func (o Other) name() string { name, _ := o.named(); return name }

func (d *Definitions) putOthers(k DefinitionKind, list []Other) {
	d.Others = maps.Clone(d.Others)
	if d.Others == nil {
		d.Others = map[DefinitionKind][]Other{}
	}
	d.Others[k] = list
}

// Definitions are those of the file.
func (f *File) Definitions() Definitions {
	return Definitions{Owned: f.Owned, Agreements: f.Agreements, Forms: f.Forms, Flows: f.Flows, Attachments: f.Attachments, Guardrails: f.Guardrails,
		Masks: f.Masks, Classifications: f.Classifications, Others: f.Others}
}

// With returns the definitions with others added, or in the place of those of
// their names.
func (d Definitions) With(o Definitions) Definitions {
	d.Owned = cmp.Or(o.Owned, d.Owned)
	for _, k := range kinds() {
		k.with(&d, o)
	}
	for k, list := range o.Others {
		d.putOthers(k, with(d.Others[k], list, Other.name))
	}
	return d
}

// Only returns the definitions that fit, by the words of their kinds and by their names.
func (d Definitions) Only(fits func(what, name string) bool) Definitions {
	for _, k := range kinds() {
		k.only(&d, fits)
	}
	for k, list := range d.Others {
		d.putOthers(k, only(list, func(o Other) bool { return fits(k.Singular(), o.name()) }))
	}
	return d
}

// Diff says in what the wanted definitions differ from those that are stored.
func Diff(stored, want Definitions) Differences {
	var all Differences
	for _, k := range kinds() {
		all = append(all, k.diff(stored, want)...)
	}
	others := maps.Clone(stored.Others)
	if others == nil {
		others = want.Others
	}
	maps.Copy(others, want.Others)
	for _, k := range slices.Sorted(maps.Keys(others)) {
		all = append(all, compare(k.Singular(), stored.Others[k], want.Others[k], Other.named)...)
	}
	return losing(stored, want, linted(want, all))
}
