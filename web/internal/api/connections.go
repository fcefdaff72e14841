package api

import (
	"context"
	"net/http"
	"time"

	"github.com/grantwright/grantwright/catalog"
	"github.com/grantwright/grantwright/provision"
	"github.com/grantwright/grantwright/request"
	"github.com/grantwright/grantwright/store"
	"github.com/grantwright/grantwright/web/internal/conditional"
	"github.com/grantwright/grantwright/web/internal/once"
	"github.com/grantwright/grantwright/web/internal/site"
)

// Connection is a connection, with a reference to its secret.
type Connection struct {
	Name       string     `json:"name"`
	Technology string     `json:"technology"`
	Host       string     `json:"host,omitempty"`
	URL        string     `json:"url,omitempty"`
	Secret     string     `json:"secret,omitempty" doc:"A reference to the password, never the password"`
	Principals Principals `json:"principals"`
	Scope      Scope      `json:"scope"`
	SyncEvery  string     `json:"syncEvery,omitempty" example:"15m"`
	Assist     string     `json:"assist,omitempty" enum:"PRECEDENT,OFF" doc:"How data stewards are advised; missing for whatever the host has set up"`
	Registered time.Time  `json:"registered"`
	Version    int64      `json:"version,omitempty" doc:"How often it was changed; in a list it is missing"`
	Trouble    *Trouble   `json:"trouble,omitempty" doc:"Another platform answers than the one that the records know, or an older copy of it. Nothing is given or taken there meanwhile"`
}

// Trouble says what is wrong with the platform that answers to a connection.
type Trouble struct {
	Why   string    `json:"why"`
	Since time.Time `json:"since"`
}

// ConnectionBody registers a connection.
type ConnectionBody struct {
	Technology string     `json:"technology" doc:"Which platform opens it" example:"postgres"`
	Host       string     `json:"host,omitempty" doc:"The name that catalogs know the platform by" example:"dwh.example.com"`
	URL        string     `json:"url,omitempty" doc:"Where the platform is and who we are there, without a password"`
	Secret     string     `json:"secret,omitempty" doc:"A reference to the password: env:NAME or file:/path" example:"env:WAREHOUSE_PASSWORD"`
	Principals Principals `json:"principals,omitempty"`
	Scope      Scope      `json:"scope,omitempty" doc:"Which of its objects are assets; all of them if it is missing. Takes effect with the next sync"`
	SyncEvery  string     `json:"syncEvery,omitempty" doc:"The time between two periodic syncs, as Go writes durations; without it, on demand only" example:"15m"`

	Assist string `json:"assist,omitempty" enum:"PRECEDENT,OFF" doc:"How data stewards are advised: by earlier determinations alone, or not at all; by whatever the host has set up if it is missing"`

	Version    int64     `json:"version,omitempty" minimum:"0" doc:"As GET returns it: what it is based on. If nothing differs from that version, nothing is changed"`
	Name       string    `json:"name,omitempty" doc:"As GET returns it: the name in the path"`
	Registered time.Time `json:"registered,omitzero" doc:"As GET returns it: not read"`
	Trouble    *Trouble  `json:"trouble,omitempty" doc:"As GET returns it: not read"`
}

// Principals map people to their names on the platform.
type Principals struct {
	Table      map[string]string `json:"table,omitempty" doc:"The platform's name for a person, by the person's id"`
	Expression string            `json:"expression,omitempty" doc:"CEL over person with a string result, for whoever is not in the table" example:"person.attributes.login[0]"`
	Kinds      []string          `json:"kinds,omitempty" nullable:"false" enum:"PERSON,GROUP,SERVICE" doc:"What may be given access; people alone if it is missing"`
}

// Scope says which of the objects of a platform are assets.
type Scope struct {
	Include []string `json:"include,omitempty" nullable:"false" maxItems:"200" doc:"Databases, schemas or tables that are assets with everything below them, and nothing else; * in a name is any characters" example:"[\"sales\",\"crm.public\"]"`
	Exclude []string `json:"exclude,omitempty" nullable:"false" maxItems:"200" doc:"What is no asset, whatever is included" example:"[\"*.tmp_*\"]"`
}

// Synced counts the changes of one sync.
type Synced struct {
	Added   int      `json:"added"`
	Changed int      `json:"changed"`
	Same    int      `json:"same"`
	Gone    int      `json:"gone"`
	Unread  []Unread `json:"unread" nullable:"false" doc:"Parts that could not be read, and stay as they were"`
}

