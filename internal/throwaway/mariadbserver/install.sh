#!/bin/sh
# Sees to it that MariaDB servers can be started here: one that is installed is
# used; otherwise the system's package manager installs one. On Debian these are the
# programs alone, which start no server of their own.
set -eu

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

found() { PATH="$PATH:/usr/sbin:/usr/local/sbin:/usr/libexec" command -v "$1"; }

if [ -n "${GRANTWRIGHT_MARIADB:-}" ]; then
	echo "MariaDB: $GRANTWRIGHT_MARIADB (GRANTWRIGHT_MARIADB)"
elif found mariadbd >/dev/null && found mariadb-install-db >/dev/null; then
	echo "MariaDB: $(found mariadbd)"
elif command -v apt-get >/dev/null 2>&1; then
	echo "MariaDB: none found; installing it"
	as_root apt-get update -q
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends mariadb-server-core mariadb-client-core
elif command -v dnf >/dev/null 2>&1; then
	as_root dnf install -q -y mariadb-server
elif command -v apk >/dev/null 2>&1; then
	as_root apk add mariadb
elif command -v brew >/dev/null 2>&1; then
	brew install mariadb
else
	echo "MariaDB: none found, and no package manager that could install it. Install it." >&2
	exit 1
fi
