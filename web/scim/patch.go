package scim

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	scimerrors "github.com/elimity-com/scim/errors"
	"github.com/elimity-com/scim/schema"
	filter "github.com/scim2/filter-parser/v2"
)

const patchSchema = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

// maxOperations bounds the operations of one PATCH.
const maxOperations = 1000

// operation is one of a PATCH (RFC 7644, section 3.5.2).
type operation struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value"`
}

// readPatch reads the operations of a PATCH.
func readPatch(r *http.Request) ([]operation, error) {
	var body struct {
		Schemas    []string    `json:"schemas"`
		Operations []operation `json:"Operations"`
	}
	if err := readBody(r, &body); err != nil {
		return nil, err
	}
	switch {
	case !slices.Contains(body.Schemas, patchSchema):
		return nil, refusal(http.StatusBadRequest, scimerrors.ScimTypeInvalidSyntax, "schemas must hold %s", patchSchema)
	case len(body.Operations) == 0:
		return nil, refusal(http.StatusBadRequest, scimerrors.ScimTypeInvalidSyntax, "Operations are missing")
	case len(body.Operations) > maxOperations:
		return nil, refusal(http.StatusRequestEntityTooLarge, "", "there are %d Operations, at most %d are allowed", len(body.Operations), maxOperations)
	}
	for i, op := range body.Operations {
		op.Op = strings.ToLower(op.Op) // Entra ID writes Add
		if op.Op != "add" && op.Op != "replace" && op.Op != "remove" {
			return nil, refusal(http.StatusBadRequest, scimerrors.ScimTypeInvalidSyntax, "Operations[%d].op is %q, must be add, replace or remove", i, op.Op)
		}
		if op.Op == "remove" && op.Path == "" {
			return nil, refusal(http.StatusBadRequest, scimerrors.ScimTypeNoTarget, "Operations[%d] removes, and has no path", i)
		}
		if op.Op != "remove" && op.Value == nil {
			if op.Op == "add" || op.Path == "" {
				return nil, invalidValue("Operations[%d] has no value", i)
			}
			op.Op = "remove" // to replace by nothing is to remove (RFC 7643, section 2.5)
		}
		body.Operations[i] = op
	}
	return body.Operations, nil
}

// parsePath reads a path. The parser panics at some texts that are none.
func parsePath(text string) (p filter.Path, err error) {
	defer func() {
		if recover() != nil {
			err = invalidPath("%q is no path", text)
		}
	}()
	if len(text) > maxFilter {
		return p, invalidPath("a path has more than %d bytes", maxFilter)
	}
	if p, err = filter.ParsePath([]byte(text)); err != nil {
		return p, invalidPath("%q is no path: it reads such as name.givenName, or emails[type eq \"work\"].value", text)
	}
	return p, nil
}

// patch changes a user by one operation.
func (res resource) patch(op operation) error {
	if op.Path != "" {
		return res.patchAt(op)
	}
	values, is := op.Value.(map[string]any)
	if !is {
		return invalidValue("an operation without a path must have an object for a value")
	}
	for _, name := range sortedKeys(values) {
		if isCommon(name) || values[name] == nil && op.Op == "add" { // Okta sends the id along
			continue
		}
		one := operation{Op: op.Op, Path: name, Value: values[name]}
		if one.Value == nil {
			one.Op = "remove"
		}
		if err := res.patchAt(one); err != nil {
			return err
		}
	}
	return nil
}