// Unread is a part that a sync could not read.
type Unread struct {
	Ref   catalog.Ref `json:"ref"`
	Error string      `json:"error"`
}

// ConnectionNamed is a route about one connection.
type ConnectionNamed struct {
	Name string `path:"name" example:"warehouse"`
}

func (s *server) routeConnections() {
	serve(s, http.MethodGet, "/connections", "list-connections", "List the connections", s.connections, described("Takes ADMIN, GOVERNANCE or AUDIT."))
	serve(s, http.MethodGet, "/connections/{name}", "connection", "One connection", s.connection, described("Takes ADMIN, GOVERNANCE or AUDIT."), edited)
	serve(s, http.MethodPut, "/connections/{name}", "register-connection", "Register a connection, or change the one of that name", s.register, described("Takes ADMIN. The platform is not touched; a sync reads it."), s.takesTwo)
	serve(s, http.MethodPost, "/connections/{name}/sync", "sync-connection", "Read what the platform holds", s.sync, described("Takes ADMIN. Answers when it is done."), once.Reads)
	serve(s, http.MethodPost, "/connections/{name}/reconcile", "reconcile-connection", "Compare what stands on the platform with what should, and mend what may be", s.reconcile,
		described("Takes ADMIN or GOVERNANCE; maxRemovals and adopt take GOVERNANCE. It is done by itself now and then. With dryRun nothing is changed. Answers when it is done."), once.Reads)
	serve(s, http.MethodPost, "/connections/{name}/recognize", "recognize-platform", "Say that the platform that answers is the same as before: it was upgraded, moved or restored", s.recognize,
		described("Takes GOVERNANCE. It is refused with 409 unless the platform bears our mark, and our roles and the objects of the grants stand there under their own ids."), s.takesTwo)
	serve(s, http.MethodPost, "/connections/{name}/principals/release", "release-principal", "Let go of a principal, so that it can be someone else's", s.releasePrincipal,
		described("Takes ADMIN. It is refused with 409 while whoever has it has an open request or a live grant there."), s.takesTwo)
	serve(s, http.MethodPost, "/connections/{name}/principals/relink", "relink-principal", "Link a principal to the id that its person has now, with their open requests and live grants there", s.relinkPrincipal,
		described("Takes ADMIN, for when the identity provider has issued ids anew. It is refused with 409 unless the connection maps the new id to the principal, and where somebody is disabled under one of the ids."), s.takesTwo)
	serve(s, http.MethodGet, "/connections/{name}/setup", "connection-setup", "The statements by which an administrator of the platform gives us the least privilege that we need", s.setup, s.setupForms,
		described("Takes ADMIN. `Accept: application/sql` answers with a script for psql, or for the mariadb client. What databases and principals are called stands quoted in it."))
}

func (s *server) connections(ctx context.Context, by request.Identity, in *Paged) (*listed[Connection], error) {
	after, err := site.ParseCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	limit := site.PageSize(in.Limit)
	found, err := s.Engine.Connections().All(ctx, by, after.ID, limit)
	if err != nil {
		return nil, err
	}
	troubles, err := s.Engine.Connections().Estranged(ctx, by)
	if err != nil {
		return nil, err
	}
	var all []Connection
	for _, c := range found {
		all = append(all, connectionOf(c, troubles))
	}
	next := ""
	if len(found) == limit {
		next = site.FormatCursor(store.Position{ID: found[limit-1].Name})
	}
	return list(all, next), nil
}

func (s *server) connection(ctx context.Context, by request.Identity, in *ConnectionNamed) (*shown[Connection], error) {
	c, err := s.Engine.Connections().Connection(ctx, by, in.Name)
	if err != nil {
		return nil, err
	}
	troubles, err := s.Engine.Connections().Estranged(ctx, by)
	tag(ctx, int(c.Version))
	return &shown[Connection]{connectionOf(c, troubles)}, err
}

func connectionOf(c catalog.Connection, troubles []provision.Estrangement) Connection {
	out := Connection{Name: c.Name, Technology: c.Technology, Host: c.Host, URL: c.URL, Secret: c.Secret,
		Principals: Principals(c.Principals), Scope: Scope(c.Scope), Assist: string(c.Assist), Registered: c.Registered, Version: c.Version}
	for _, t := range troubles {
		if t.Connection == c.Name {
			out.Trouble = &Trouble{t.Why, t.Since}
		}
	}
	if c.SyncEvery != 0 {
		out.SyncEvery = c.SyncEvery.String()
	}
	return out
}

