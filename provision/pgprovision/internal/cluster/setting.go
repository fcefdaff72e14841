package cluster

// Setting is a transaction-local setting, as an expression. By it the first query of a
// message hands what it found to the queries after it, so that one message does for all.
type Setting string

// The scope of a look: the things that its readings are about.
const (
	ScopeSelf     Setting = "current_setting('grantwright.self')::oid"     // our own role
	ScopeDatabase Setting = "current_setting('grantwright.database')::oid" // that we are connected to
	ScopeRoles    Setting = "current_setting('grantwright.roles')::oid[]"  // ours for the name of the asset
	ScopePeople   Setting = "current_setting('grantwright.people')::oid[]" // by the ids of the people, and by their names

	ScopeSchemas Setting = "current_setting('grantwright.schemas')::oid[]" // that hold something covered
	ScopeThings  Setting = "current_setting('grantwright.things')::oid[]"  // the covered tables and views, with their sequences
	ScopeCurrent Setting = "current_setting('grantwright.current')::oid[]" // the roles of the object that stands under the name
	ScopeCleaned Setting = "current_setting('grantwright.cleaned')::oid[]" // the roles whose strays are read
)

// ActOf numbers the act that gave a membership m, by the transaction m.given that wrote it.
// The platform's own counter of transactions makes the numbers, so that each act raises
// them, and none costs anything.
const ActOf = `(pg_snapshot_xmax(pg_current_snapshot())::text::bigint - ((pg_snapshot_xmax(pg_current_snapshot())::text::bigint - m.given::text::bigint) & 4294967295))`

// ActNow numbers the act of this transaction; zero while it has changed nothing.
const ActNow = `coalesce(pg_current_xact_id_if_assigned()::text::bigint, 0)`
