package scim

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/elimity-com/scim/schema"
	filter "github.com/scim2/filter-parser/v2"

	"github.com/grantwright/grantwright/request"
)

// maxFilter bounds the bytes of a filter.
const maxFilter = 4096

// kind is what a filter is about.
type kind struct {
	schema   schema.Schema
	extended bool   // with the enterprise extension
	name     string // the attribute that Enrollment finds by EnrolledQuery.Name
}

var (
	userKind  = kind{userSchema, true, "userName"}
	groupKind = kind{groupSchema, false, "displayName"}
)

// query is a filter that was read: whom the engine finds, and what still has to hold of each.
type query struct {
	kind   kind
	expr   filter.Expression // nil: everybody
	find   request.EnrolledQuery
	single bool // find selects few
}

// filterOf reads the filter of a request.
func (k kind) filterOf(r *http.Request) (query, error) {
	q := query{kind: k}
	text := strings.TrimSpace(r.URL.Query().Get("filter"))
	switch {
	case text == "":
		return q, nil
	case len(text) > maxFilter:
		return q, invalidFilter("the filter has more than %d bytes", maxFilter)
	}
	expr, err := parseFilter(text)
	if err != nil {
		return q, err
	}
	q.expr = expr
	q.narrow(expr)
	return q, q.check(expr)
}

// partOfSelected is how Entra ID asks for a part of selected values, which the grammar of
// filters does not have: emails[type eq "work"].value eq "…".
var partOfSelected = regexp.MustCompile(`^([A-Za-z0-9:.$_-]+)\[([^\[\]()]*)\]\.([A-Za-z]+) +([a-zA-Z]{2}) +("(?:[^"\\]|\\.)*"|[a-z0-9.]+)$`)

// parseFilter reads a filter. The parser panics at some texts that are none.
func parseFilter(text string) (expr filter.Expression, err error) {
	if m := partOfSelected.FindStringSubmatch(text); m != nil && !strings.Contains(strings.ToLower(m[2]), " or ") {
		text = fmt.Sprintf("%s[%s and %s %s %s]", m[1], m[2], m[3], m[4], m[5])
	}
	defer func() {
		if recover() != nil {
			err = invalidFilter("%q is no filter", text)
		}
	}()
	if expr, err = filter.ParseFilter([]byte(text)); err != nil {
		return nil, invalidFilter("%q is no filter: it reads such as userName eq \"eve@example.com\"", text)
	}
	return expr, nil
}

// narrow looks for a part that has to hold in any case, and by which the engine finds few.
func (q *query) narrow(expr filter.Expression) {
	switch e := expr.(type) {
	case *filter.LogicalExpression:
		if e.Operator == filter.AND {
			q.narrow(e.Left)
			q.narrow(e.Right)
		}
	case *filter.ValuePath:
		if inner, is := e.ValueFilter.(*filter.AttributeExpression); is && strings.EqualFold(e.AttributePath.AttributeName, "members") {
			q.narrowTo("members."+inner.AttributePath.AttributeName, inner)
		}
	case *filter.AttributeExpression:
		name := e.AttributePath.AttributeName
		if sub := e.AttributePath.SubAttributeName(); sub != "" {
			name += "." + sub
		}
		q.narrowTo(name, e)
	}
}

func (q *query) narrowTo(name string, e *filter.AttributeExpression) {
	value, is := e.CompareValue.(string)
	name = strings.ToLower(name)
	byMember := name == "members.value" && !q.kind.extended
	if !is || e.Operator != filter.EQ || value == "" || q.single && (!byMember || q.find.Member != "") {
		return
	}
	switch {
	case name == "id":
		q.find.ID = value
	case name == "externalid":
		q.find.ExternalID = value
	case name == strings.ToLower(q.kind.name):
		q.find.Name = value
	case byMember: // in place of another, which is asked of each of these groups
		q.find = request.EnrolledQuery{Member: value}
	default:
		return
	}
	q.single = true
}

