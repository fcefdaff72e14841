module github.com/grantwright/grantwright

go 1.26.8

require github.com/lib/pq v1.12.3

require (
	github.com/google/go-cmp v0.7.0 // indirect
	github.com/matryer/moq v0.8.1 // indirect
	golang.org/x/mod v0.41.0 // indirect
	golang.org/x/sync v0.23.0 // indirect
	golang.org/x/tools v0.51.0 // indirect
)

tool github.com/matryer/moq
