# What a newcomer and CI run. Every target says what it does: make help.

.PHONY: help demo server test vet lint openapi client gw terraform terraform-acceptance fleet bench load assist-eval benchmarks chaos postgres postgres-15-18 mariadb pgbouncer curl chromium shots

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

demo: postgres ## walk the whole way, from a link to access and back, on a throwaway PostgreSQL
	go run ./examples/quickstart

server: ## build the reference server for a release: without the tables of a debugger, and with the calls of the API not inlined into each of its operations
	go build -C examples/server -ldflags='-s -w' -gcflags=github.com/grantwright/grantwright/web/internal/api=-l -gcflags=github.com/grantwright/grantwright/web/internal/self=-l -o $(CURDIR)/bin/server .

# SQLite is C translated to Go, many times slower under the race detector and
# nothing of ours: that one package goes without. Its driver, and all that we
# wrote, do not.
once = -count=1 -timeout 30m
race = -race -gcflags='modernc.org/sqlite/lib=-d=checkptr=0 -race=false' $(once)

# The rivals of review assist compute alone, and for minutes under the race detector: that
# package goes without too.

# The packages whose tests look at what a version of PostgreSQL does, and those
# tests of the engine that do: all in the files that speak of a real platform, of a
# server, or of a login on one. They go without the race detector the second time: our
# code is the same, the server is another. The fault suite has its platforms on both
# versions, and its records on the later one.
on_each_version = ./catalog/pgsource ./internal/throwaway/pgserver ./internal/pgwire ./provision/pgprovision ./store/sqlstore ./store/pgstore ./examples/quickstart