// check refuses attributes that there are not, and filters on members that cannot be
// answered without reading those of every group.
func (q query) check(expr filter.Expression) error {
	switch e := expr.(type) {
	case *filter.LogicalExpression:
		if err := q.check(e.Left); err != nil {
			return err
		}
		return q.check(e.Right)
	case *filter.NotExpression:
		return q.check(e.Expression)
	case *filter.ValuePath:
		if inner, is := e.ValueFilter.(*filter.AttributeExpression); is && q.byMember(e.AttributePath.AttributeName, inner.AttributePath.AttributeName, inner) {
			return nil
		}
		attr, _, err := q.kind.attribute(e.AttributePath)
		if err != nil {
			return err
		}
		return checkInner(e.ValueFilter, attr)
	case *filter.AttributeExpression:
		if q.byMember(e.AttributePath.AttributeName, e.AttributePath.SubAttributeName(), e) {
			return nil
		}
		attr, _, err := q.kind.attribute(e.AttributePath)
		if sub := e.AttributePath.SubAttributeName(); err == nil && sub != "" && attr.AttributeType() == "complex" {
			if _, is := attr.SubAttributes().ContainsAttribute(sub); !is {
				err = invalidFilter("%s has no part %s", attr.Name(), sub)
			}
		}
		return err
	}
	return invalidFilter("this kind of filter is not known")
}

// byMember reports whether a part says of which member the groups are asked for.
func (q query) byMember(name, sub string, e *filter.AttributeExpression) bool {
	value, _ := e.CompareValue.(string)
	return q.find.Member != "" && strings.EqualFold(name, "members") && strings.EqualFold(sub, "value") && e.Operator == filter.EQ && value == q.find.Member
}

func checkInner(expr filter.Expression, attr schema.CoreAttribute) error {
	switch e := expr.(type) {
	case *filter.LogicalExpression:
		if err := checkInner(e.Left, attr); err != nil {
			return err
		}
		return checkInner(e.Right, attr)
	case *filter.NotExpression:
		return checkInner(e.Expression, attr)
	case *filter.AttributeExpression:
		if _, is := attr.SubAttributes().ContainsAttribute(e.AttributePath.AttributeName); is {
			return nil
		}
		return invalidFilter("%s has no part %s", attr.Name(), e.AttributePath.AttributeName)
	}
	return invalidFilter("this kind of filter is not known")
}

// exact is a text that is compared with its case.
func exact(name string) schema.CoreAttribute {
	return schema.SimpleCoreAttribute(schema.SimpleStringParams(schema.StringParams{Name: name, CaseExact: true}))
}

// The attributes of every resource (RFC 7643, section 3.1).
var (
	common        = map[string]schema.CoreAttribute{"id": exact("id"), "externalid": exact(externalID)}
	metaAttribute = schema.ComplexCoreAttribute(schema.ComplexParams{Name: "meta", SubAttributes: []schema.SimpleParams{
		schema.SimpleStringParams(schema.StringParams{Name: "resourceType"}),
		schema.SimpleStringParams(schema.StringParams{Name: "created"}),
		schema.SimpleStringParams(schema.StringParams{Name: "lastModified"}),
	}})
)

// attribute finds the attribute of a path. Extended says that it is of the enterprise extension.
func (k kind) attribute(p filter.AttributePath) (attr schema.CoreAttribute, extended bool, err error) {
	name, uri := p.AttributeName, p.URI()
	if a, is := common[strings.ToLower(name)]; is {
		return a, false, nil
	}
	if uri == "" || strings.EqualFold(uri, k.schema.ID) {
		if a, is := k.schema.Attributes.ContainsAttribute(name); is && (k.extended || !strings.EqualFold(name, "members")) {
			return a, false, nil
		}
		if strings.EqualFold(name, "meta") {
			return metaAttribute, false, nil
		}
	}
	if k.extended && (uri == "" || strings.EqualFold(uri, enterpriseSchema.ID)) {
		if a, is := enterpriseSchema.Attributes.ContainsAttribute(name); is {
			return a, true, nil
		}
	}
	if strings.EqualFold(name, "members") {
		return attr, false, invalidFilter("groups are found by one member: members.value eq \"…\", beside other parts with and")
	}
	return attr, false, invalidFilter("there is no attribute %s here", p)
}

// holds reports whether a resource meets the filter.
func (q query) holds(res resource) bool { return q.expr == nil || q.eval(q.expr, res) }

