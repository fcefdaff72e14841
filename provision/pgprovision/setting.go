package pgprovision

// setting is a transaction-local setting, as an expression. By it the first query of a
// message hands what it found to the queries after it, so that one message does for all.
type setting string

const (
	scopeSelf     setting = "current_setting('grantwright.self')::oid"     // our own role
	scopeDatabase setting = "current_setting('grantwright.database')::oid" // that we are connected to
	scopeRoles    setting = "current_setting('grantwright.roles')::oid[]"  // ours for the name of the asset
	scopePeople   setting = "current_setting('grantwright.people')::oid[]" // by the ids of the people, and by their names

	scopeSchemas setting = "current_setting('grantwright.schemas')::oid[]" // that hold something covered
	scopeThings  setting = "current_setting('grantwright.things')::oid[]"  // the covered tables and views, with their sequences
	scopeCurrent setting = "current_setting('grantwright.current')::oid[]" // the roles of the object that stands under the name
	scopeCleaned setting = "current_setting('grantwright.cleaned')::oid[]" // the roles whose strays are read
)
