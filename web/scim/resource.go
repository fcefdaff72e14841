package scim

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	scimerrors "github.com/elimity-com/scim/errors"
	"github.com/elimity-com/scim/schema"
)

// The schemas of the resources.
var (
	userSchema       = schema.CoreUserSchema()
	groupSchema      = schema.CoreGroupSchema()
	enterpriseSchema = schema.ExtensionEnterpriseUser()
)

// resource are the attributes of a user or a group, under the names of the schema. Those of
// the enterprise extension stand in an object of their own.
type resource map[string]any

// externalID is a common attribute (RFC 7643, section 3.1), which the schemas leave out.
const externalID = "externalId"

// attributeOf finds an attribute of a user by its name. Extended says that it is of the
// enterprise extension.
func attributeOf(name string) (attr schema.CoreAttribute, extended, is bool) {
	name = strings.TrimPrefix(name, enterpriseSchema.ID+":")
	if attr, is = userSchema.Attributes.ContainsAttribute(name); is {
		return attr, false, true
	}
	attr, is = enterpriseSchema.Attributes.ContainsAttribute(name)
	return attr, true, is
}

// clean reads the attributes of a user out of a body: known ones, each under its own name,
// with values of its type. What a client may not write is left out, and so are passwords.
func clean(body map[string]any) (resource, error) {
	out := resource{}
	for name, value := range body {
		switch {
		case value == nil || isCommon(name):
		case strings.EqualFold(name, enterpriseSchema.ID):
			extension, err := cleanAll(value, enterpriseSchema.Attributes)
			if err != nil {
				return nil, err
			}
			if len(extension) > 0 {
				out[enterpriseSchema.ID] = map[string]any(extension)
			}
		case strings.EqualFold(name, externalID):
			text, is := value.(string)
			if !is {
				return nil, invalidValue("externalId must be text")
			}
			out[externalID] = text
		default:
			attr, is := userSchema.Attributes.ContainsAttribute(name)
			if !is || !writable(attr) {
				continue // what is not known is not kept (RFC 7644, section 3.3)
			}
			v, err := coerce(attr, attr.Name(), value)
			if err != nil {
				return nil, err
			}
			if v != nil {
				out[attr.Name()] = v
			}
		}
	}
	return out, nil
}

// isCommon reports whether a name is that of an attribute that is ours to write.
func isCommon(name string) bool {
	return slices.ContainsFunc([]string{"schemas", "id", "meta", "groups"}, func(n string) bool { return strings.EqualFold(n, name) })
}

// writable reports whether a client may write an attribute, and it is kept. A password is
// not: nobody signs in here.
func writable(a schema.CoreAttribute) bool {
	return a.Mutability() != "readOnly" && a.Mutability() != "writeOnly"
}

func cleanAll(value any, attributes schema.Attributes) (resource, error) {
	body, is := value.(map[string]any)
	if !is {
		return nil, invalidValue("%s must be an object", enterpriseSchema.ID)
	}
	out := resource{}
	for name, v := range body {
		attr, is := attributes.ContainsAttribute(name)
		if !is || v == nil {
			continue
		}
		clean, err := coerce(attr, attr.Name(), v)
		if err != nil {
			return nil, err
		}
		if clean != nil {
			out[attr.Name()] = clean
		}
	}
	return out, nil
}

// coerce brings a value into the type of an attribute. It forgives what Entra ID sends: "False"
// for false, the id of a manager in place of an object, one value in place of a list.
func coerce(attr schema.CoreAttribute, path string, value any) (any, error) {
	if !attr.MultiValued() {
		return coerceOne(attr, path, value)
	}
	list, is := value.([]any)
	if !is {
		list = []any{value}
	}
	all := []any{}
	for _, v := range list {
		one, err := coerceOne(attr, path, v)
		if err != nil {
			return nil, err
		}
		if one != nil {
			all = append(all, one)
		}
	}
	if len(all) == 0 {
		return nil, nil // an empty list is no value (RFC 7643, section 2.5)
	}
	return all, nil
}