test: postgres-15-18 mariadb pgbouncer curl chromium vet ## run every test, with the race detector, on PostgreSQL 15 and on 18 and on MariaDB; a minute of them under every fault
	GRANTWRIGHT_POSTGRES=15 go test $(race) ./...
	@tests=$$(grep -lE 'realPlatform|pgserver\.|\.login\(t' tests/*_test.go | xargs sed -n 's/^func \(Test[A-Z][A-Za-z0-9_]*\)(.*/\1/p' | grep -v '^TestMain$$' | paste -sd'|' -); \
	test -n "$$tests" || { echo "no test of the engine uses a real platform: where have they gone?"; exit 1; }; \
	echo "on PostgreSQL 18: $$tests"; GRANTWRIGHT_POSTGRES=18 go test $(once) -run "^($$tests)\$$" ./tests
	GRANTWRIGHT_POSTGRES=18 go test $(once) -skip SQLite $(on_each_version)
	cd examples/server && GRANTWRIGHT_POSTGRES=15 go test $(race) ./... && GRANTWRIGHT_POSTGRES=18 go test $(once) -run '^TestTheWalkEndsInALoginThatWorks$$' .
	cd e2e && GRANTWRIGHT_POSTGRES=18 go test $(race) $$(go list ./... | grep -v /assisteval$$) && go test $(once) ./assisteval
	cd e2e && go run ./fleet
	cd examples/boltstore && go test $(race) ./...
	cd client && go test $(race) ./...
	cd client/terraform && go test $(race) ./...
	cd examples/server/deploy/helm && go test $(once) ./...

vet: ## check formatting and vet
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "not gofmt-ed:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	cd e2e && go vet ./...
	cd examples/server && go vet ./...
	cd examples/boltstore && go vet ./...
	cd client && go vet ./...
	cd client/terraform && go vet -tags acceptance ./...
	cd examples/server/deploy/helm && go vet ./...

# The linters have a module of their own, so that go.sum holds nothing of them.
golangci = go tool -modfile=$(CURDIR)/tools/go.mod golangci-lint run

lint: ## look for errors that are dropped, code that nothing uses, missing comments and the like; the first time it builds the linters
	$(golangci) ./...
	cd e2e && $(golangci) ./...
	cd examples/server && $(golangci) ./...
	cd examples/boltstore && $(golangci) ./...
	cd client && $(golangci) ./...
	cd client/terraform && $(golangci) ./...
	cd examples/server/deploy/helm && $(golangci) ./...
	@$(MAKE) --no-print-directory openapi

openapi: ## hold the OpenAPI document to the recommended rules of Redocly; needs npm, and fetches the pinned version of the linter the first time
	@cd tools/redocly && { test -d node_modules || npm ci --no-audit --no-fund --silent; } && npx --no-install redocly lint --max-problems=1000 ../../web/testdata/openapi.json

client: ## make the Go client anew from the OpenAPI document, web/testdata/openapi.json; a test compares the two
	cd client/api && go generate .

gw: ## build the command for terminals and scripts, bin/gw
	cd client && go build -ldflags='-s -w' -o ../bin/gw ./gw

terraform: ## build the provider for Terraform, bin/terraform-provider-grantwright
	cd client/terraform && go build -ldflags='-s -w' -o ../../bin/terraform-provider-grantwright .

terraform-acceptance: ## have the terraform on the PATH make, import and take away one of each kind; reaches nothing but a server on loopback
	cd client/terraform && TF_ACC=1 TF_ACC_TERRAFORM_PATH=$$(command -v terraform) CHECKPOINT_DISABLE=1 go test $(once) -tags acceptance ./acceptance

# As in: make bench BENCH='-figures flow,http -for 5s', or BENCH='-size full'.
BENCH ?=

bench: postgres mariadb ## measure every figure beside the bare statements: one table, and docs/speed/
	@cd e2e && go run ./bench -out ../docs/speed $(BENCH)

load: postgres ## look at each page of a store with 100,000 requests and a million assets, as one person and as fifty (half an hour)
	@cd e2e && go run ./bench -figures pages -size full -requests 100000

assist-eval: ## measure review assist on made-up organisations: the tables of docs/assist.md (minutes)
	@cd e2e && go run ./assisteval -out ../docs/assist.md

benchmarks: postgres mariadb ## run the Go benchmarks of single packages
	go test -run '^$$' -bench . -timeout 1h ./...

SHOTS ?= $(CURDIR)/e2e/browser/shots

shots: postgres chromium ## take a picture of every page in a browser, wide, narrow and dark, into SHOTS (e2e/browser/shots), and those of the README anew
	@cd e2e && go test $(once) -run '^TestPages$$' ./browser -args -shots $(SHOTS) -readme $(CURDIR)/docs/shots
	@echo "$$(ls $(SHOTS) | wc -l) pictures: $(SHOTS)"

CHAOS_FOR ?= 10m

chaos: postgres-15-18 mariadb ## break everything for CHAOS_FOR (10m), and make worlds at random for as long; then compare records and logins: the last lines say disagreements: 0
	@cd e2e && go run -race ./chaos -for $(CHAOS_FOR)
	@cd e2e && go run -race ./oracle -for $(CHAOS_FOR)

fleet: postgres ## three servers on one store under load, some killed and all replaced by another build: the last line says what was lost, doubled or disagrees
	@cd e2e && go run ./fleet

curl: # examples/server/walk.sh needs it, and a test runs that
	@command -v curl >/dev/null || { echo "curl: none found; installing it"; apt-get update -q && apt-get install -q -y curl; }

chromium: # the tests of e2e/browser look at the pages with it
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || { echo "chromium: none found; installing it"; apt-get update -q && apt-get install -q -y chromium; }

postgres-15-18: # find both, or fetch them
	@internal/throwaway/pgserver/install.sh 15 18

mariadb: # find MariaDB, or install it
	@internal/throwaway/mariadbserver/install.sh

pgbouncer: # find the pooler, and psql, or install them
	@internal/throwaway/pgbouncer/install.sh

postgres: # find PostgreSQL, or install it
	@internal/throwaway/pgserver/install.sh
