package pgprovision

import "github.com/grantwright/grantwright/catalog"

// relkinds are how pg_class calls the kinds of assets that can be granted, and
// how we call the containers.
var relkinds = map[catalog.Kind]string{
	catalog.Database: "d", catalog.Schema: "n",
	catalog.Table: "r", catalog.PartitionedTable: "p", catalog.View: "v", catalog.MaterializedView: "m", catalog.ForeignTable: "f",
}

// kindOf is the kind of asset of a relkind; empty where there is none.
func kindOf(relkind string) catalog.Kind {
	for kind, called := range relkinds {
		if called == relkind {
			return kind
		}
	}
	return ""
}
