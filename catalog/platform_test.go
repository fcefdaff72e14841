package catalog_test

import (
	"testing"

	"github.com/grantwright/grantwright/catalog"
)

func TestConnectionIs(t *testing.T) {
	t.Parallel()
	warehouse := catalog.Connection{Name: "warehouse", Technology: "postgres", Host: "DB.Example.com"}
	other := catalog.Connection{Name: "shop", Technology: "mariadb", Host: "[2001:db8::1]:3307"}
	for _, tt := range []struct {
		technology, host string
		on               catalog.Connection
		is               bool
	}{
		{"", "", warehouse, true},
		{"postgres", "", warehouse, true},
		{"PostgreSQL", "", warehouse, true},
		{"postgresql", "db.example.com", warehouse, true},
		{"POSTGRES", "DB.EXAMPLE.COM", warehouse, true},
		{"postgres", "db.example.com.", warehouse, true},
		{"postgres", "db.example.com:5432", warehouse, true},
		{"postgres", "Db.Example.Com.:5432", warehouse, true},
		{"postgres", "postgresql://db.example.com:5432/sales", warehouse, true},
		{"postgres", "postgres://reader@db.example.com", warehouse, true},
		{"postgres", " db.example.com ", warehouse, true},
		{"postgres", "warehouse", warehouse, true},
		{"postgres", "Warehouse", warehouse, true},
		{"postgres", "db.example.com:6432", warehouse, false},
		{"postgres", "db2.example.com", warehouse, false},
		{"postgres", ".", warehouse, false},
		{"mariadb", "db.example.com", warehouse, false},
		{"MariaDB", "", other, true},
		{"MySQL", "", other, false},
		{"mariadb", "2001:DB8::1", other, false},
		{"mariadb", "[2001:DB8::1]:3307", other, true},
		{"mariadb", "shop", other, true},
		{"MySQL", "h:3306", catalog.Connection{Name: "x", Technology: "mysql", Host: "h"}, true},
		{"postgres", "x", catalog.Connection{Name: "y", Technology: "postgres"}, false},
	} {
		if got := tt.on.Is(tt.technology, tt.host); got != tt.is {
			t.Errorf("%q at %q is %s: %v, want %v", tt.technology, tt.host, tt.on.Name, got, tt.is)
		}
	}
}
