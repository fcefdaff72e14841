package scim

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/grantwright/grantwright/request"
)

func (h *handler) routeUsers() {
	h.route("GET /Users", h.listUsers)
	h.route("POST /Users", h.createUser)
	h.route("GET /Users/{id}", h.showUser)
	h.route("PUT /Users/{id}", h.replaceUser)
	h.route("PATCH /Users/{id}", h.patchUser)
	h.route("DELETE /Users/{id}", h.removeUser)
}

func (h *handler) listUsers(r *http.Request) (reply, error) {
	q, err := userKind.filterOf(r)
	if err != nil {
		return reply{}, err
	}
	p, err := pageOf(r)
	if err != nil {
		return reply{}, err
	}
	each := func(f func(request.Enrollee) (bool, error)) error {
		return pages(f, func(after request.PersonID) ([]request.Enrollee, error) {
			q.find.After = after
			return h.enrollment.Users(r.Context(), q.find)
		}, func(e request.Enrollee) request.PersonID { return e.Identity.Person() })
	}
	show := func(e request.Enrollee) (resource, error) {
		res, err := h.userResource(e)
		if err != nil {
			return nil, err
		}
		return wanted(r, res)
	}
	out, err := listed(p, each, show, func(e request.Enrollee) (bool, error) {
		if q.expr == nil {
			return true, nil
		}
		res, err := h.userResource(e)
		return err == nil && q.holds(res), err
	})
	return reply{body: out}, err
}

// pages calls f with all of a list, page by page, until it says that it is enough.
func pages[T any](f func(T) (bool, error), next func(after request.PersonID) ([]T, error), id func(T) request.PersonID) error {
	for after := request.PersonID(""); ; {
		page, err := next(after)
		if err != nil {
			return err
		}
		for _, one := range page {
			after = id(one)
			if more, err := f(one); err != nil || !more {
				return err
			}
		}
		if len(page) < fullPage {
			return nil
		}
	}
}

// fullPage is how many the engine lists at a time.
const fullPage = 500

func (h *handler) showUser(r *http.Request) (reply, error) {
	found, err := h.enrollment.Users(r.Context(), request.EnrolledQuery{ID: r.PathValue("id")})
	if err != nil {
		return reply{}, err
	}
	if len(found) == 0 {
		return reply{}, noUser()
	}
	return h.user(r, found[0], 0)
}

func noUser() error { return refusal(http.StatusNotFound, "", "there is no user with this id") }

// user answers with a user.
func (h *handler) user(r *http.Request, e request.Enrollee, status int) (reply, error) {
	res, err := h.userResource(e)
	if err != nil {
		return reply{}, err
	}
	res, err = wanted(r, res)
	return reply{status: status, body: res, etag: etag(e.Version), location: h.options.URL + "/Users/" + e.ID}, err
}

func (h *handler) createUser(r *http.Request) (reply, error) {
	res, err := readResource(r)
	if err != nil {
		return reply{}, err
	}
	var e request.Enrollee
	if err := h.read(res, &e); err != nil {
		return reply{}, err
	}
	if e, err = h.enrollment.Enroll(r.Context(), e); err != nil {
		return reply{}, err
	}
	return h.user(r, e, http.StatusCreated)
}

func readResource(r *http.Request) (resource, error) {
	var body map[string]any
	if err := readBody(r, &body); err != nil {
		return nil, err
	}
	return clean(body)
}

func (h *handler) replaceUser(r *http.Request) (reply, error) {
	res, err := readResource(r)
	if err != nil {
		return reply{}, err
	}
	e, err := h.enrollment.Edit(r.Context(), r.PathValue("id"), func(e *request.Enrollee) error {
		if err := unchanged(r, e.Version); err != nil {
			return err
		}
		return h.read(res, e)
	})
	if err != nil {
		return reply{}, err
	}
	return h.user(r, e, 0)
}

func (h *handler) patchUser(r *http.Request) (reply, error) {
	operations, err := readPatch(r)
	if err != nil {
		return reply{}, err
	}
	e, err := h.enrollment.Edit(r.Context(), r.PathValue("id"), func(e *request.Enrollee) error {
		if err := unchanged(r, e.Version); err != nil {
			return err
		}
		res, err := stored(*e)
		if err != nil {
			return err
		}
		for _, op := range operations {
			if err := res.patch(op); err != nil {
				return err
			}
		}
		return h.read(res, e)
	})
	if err != nil {
		return reply{}, err
	}
	return h.user(r, e, 0)
}

