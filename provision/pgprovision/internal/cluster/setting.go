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