func (s *server) recognize(ctx context.Context, by request.Identity, in *ConnectionStop) (*struct{}, error) {
	return nil, s.Engine.Connections().Recognize(ctx, by, in.Name, in.Body.Reason)
}

// PrincipalBody names a principal.
type PrincipalBody struct {
	Principal string `json:"principal" example:"eve"`
}

// RelinkBody links a principal to another id.
type RelinkBody struct {
	Principal string           `json:"principal" example:"eve"`
	Person    request.PersonID `json:"person" doc:"The id that the person has now" example:"https://id.example.com|4711"`
	Reason    string           `json:"reason,omitempty" doc:"Recorded in the log"`
}

func (s *server) releasePrincipal(ctx context.Context, by request.Identity, in *struct {
	ConnectionNamed
	Body PrincipalBody
}) (*struct{}, error) {
	return nil, s.Engine.Connections().Release(ctx, by, in.Name, in.Body.Principal)
}

func (s *server) relinkPrincipal(ctx context.Context, by request.Identity, in *struct {
	ConnectionNamed
	Body RelinkBody
}) (*struct{}, error) {
	return nil, s.Engine.Connections().Relink(ctx, by, in.Name, in.Body.Principal, in.Body.Person, in.Body.Reason)
}

func (s *server) register(ctx context.Context, by request.Identity, in *struct {
	ConnectionNamed
	conditional.Change
	Body ConnectionBody
}) (*struct{}, error) {
	if in.Body.Name != "" && in.Body.Name != in.Name {
		return nil, site.Invalid("connection", "name", "must be that of the path")
	}
	based, err := s.connectionBased(ctx, by, in.Name, in.Change, in.Body.Version)
	if err != nil {
		return nil, err
	}
	c := catalog.Connection{Version: based, Name: in.Name, Technology: in.Body.Technology, Host: in.Body.Host, URL: in.Body.URL, Secret: in.Body.Secret,
		Principals: catalog.Principals(in.Body.Principals), Scope: catalog.Scope(in.Body.Scope)}
	c.Assist = catalog.Assist(in.Body.Assist)
	if in.Body.SyncEvery != "" {
		every, err := time.ParseDuration(in.Body.SyncEvery)
		if err != nil {
			return nil, site.Invalid("connection", "syncEvery", `must be a duration such as "15m" or "1h30m"`)
		}
		c.SyncEvery = every
	}
	return nil, s.Engine.Connections().Register(ctx, by, c)
}

// connectionBased is the version that a change of a connection is based on.
func (s *server) connectionBased(ctx context.Context, by request.Identity, name string, c conditional.Change, inBody int64) (int64, error) {
	based, err := c.Based(int(inBody))
	if err != nil || based != conditional.AnyVersion {
		return based, err
	}
	was, err := s.Engine.Connections().Connection(ctx, by, name)
	if err != nil && site.ProblemOf(err).Status == http.StatusNotFound {
		return 0, conditional.Stale("If-Match wants that it is there, and it is not.", 0)
	}
	return was.Version, err
}

func (s *server) sync(ctx context.Context, by request.Identity, in *struct {
	ConnectionNamed
	Root string `query:"root" maxLength:"512" doc:"Read only what is at and below this asset" example:"warehouse:sales"`
}) (*shown[Synced], error) {
	root := catalog.Ref(in.Name)
	if in.Root != "" {
		root = catalog.Ref(in.Root)
	}
	if !catalog.Ref(in.Name).Covers(root) {
		return nil, &site.Problem{Status: http.StatusUnprocessableEntity, Code: "INVALID", Detail: "The root is not on this connection.",
			Errors: []site.Fault{{Parameter: "root", Detail: "must begin with " + in.Name + ":"}}}
	}
	synced, err := s.Engine.Sync(ctx, by, root)
	if err != nil {
		return nil, err
	}
	out := Synced{Added: synced.Added, Changed: synced.Changed, Same: synced.Same, Gone: synced.Gone, Unread: []Unread{}}
	for _, part := range synced.Unread {
		out.Unread = append(out.Unread, Unread{part.Ref, part.Err.Error()})
	}
	return &shown[Synced]{out}, nil
}
