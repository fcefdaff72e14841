package scim

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	scimerrors "github.com/elimity-com/scim/errors"
	filter "github.com/scim2/filter-parser/v2"

	"github.com/grantwright/grantwright/request"
)

func (h *handler) routeGroups() {
	h.route("GET /Groups", h.listGroups)
	h.route("POST /Groups", h.createGroup)
	h.route("GET /Groups/{id}", h.showGroup)
	h.route("PUT /Groups/{id}", h.replaceGroup)
	h.route("PATCH /Groups/{id}", h.patchGroup)
	h.route("DELETE /Groups/{id}", h.removeGroup)
}

func (h *handler) listGroups(r *http.Request) (reply, error) {
	q, err := groupKind.filterOf(r)
	if err != nil {
		return reply{}, err
	}
	p, err := pageOf(r)
	if err != nil {
		return reply{}, err
	}
	each := func(f func(request.EnrolledGroup) (bool, error)) error {
		return pages(f, func(after request.PersonID) ([]request.EnrolledGroup, error) {
			q.find.After = after
			return h.enrollment.Groups(r.Context(), q.find)
		}, request.EnrolledGroup.Person)
	}
	out, err := listed(p, each, func(g request.EnrolledGroup) (resource, error) { return h.group(r, g) },
		func(g request.EnrolledGroup) (bool, error) { return q.holds(h.groupResource(g)), nil })
	return reply{body: out}, err
}

// groupResource is a group without its members.
func (h *handler) groupResource(g request.EnrolledGroup) resource {
	res := resource{"schemas": []string{groupSchema.ID}, "id": g.ID, "displayName": g.Name,
		"meta": h.meta("Group", g.ID, g.Created, g.Changed, g.Version)}
	if g.ExternalID != "" {
		res[externalID] = g.ExternalID
	}
	return res
}

// group is a group as a request asks for it: its members are read only where it does.
func (h *handler) group(r *http.Request, g request.EnrolledGroup) (resource, error) {
	res := h.groupResource(g)
	if asksForMembers(r) {
		members, err := h.members(r, g)
		if err != nil {
			return nil, err
		}
		if len(members) > 0 {
			res["members"] = members
		}
	}
	return wanted(r, res)
}

func asksForMembers(r *http.Request) bool {
	is := func(name string) bool {
		name, _ = cutPrefixFold(name, groupSchema.ID+":")
		return strings.EqualFold(name, "members") || strings.HasPrefix(strings.ToLower(name), "members.")
	}
	if only := names(r, "attributes"); len(only) > 0 {
		return slices.ContainsFunc(only, is)
	}
	return !slices.ContainsFunc(names(r, "excludedAttributes"), func(n string) bool { return is(n) && !strings.Contains(n, "members.") })
}

func (h *handler) members(r *http.Request, g request.EnrolledGroup) (all []any, err error) {
	for after := ""; ; {
		page, err := h.enrollment.Members(r.Context(), g.ID, after, fullPage)
		if err != nil {
			return nil, err
		}
		for _, m := range page {
			kind := "User"
			if m.Group {
				kind = "Group"
			}
			after = m.ID
			all = append(all, map[string]any{"value": m.ID, "type": kind, "$ref": h.options.URL + "/" + kind + "s/" + m.ID})
		}
		if len(page) < fullPage {
			return all, nil
		}
	}
}

func (h *handler) showGroup(r *http.Request) (reply, error) {
	found, err := h.enrollment.Groups(r.Context(), request.EnrolledQuery{ID: r.PathValue("id")})
	if err != nil {
		return reply{}, err
	}
	if len(found) == 0 {
		return reply{}, refusal(http.StatusNotFound, "", "there is no group with this id")
	}
	return h.answerGroup(r, found[0], 0)
}

func (h *handler) answerGroup(r *http.Request, g request.EnrolledGroup, status int) (reply, error) {
	res, err := h.group(r, g)
	return reply{status: status, body: res, etag: etag(g.Version), location: h.options.URL + "/Groups/" + g.ID}, err
}

// groupBody is a group as a client writes it.
type groupBody struct {
	DisplayName string   `json:"displayName"`
	ExternalID  string   `json:"externalId"`
	Members     []member `json:"members"`
}

