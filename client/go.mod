module github.com/grantwright/grantwright/client

go 1.26.0

require (
	github.com/mattn/go-runewidth v0.0.31
	github.com/transparency-dev/formats v0.1.1
	golang.org/x/mod v0.42.0
	golang.org/x/term v0.48.0
)

require (
	filippo.io/mldsa v0.0.0-20260215214346-43d0283efc3e // indirect
	github.com/clipperhouse/uax29/v2 v2.2.0 // indirect
	golang.org/x/crypto v0.52.0 // indirect
	golang.org/x/sys v0.50.0 // indirect
)