func (h *handler) removeUser(r *http.Request) (reply, error) {
	return reply{}, h.enrollment.Remove(r.Context(), r.PathValue("id"), func(e request.Enrollee) error { return unchanged(r, e.Version) })
}

// stored are the attributes of a user as they are kept.
func stored(e request.Enrollee) (resource, error) {
	res := resource{}
	err := json.Unmarshal(e.Resource, &res)
	res["active"] = !e.Inactive
	return res, err
}

// userResource is a user as the provider sees it.
func (h *handler) userResource(e request.Enrollee) (resource, error) {
	res, err := stored(e)
	res["schemas"] = []string{userSchema.ID}
	if res[enterpriseSchema.ID] != nil {
		res["schemas"] = []string{userSchema.ID, enterpriseSchema.ID}
	}
	res["id"] = e.ID
	res["meta"] = h.meta("User", e.ID, e.Created, e.Changed, e.Version)
	return res, err
}

func (h *handler) meta(kind, id string, created, changed time.Time, version int) map[string]any {
	return map[string]any{"resourceType": kind, "location": h.options.URL + "/" + kind + "s/" + id, "version": etag(version),
		"created": created.UTC().Format(time.RFC3339Nano), "lastModified": changed.UTC().Format(time.RFC3339Nano)}
}

// read makes a person of the engine of a user's attributes. Whether somebody is active stays
// as it was where nothing is said of it.
func (h *handler) read(res resource, e *request.Enrollee) error {
	e.UserName, e.ExternalID, e.Manager = res.text("userName"), res.text(externalID), ""
	if strings.TrimSpace(e.UserName) == "" {
		return invalidValue("userName is missing")
	}
	if active, said := res["active"].(bool); said {
		e.Inactive = !active
	}
	delete(res, "active")
	if extension, is := res[enterpriseSchema.ID].(map[string]any); is {
		manager, _ := extension["manager"].(map[string]any)
		e.Manager, _ = manager["value"].(string)
	}
	e.Identity = h.identity(res, *e)
	if e.Identity.ID == "" && h.options.ID != ByID {
		return invalidValue("%s is missing: it is the id by which the person is known here", cmp.Or(h.options.ID, ByExternalID))
	}
	text, err := json.Marshal(res)
	if err == nil && len(text) > maxUser {
		err = invalidValue("the attributes of a user have %d bytes, at most %d are allowed", len(text), maxUser)
	}
	e.Resource = text
	return err
}

// maxUser bounds the bytes of all attributes of a user.
const maxUser = 64 << 10

// identity is who a user is to the engine. The id of one that is not kept yet is empty where
// it is ours to give.
func (h *handler) identity(res resource, e request.Enrollee) request.Identity {
	who := request.Identity{Issuer: h.options.Issuer, ID: h.options.personID(e), Name: nameOf(res), Email: emailOf(res), Attributes: map[string][]string{}}
	for name, from := range h.options.Attributes {
		if values := res.values(from); len(values) > 0 {
			who.Attributes[name] = values
		}
	}
	return who
}

func nameOf(res resource) string {
	name, _ := res["name"].(map[string]any)
	part := func(key string) string { s, _ := name[key].(string); return s }
	full := strings.TrimSpace(part("givenName") + " " + part("familyName"))
	return cmp.Or(res.text("displayName"), part("formatted"), full, res.text("userName"))
}

// emailOf is the primary address, or else the one for work, or else any.
func emailOf(res resource) string {
	all := objectsOf(res["emails"])
	for _, fits := range []func(map[string]any) bool{
		func(o map[string]any) bool { return o["primary"] == true },
		func(o map[string]any) bool { return o["type"] == "work" },
		func(map[string]any) bool { return true },
	} {
		if i := slices.IndexFunc(all, fits); i >= 0 {
			text, _ := all[i]["value"].(string)
			return text
		}
	}
	return ""
}
