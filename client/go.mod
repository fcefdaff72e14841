module github.com/grantwright/grantwright/client

go 1.26.0

require (
	github.com/mattn/go-runewidth v0.0.31
	golang.org/x/mod v0.42.0
	golang.org/x/term v0.48.0
)

require (
	github.com/clipperhouse/uax29/v2 v2.2.0 // indirect
	golang.org/x/sys v0.50.0 // indirect
)
