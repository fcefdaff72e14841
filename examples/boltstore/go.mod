module github.com/grantwright/grantwright/examples/boltstore

go 1.26.0

require (
	github.com/grantwright/grantwright v0.0.0
	go.etcd.io/bbolt v1.5.0
)

require (
	github.com/google/go-cmp v0.7.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
)

replace github.com/grantwright/grantwright => ../..