type member struct {
	Value string `json:"value"`
}

func readGroup(r *http.Request) (groupBody, []string, error) {
	var body groupBody
	if err := readBody(r, &body); err != nil {
		return body, nil, err
	}
	ids := make([]string, len(body.Members))
	for i, m := range body.Members {
		if ids[i] = m.Value; m.Value == "" {
			return body, nil, invalidValue("members[%d].value is missing", i)
		}
	}
	return body, ids, nil
}

func (h *handler) createGroup(r *http.Request) (reply, error) {
	body, members, err := readGroup(r)
	if err != nil {
		return reply{}, err
	}
	g := request.EnrolledGroup{Key: body.DisplayName, Name: body.DisplayName, ExternalID: body.ExternalID}
	switch h.options.GroupKey {
	case ByID:
		g.Key = ""
	case ByExternalID:
		if g.Key = body.ExternalID; g.Key == "" {
			return reply{}, invalidValue("externalId is missing: flows and grants name the group by it")
		}
	}
	if strings.TrimSpace(g.Name) == "" {
		return reply{}, invalidValue("displayName is missing")
	}
	if g, err = h.enrollment.EnrollGroup(r.Context(), g, members); err != nil {
		return reply{}, err
	}
	return h.answerGroup(r, g, http.StatusCreated)
}

func (h *handler) replaceGroup(r *http.Request) (reply, error) {
	body, members, err := readGroup(r)
	if err != nil {
		return reply{}, err
	}
	g, err := h.enrollment.EditGroup(r.Context(), r.PathValue("id"), func(g *request.EnrolledGroup) (request.Membership, error) {
		if err := unchanged(r, g.Version); err != nil {
			return request.Membership{}, err
		}
		if err := h.sameKey(*g, body.ExternalID); err != nil {
			return request.Membership{}, err
		}
		g.Name, g.ExternalID = body.DisplayName, body.ExternalID
		return request.Membership{Reset: true, Add: members}, nil
	})
	if err != nil {
		return reply{}, err
	}
	return h.answerGroup(r, g, 0)
}

// sameKey refuses another external id where that is the key of a group.
func (h *handler) sameKey(g request.EnrolledGroup, now string) error {
	if h.options.GroupKey == ByExternalID && now != g.Key {
		return refusal(http.StatusBadRequest, scimerrors.ScimTypeMutability, "externalId is the key by which flows and grants name the group, and cannot be changed")
	}
	return nil
}

// patchGroup changes a group. It answers without the group, whose members may be many (RFC
// 7644, section 3.5.2).
func (h *handler) patchGroup(r *http.Request) (reply, error) {
	operations, err := readPatch(r)
	if err != nil {
		return reply{}, err
	}
	_, err = h.enrollment.EditGroup(r.Context(), r.PathValue("id"), func(g *request.EnrolledGroup) (request.Membership, error) {
		if err := unchanged(r, g.Version); err != nil {
			return request.Membership{}, err
		}
		p := groupPatch{group: g, in: map[string]bool{}}
		for _, op := range operations {
			if err := p.patch(op); err != nil {
				return request.Membership{}, err
			}
		}
		return p.membership(), h.sameKey(*g, g.ExternalID)
	})
	return reply{}, err
}

func (h *handler) removeGroup(r *http.Request) (reply, error) {
	return reply{}, h.enrollment.RemoveGroup(r.Context(), r.PathValue("id"), func(g request.EnrolledGroup) error { return unchanged(r, g.Version) })
}

// groupPatch collects what the operations of a PATCH say of a group.
type groupPatch struct {
	group *request.EnrolledGroup
	reset bool            // nobody stays in it of whom nothing is said
	in    map[string]bool // who is in it, and who is not any more
}

func (p *groupPatch) membership() request.Membership {
	m := request.Membership{Reset: p.reset}
	for _, id := range slices.Sorted(maps.Keys(p.in)) {
		if p.in[id] {
			m.Add = append(m.Add, id)
		} else if !p.reset {
			m.Remove = append(m.Remove, id)
		}
	}
	return m
}

