#!/bin/sh
# Sees to it that a PostgreSQL server (15 or later) can be started here: one that
# is installed is used; otherwise the system's package manager installs one.
set -eu

newest() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -n | tail -n 1; }

if [ -n "${GRANTWRIGHT_POSTGRES:-}" ]; then
	echo "PostgreSQL: $GRANTWRIGHT_POSTGRES (GRANTWRIGHT_POSTGRES)"
	exit
fi
if command -v initdb >/dev/null 2>&1; then
	echo "PostgreSQL: $(command -v initdb) (on PATH)"
	exit
fi
if [ -x "$(newest)/initdb" ]; then
	echo "PostgreSQL: $(newest)"
	exit
fi

as_root=""
if [ "$(id -u)" != 0 ]; then as_root=sudo; fi
if command -v apt-get >/dev/null 2>&1; then
	echo "PostgreSQL: none found; installing it with apt-get"
	$as_root apt-get update -q
	DEBIAN_FRONTEND=noninteractive $as_root apt-get install -q -y --no-install-recommends postgresql
elif command -v dnf >/dev/null 2>&1; then
	echo "PostgreSQL: none found; installing it with dnf"
	$as_root dnf install -q -y postgresql-server postgresql-contrib
elif command -v apk >/dev/null 2>&1; then
	echo "PostgreSQL: none found; installing it with apk"
	$as_root apk add postgresql
elif command -v brew >/dev/null 2>&1; then
	echo "PostgreSQL: none found; installing it with brew"
	brew install postgresql
else
	echo "PostgreSQL: none found, and no package manager that could install it. Install PostgreSQL 15 or later." >&2
	exit 1
fi
