#!/bin/sh
# Sees to it that the pooler pgbouncer can be started here, and that psql is there, to which
# tests hand scripts: those that are installed are used; otherwise the system's package
# manager installs them.
set -eu

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

found() { PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v "$1"; }

# install_package NAME-OF-PROGRAM APT DNF APK BREW
install_package() {
	echo "$1: none found; installing it"
	if command -v apt-get >/dev/null 2>&1; then
		as_root apt-get update -q
		as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$2"
	elif command -v dnf >/dev/null 2>&1; then
		as_root dnf install -q -y "$3"
	elif command -v apk >/dev/null 2>&1; then
		as_root apk add "$4"
	elif command -v brew >/dev/null 2>&1; then
		brew install "$5"
	else
		echo "$1: none found, and no package manager that could install it. Install it." >&2
		exit 1
	fi
}

if found pgbouncer >/dev/null; then
	echo "pgbouncer: $(found pgbouncer)"
else
	install_package pgbouncer pgbouncer pgbouncer pgbouncer pgbouncer
fi
if found psql >/dev/null; then
	echo "psql: $(found psql)"
else
	install_package psql postgresql-client postgresql postgresql-client libpq
fi
