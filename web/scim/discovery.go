package scim

import (
	"net/http"
	"slices"

	"github.com/elimity-com/scim/schema"
)

// The endpoints by which a client learns what there is (RFC 7644, section 4).
func (h *handler) routeDiscovery() {
	h.route("GET /ServiceProviderConfig", h.config)
	h.route("GET /ResourceTypes", func(*http.Request) (reply, error) { return whole(h.resourceTypes()), nil })
	h.route("GET /ResourceTypes/{id}", func(r *http.Request) (reply, error) { return named(r, h.resourceTypes()) })
	h.route("GET /Schemas", func(*http.Request) (reply, error) { return whole(h.schemas()), nil })
	h.route("GET /Schemas/{id}", func(r *http.Request) (reply, error) { return named(r, h.schemas()) })
}

func (h *handler) config(*http.Request) (reply, error) {
	supported := func(yes bool) map[string]any { return map[string]any{"supported": yes} }
	return reply{body: resource{
		"schemas":        []string{"urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"},
		"patch":          supported(true),
		"bulk":           map[string]any{"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
		"filter":         map[string]any{"supported": true, "maxResults": maxCount},
		"changePassword": supported(false),
		"sort":           supported(false),
		"etag":           supported(true),
		"authenticationSchemes": []any{map[string]any{"type": "oauthbearertoken", "name": "Bearer token", "primary": true,
			"description": "A token in the header Authorization (RFC 6750)", "specUri": "https://www.rfc-editor.org/info/rfc6750"}},
		"meta": map[string]any{"resourceType": "ServiceProviderConfig", "location": h.options.URL + "/ServiceProviderConfig"},
	}}, nil
}

func (h *handler) resourceTypes() []resource {
	of := func(name, endpoint, description string, s schema.Schema, extensions ...any) resource {
		return resource{"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:ResourceType"}, "id": name, "name": name, "endpoint": endpoint,
			"description": description, "schema": s.ID, "schemaExtensions": append([]any{}, extensions...),
			"meta": map[string]any{"resourceType": "ResourceType", "location": h.options.URL + "/ResourceTypes/" + name}}
	}
	return []resource{
		of("User", "/Users", "People", userSchema, map[string]any{"schema": enterpriseSchema.ID, "required": false}),
		of("Group", "/Groups", "Groups of people", groupSchema),
	}
}

func (h *handler) schemas() []resource {
	var all []resource
	for _, s := range []schema.Schema{userSchema, groupSchema, enterpriseSchema} {
		res := resource(s.ToMap())
		res["schemas"] = []string{"urn:ietf:params:scim:schemas:core:2.0:Schema"}
		res["meta"] = map[string]any{"resourceType": "Schema", "location": h.options.URL + "/Schemas/" + s.ID}
		all = append(all, res)
	}
	return all
}

// whole answers with all of a short list.
func whole(all []resource) reply {
	return reply{body: list{Schemas: []string{"urn:ietf:params:scim:api:messages:2.0:ListResponse"}, TotalResults: len(all), StartIndex: 1, ItemsPerPage: len(all), Resources: all}}
}

func named(r *http.Request, all []resource) (reply, error) {
	i := slices.IndexFunc(all, func(res resource) bool { return res["id"] == r.PathValue("id") })
	if i < 0 {
		return reply{}, refusal(http.StatusNotFound, "", "there is nothing with this id")
	}
	return reply{body: all[i]}, nil
}