func (q query) eval(expr filter.Expression, res resource) bool {
	switch e := expr.(type) {
	case *filter.LogicalExpression:
		if e.Operator == filter.AND {
			return q.eval(e.Left, res) && q.eval(e.Right, res)
		}
		return q.eval(e.Left, res) || q.eval(e.Right, res)
	case *filter.NotExpression:
		return !q.eval(e.Expression, res)
	case *filter.ValuePath:
		if inner, is := e.ValueFilter.(*filter.AttributeExpression); is && q.byMember(e.AttributePath.AttributeName, inner.AttributePath.AttributeName, inner) {
			return true
		}
		attr, extended, err := q.kind.attribute(e.AttributePath)
		if err != nil {
			return false
		}
		for _, one := range elements(res.at(attr, extended)) {
			if object, is := one.(map[string]any); is && selects(e.ValueFilter, attr, object) {
				return true
			}
		}
		return false
	case *filter.AttributeExpression:
		if q.byMember(e.AttributePath.AttributeName, e.AttributePath.SubAttributeName(), e) {
			return true
		}
		attr, extended, err := q.kind.attribute(e.AttributePath)
		return err == nil && compareAll(e, attr, e.AttributePath.SubAttributeName(), elements(res.at(attr, extended)))
	}
	return false
}

// at is the value of an attribute.
func (res resource) at(attr schema.CoreAttribute, extended bool) any {
	if !extended {
		return res[attr.Name()]
	}
	extension, _ := res[enterpriseSchema.ID].(map[string]any)
	return extension[attr.Name()]
}

func elements(value any) []any {
	switch v := value.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{value}
}

// selects reports whether one value of a complex attribute meets the filter of a path.
func selects(expr filter.Expression, attr schema.CoreAttribute, object map[string]any) bool {
	switch e := expr.(type) {
	case *filter.LogicalExpression:
		if e.Operator == filter.AND {
			return selects(e.Left, attr, object) && selects(e.Right, attr, object)
		}
		return selects(e.Left, attr, object) || selects(e.Right, attr, object)
	case *filter.NotExpression:
		return !selects(e.Expression, attr, object)
	case *filter.AttributeExpression:
		sub, is := attr.SubAttributes().ContainsAttribute(e.AttributePath.AttributeName)
		return is && compareAll(e, sub, "", elements(object[sub.Name()]))
	}
	return false
}

// compareAll reports whether one of some values compares as an expression says. Without a
// part, the value of a complex one counts (RFC 7644, section 3.4.2.2).
func compareAll(e *filter.AttributeExpression, attr schema.CoreAttribute, part string, values []any) bool {
	if attr.HasSubAttributes() {
		sub, is := attr.SubAttributes().ContainsAttribute(cmp.Or(part, "value"))
		var inner []any
		for _, v := range values {
			if object, complex := v.(map[string]any); is && complex {
				inner = append(inner, elements(object[sub.Name()])...)
			}
		}
		attr, values = sub, inner
	}
	switch {
	case e.Operator == filter.PR:
		return len(values) > 0
	case e.CompareValue == nil:
		return (e.Operator == filter.EQ) == (len(values) == 0)
	case e.Operator == filter.NE:
		equal := *e
		equal.Operator = filter.EQ
		return !compareAll(&equal, attr, "", values)
	}
	for _, v := range values {
		if compare(e.Operator, plain(v), plain(e.CompareValue), attr.CaseExact()) {
			return true
		}
	}
	return false
}

// plain is a value as text, numbers and booleans too.
func plain(v any) string {
	if text, is := v.(string); is {
		return text
	}
	return fmt.Sprint(v)
}

func compare(op filter.CompareOperator, have, want string, exact bool) bool {
	order := 0
	a, errA := strconv.ParseFloat(have, 64)
	b, errB := strconv.ParseFloat(want, 64)
	if !exact {
		have, want = strings.ToLower(have), strings.ToLower(want)
	}
	if order = strings.Compare(have, want); errA == nil && errB == nil {
		order = cmp.Compare(a, b)
	}
	switch op {
	case filter.EQ:
		return have == want
	case filter.CO:
		return strings.Contains(have, want)
	case filter.SW:
		return strings.HasPrefix(have, want)
	case filter.EW:
		return strings.HasSuffix(have, want)
	case filter.GT:
		return order > 0
	case filter.GE:
		return order >= 0
	case filter.LT:
		return order < 0
	case filter.LE:
		return order <= 0
	}
	return false
}
