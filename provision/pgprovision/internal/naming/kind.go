package naming

import "github.com/grantwright/grantwright/catalog"

// Relkinds are how pg_class calls the kinds of assets that can be granted, and
// how we call the containers.
var Relkinds = map[catalog.Kind]string{
	catalog.Database: "d", catalog.Schema: "n",
	catalog.Table: "r", catalog.PartitionedTable: "p", catalog.View: "v", catalog.MaterializedView: "m", catalog.ForeignTable: "f",
}

// KindOf is the kind of asset of a relkind; empty where there is none.
func KindOf(relkind string) catalog.Kind {
	for kind, called := range Relkinds {
		if called == relkind {
			return kind
		}
	}
	return ""
}