func sortedKeys(values map[string]any) []string {
	keys := make([]string, 0, len(values))
	for k := range values {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// patchAt changes what a path names.
func (res resource) patchAt(op operation) error {
	if strings.EqualFold(op.Path, enterpriseSchema.ID) {
		return res.patchExtension(op)
	}
	p, err := parsePath(op.Path)
	if err != nil {
		return err
	}
	name := p.AttributePath.AttributeName
	if strings.EqualFold(name, externalID) && p.ValueExpression == nil {
		return res.patchExternalID(op)
	}
	if isCommon(name) {
		return refusal(http.StatusBadRequest, scimerrors.ScimTypeMutability, "%s is not for a client to write", name)
	}
	attr, extended, err := userKind.attribute(p.AttributePath)
	if err != nil {
		return invalidPath("there is no attribute %s of a user", p.AttributePath)
	}
	if !writable(attr) {
		if attr.Mutability() == "writeOnly" {
			return nil // a password, which is not kept
		}
		return refusal(http.StatusBadRequest, scimerrors.ScimTypeMutability, "%s is not for a client to write", attr.Name())
	}
	at := map[string]any(res)
	if extended {
		if at, _ = res[enterpriseSchema.ID].(map[string]any); at == nil {
			at = map[string]any{}
		}
	}
	if err := (target{at: at, attr: attr, path: p, op: op}).apply(); err != nil {
		return err
	}
	if extended {
		if delete(res, enterpriseSchema.ID); len(at) > 0 {
			res[enterpriseSchema.ID] = at
		}
	}
	return nil
}

func (res resource) patchExtension(op operation) error {
	if op.Op == "remove" {
		delete(res, enterpriseSchema.ID)
		return nil
	}
	values, is := op.Value.(map[string]any)
	if !is {
		return invalidValue("%s must be an object", enterpriseSchema.ID)
	}
	for _, name := range sortedKeys(values) {
		one := operation{Op: op.Op, Path: enterpriseSchema.ID + ":" + name, Value: values[name]}
		if one.Value == nil {
			one.Op = "remove"
		}
		if err := res.patchAt(one); err != nil {
			return err
		}
	}
	return nil
}

func (res resource) patchExternalID(op operation) error {
	if op.Op == "remove" {
		delete(res, externalID)
		return nil
	}
	text, is := op.Value.(string)
	if !is {
		return invalidValue("externalId must be text")
	}
	res[externalID] = text
	return nil
}

// target is where an operation applies.
type target struct {
	at   map[string]any // holds the attribute
	attr schema.CoreAttribute
	path filter.Path
	op   operation
}

func (t target) apply() error {
	part := t.path.AttributePath.SubAttributeName()
	if t.path.ValueExpression != nil {
		return t.applySelected(t.path.SubAttributeName())
	}
	if part != "" {
		return t.applyPart(part)
	}
	if t.op.Op == "remove" {
		return t.remove()
	}
	value, err := coerce(t.attr, t.attr.Name(), t.op.Value)
	if err != nil {
		return err
	}
	name := t.attr.Name()
	old, is := t.at[name]
	switch list, many := value.([]any); {
	case value == nil:
		if t.op.Op == "replace" {
			delete(t.at, name)
		}
	case t.op.Op == "add" && many:
		have, _ := old.([]any)
		t.at[name] = joined(have, list)
	case t.op.Op == "add" && is && t.attr.HasSubAttributes():
		merged, _ := old.(map[string]any)
		for k, v := range value.(map[string]any) {
			merged[k] = v
		}
	default:
		t.at[name] = value
	}
	return nil
}

// joined adds values to a list that are not there yet. Where one of them is primary, no
// other is any more (RFC 7644, section 3.5.2).
func joined(have, more []any) []any {
	all := slices.Clone(have)
	for _, one := range more {
		if slices.ContainsFunc(all, func(v any) bool { return reflect.DeepEqual(v, one) }) {
			continue
		}
		if isPrimary(one) {
			notPrimary(all, nil)
		}
		all = append(all, one)
	}
	return all
}

func isPrimary(value any) bool {
	object, _ := value.(map[string]any)
	return object["primary"] == true
}

func notPrimary(all []any, but map[string]any) {
	for _, v := range all {
		if object, is := v.(map[string]any); is && object["primary"] == true && reflect.ValueOf(object).Pointer() != reflect.ValueOf(but).Pointer() {
			object["primary"] = false
		}
	}
}

// remove removes an attribute; with a value, as Entra ID sends it, only these values of it.
func (t target) remove() error {
	list, many := t.at[t.attr.Name()].([]any)
	if t.op.Value == nil || !many {
		delete(t.at, t.attr.Name())
		return nil
	}
	gone := texts(t.op.Value)
	list = slices.DeleteFunc(slices.Clone(list), func(v any) bool {
		return slices.ContainsFunc(texts(v), func(text string) bool { return slices.Contains(gone, text) })
	})
	t.put(list)
	return nil
}

func (t target) put(list []any) {
	if len(list) == 0 {
		delete(t.at, t.attr.Name())
		return
	}
	t.at[t.attr.Name()] = list
}

// applyPart changes a part of a complex attribute; of one with several values, that of each.
func (t target) applyPart(part string) error {
	sub, is := t.attr.SubAttributes().ContainsAttribute(part)
	if !is {
		return invalidPath("%s has no part %s", t.attr.Name(), part)
	}
	objects := objectsOf(t.at[t.attr.Name()])
	if len(objects) == 0 && t.op.Op != "remove" {
		objects = []map[string]any{{}}
		if t.attr.MultiValued() {
			t.at[t.attr.Name()] = []any{objects[0]}
		} else {
			t.at[t.attr.Name()] = objects[0]
		}
	}
	for _, o := range objects {
		if err := t.set(o, sub); err != nil {
			return err
		}
	}
	t.tidy()
	return nil
}

func objectsOf(value any) (all []map[string]any) {
	for _, v := range elements(value) {
		if o, is := v.(map[string]any); is {
			all = append(all, o)
		}
	}
	return all
}

// set writes or removes a part of one value.
func (t target) set(object map[string]any, sub schema.CoreAttribute) error {
	if t.op.Op == "remove" {
		delete(object, sub.Name())
		return nil
	}
	value, err := coerce(sub, t.attr.Name()+"."+sub.Name(), t.op.Value)
	if err != nil {
		return err
	}
	if value == nil {
		delete(object, sub.Name())
		return nil
	}
	object[sub.Name()] = value
	if sub.Name() == "primary" && value == true {
		list, _ := t.at[t.attr.Name()].([]any)
		notPrimary(list, object)
	}
	return nil
}

// tidy leaves out values that have no part any more.
func (t target) tidy() {
	switch v := t.at[t.attr.Name()].(type) {
	case map[string]any:
		if len(v) == 0 {
			delete(t.at, t.attr.Name())
		}
	case []any:
		t.put(slices.DeleteFunc(v, func(one any) bool { o, is := one.(map[string]any); return is && len(o) == 0 }))
	}
}

// applySelected changes the values that the filter of a path selects, or a part of each.
// What is to be added where none is selected is a new value, of which the filter holds;
// what is to be replaced there is a fault (RFC 7644, section 3.5.2.3).
func (t target) applySelected(part string) error {
	if !t.attr.MultiValued() || !t.attr.HasSubAttributes() {
		return invalidPath("%s has not several values from which a filter could select", t.attr.Name())
	}
	if err := checkInner(t.path.ValueExpression, t.attr); err != nil {
		return invalidPath("%s: %v", t.op.Path, errorOf(err).Detail)
	}
	list, _ := t.at[t.attr.Name()].([]any)
	var selected []map[string]any
	for _, o := range objectsOf(list) {
		if selects(t.path.ValueExpression, t.attr, o) {
			selected = append(selected, o)
		}
	}
	switch {
	case t.op.Op == "remove" && part == "":
		t.put(slices.DeleteFunc(slices.Clone(list), func(v any) bool {
			o, is := v.(map[string]any)
			return is && selects(t.path.ValueExpression, t.attr, o)
		}))
		return nil
	case len(selected) == 0 && t.op.Op == "replace":
		return refusal(http.StatusBadRequest, scimerrors.ScimTypeNoTarget, "%s selects nothing that could be replaced", t.op.Path)
	case len(selected) == 0 && t.op.Op == "add":
		fresh := map[string]any{}
		assume(t.path.ValueExpression, t.attr, fresh)
		t.at[t.attr.Name()] = append(slices.Clone(list), fresh)
		selected = []map[string]any{fresh}
	}
	for _, o := range selected {
		if err := t.change(o, part); err != nil {
			return err
		}
	}
	t.tidy()
	return nil
}

// change changes one selected value, or a part of it.
func (t target) change(object map[string]any, part string) error {
	if part != "" {
		sub, is := t.attr.SubAttributes().ContainsAttribute(part)
		if !is {
			return invalidPath("%s has no part %s", t.attr.Name(), part)
		}
		return t.set(object, sub)
	}
	value, err := coerceOne(t.attr, t.attr.Name(), t.op.Value)
	if err != nil {
		return err
	}
	values, is := value.(map[string]any)
	if !is {
		return invalidValue("%s must be an object", t.attr.Name())
	}
	if t.op.Op == "replace" {
		clear(object)
	}
	for k, v := range values {
		object[k] = v
	}
	if isPrimary(object) {
		list, _ := t.at[t.attr.Name()].([]any)
		notPrimary(list, object)
	}
	return nil
}

// assume writes into a new value what a filter demands of it by eq.
func assume(expr filter.Expression, attr schema.CoreAttribute, into map[string]any) {
	switch e := expr.(type) {
	case *filter.LogicalExpression:
		if e.Operator == filter.AND {
			assume(e.Left, attr, into)
			assume(e.Right, attr, into)
		}
	case *filter.AttributeExpression:
		sub, is := attr.SubAttributes().ContainsAttribute(e.AttributePath.AttributeName)
		if v, err := coerceOne(sub, fmt.Sprint(e.AttributePath), e.CompareValue); is && e.Operator == filter.EQ && err == nil && v != nil {
			into[sub.Name()] = v
		}
	}
}
