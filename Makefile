# What a newcomer and CI run. Every target says what it does: make help.

.PHONY: help demo test lint bench chaos postgres

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

demo: postgres ## walk the whole way, from a link to access and back, on a throwaway PostgreSQL
	go run ./examples/quickstart

test: postgres lint ## run every test, with the race detector
	go test -race -count=1 -timeout 15m ./...
	cd e2e && go test -race -count=1 -timeout 15m ./...

lint: ## check formatting and vet
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "not gofmt-ed:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	cd e2e && go vet ./...

bench: postgres ## measure, beside the bare statements
	go test -run '^$$' -bench . ./...

CHAOS_FOR ?= 10m

chaos: postgres ## break everything for CHAOS_FOR (10m), then compare records and platform: the last line says disagreements: 0
	@cd e2e && go run -race ./chaos -for $(CHAOS_FOR)

postgres: # find PostgreSQL, or install it
	@internal/pgserver/install.sh