func (p *groupPatch) patch(op operation) error {
	if op.Path != "" {
		return p.patchAt(op)
	}
	values, is := op.Value.(map[string]any)
	if !is {
		return invalidValue("an operation without a path must have an object for a value")
	}
	for _, name := range sortedKeys(values) {
		if isCommon(name) { // Okta sends the id along
			continue
		}
		if err := p.patchAt(operation{Op: op.Op, Path: name, Value: values[name]}); err != nil {
			return err
		}
	}
	return nil
}

func (p *groupPatch) patchAt(op operation) error {
	at, err := parsePath(op.Path)
	if err != nil {
		return err
	}
	uri := at.AttributePath.URI()
	switch name := strings.ToLower(at.AttributePath.AttributeName); {
	case uri != "" && !strings.EqualFold(uri, groupSchema.ID):
		return invalidPath("there is no attribute %s of a group", at.AttributePath)
	case name == "members":
		return p.patchMembers(op, at)
	case name == "displayname" && at.ValueExpression == nil:
		text, is := op.Value.(string)
		if op.Op == "remove" || !is {
			return invalidValue("displayName must be text")
		}
		p.group.Name = text
	case name == "externalid" && at.ValueExpression == nil:
		text, is := op.Value.(string)
		if !is && op.Op != "remove" {
			return invalidValue("externalId must be text")
		}
		p.group.ExternalID = text
	case isCommon(name):
		return refusal(http.StatusBadRequest, scimerrors.ScimTypeMutability, "%s is not for a client to write", at.AttributePath)
	default:
		return invalidPath("there is no attribute %s of a group", at.AttributePath)
	}
	return nil
}

// patchMembers adds, replaces or removes members: by a list of them, or by a filter on their
// value.
func (p *groupPatch) patchMembers(op operation, at filter.Path) error {
	if at.SubAttributeName() != "" || at.AttributePath.SubAttributeName() != "" {
		return refusal(http.StatusBadRequest, scimerrors.ScimTypeMutability, "members come and go whole: no part of one can be changed")
	}
	if at.ValueExpression != nil {
		ids, err := selectedMembers(at.ValueExpression)
		if err != nil {
			return err
		}
		if op.Op != "remove" {
			return refusal(http.StatusBadRequest, scimerrors.ScimTypeMutability, "members come and go whole: %s can only be removed", op.Path)
		}
		p.say(ids, false)
		return nil
	}
	ids, err := membersIn(op.Value)
	switch {
	case err != nil:
		return err
	case op.Op == "remove" && op.Value != nil:
		p.say(ids, false)
		return nil
	case op.Op == "remove" || op.Op == "replace":
		p.reset, p.in = true, map[string]bool{}
	}
	p.say(ids, true)
	return nil
}

func (p *groupPatch) say(ids []string, in bool) {
	for _, id := range ids {
		p.in[id] = in
	}
}

// selectedMembers are the ids that a filter such as value eq "…" names, several with or.
func selectedMembers(expr filter.Expression) ([]string, error) {
	switch e := expr.(type) {
	case *filter.AttributeExpression:
		if id, is := e.CompareValue.(string); is && e.Operator == filter.EQ && strings.EqualFold(e.AttributePath.AttributeName, "value") {
			return []string{id}, nil
		}
	case *filter.LogicalExpression:
		if e.Operator == filter.OR {
			left, err := selectedMembers(e.Left)
			if err != nil {
				return nil, err
			}
			right, err := selectedMembers(e.Right)
			return append(left, right...), err
		}
	}
	return nil, invalidFilter("members are selected by their value: members[value eq \"…\"]")
}

// membersIn are the ids in the value of an operation: of one member, or of a list.
func membersIn(value any) ([]string, error) {
	var ids []string
	for _, one := range elements(value) {
		if text, is := one.(string); is {
			one = map[string]any{"value": text}
		}
		object, is := one.(map[string]any)
		id, _ := object[keyOf(object, "value")].(string)
		if !is || id == "" {
			return nil, invalidValue("a member must be an object with a value, the id of a user or of a group")
		}
		ids = append(ids, id)
	}
	return ids, nil
}