func coerceOne(attr schema.CoreAttribute, path string, value any) (any, error) {
	if text, is := value.(string); is && attr.AttributeType() == "boolean" {
		switch strings.ToLower(text) {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
	}
	if attr.HasSubAttributes() {
		return coerceComplex(attr, path, value)
	}
	if value == nil {
		return nil, nil
	}
	v, fault := attr.ValidateSingular(value)
	if fault != nil {
		return nil, invalidValue("%s must be of type %s", path, attr.AttributeType())
	}
	return v, nil
}

func coerceComplex(attr schema.CoreAttribute, path string, value any) (any, error) {
	if text, is := value.(string); is {
		value = map[string]any{"value": text}
	}
	object, is := value.(map[string]any)
	if !is {
		return nil, invalidValue("%s must be an object", path)
	}
	out := map[string]any{}
	for name, v := range object {
		sub, is := attr.SubAttributes().ContainsAttribute(name)
		if !is || v == nil {
			continue
		}
		one, err := coerce(sub, path+"."+sub.Name(), v)
		if err != nil {
			return nil, err
		}
		if one != nil {
			out[sub.Name()] = one
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	return out, nil
}

// values lists the values of an attribute as text: of a complex one those of its value.
func (res resource) values(name string) (all []string) {
	attr, extended, is := attributeOf(name)
	if !is {
		return nil
	}
	from := map[string]any(res)
	if extended {
		from, _ = res[enterpriseSchema.ID].(map[string]any)
	}
	return texts(from[attr.Name()])
}

func texts(value any) (all []string) {
	switch v := value.(type) {
	case nil:
	case []any:
		for _, one := range v {
			all = append(all, texts(one)...)
		}
	case map[string]any:
		all = texts(v["value"])
	case string:
		if v != "" {
			all = []string{v}
		}
	default:
		all = []string{fmt.Sprint(v)}
	}
	return all
}

// text is the value of an attribute that has one at most.
func (res resource) text(name string) string {
	s, _ := res[name].(string)
	return s
}

// wanted leaves out the attributes that a request does not ask for (RFC 7644, section 3.9).
// Id and schemas are always there.
func wanted(r *http.Request, res resource) (resource, error) {
	only, without := names(r, "attributes"), names(r, "excludedAttributes")
	if len(only) > 0 && len(without) > 0 {
		return nil, refusal(http.StatusBadRequest, scimerrors.ScimTypeInvalidValue, "attributes and excludedAttributes exclude each other")
	}
	if len(only) == 0 {
		for _, path := range without {
			res.drop(path)
		}
		return res, nil
	}
	out := resource{"id": res["id"], "schemas": res["schemas"]}
	for _, path := range only {
		out.take(res, path)
	}
	return out, nil
}

// names are the attributes that a parameter lists.
func names(r *http.Request, parameter string) (all []string) {
	for _, text := range r.URL.Query()[parameter] {
		for name := range strings.SplitSeq(text, ",") {
			if name = strings.TrimSpace(name); name != "" {
				all = append(all, name)
			}
		}
	}
	return all
}

// place finds the object and the key that a path such as name.givenName names; nil where
// there is none.
func (res resource) place(path string) (at map[string]any, key string) {
	for _, id := range []string{userSchema.ID, groupSchema.ID} {
		if rest, is := cutPrefixFold(path, id+":"); is {
			path = rest
		}
	}
	at = res
	if rest, is := cutPrefixFold(path, enterpriseSchema.ID+":"); is {
		at, _ = res[enterpriseSchema.ID].(map[string]any)
		path = rest
	} else if strings.EqualFold(path, enterpriseSchema.ID) {
		return at, enterpriseSchema.ID
	}
	name, sub, nested := strings.Cut(path, ".")
	key = keyOf(at, name)
	if !nested {
		return at, key
	}
	object, _ := at[key].(map[string]any)
	return object, keyOf(object, sub)
}

func keyOf(at map[string]any, name string) string {
	for key := range at {
		if strings.EqualFold(key, name) {
			return key
		}
	}
	return name
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

func (res resource) drop(path string) {
	at, key := res.place(path)
	if key != "id" && key != "schemas" {
		delete(at, key)
	}
}

// take copies what a path names; of a complex attribute, and of the extension, all of it.
func (res resource) take(from resource, path string) {
	_, extended := cutPrefixFold(path, enterpriseSchema.ID+":")
	if name, _, nested := strings.Cut(path, "."); nested && !strings.Contains(name, ":") {
		path = name
	}
	at, key := from.place(path)
	if extended {
		at, key = from, enterpriseSchema.ID
	}
	if value, is := at[key]; is {
		res[key] = value
	}
}
