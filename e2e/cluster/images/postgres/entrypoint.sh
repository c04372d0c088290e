#!/bin/sh
# Starts Postgres as the official image does: on an empty data folder it makes the database first, from POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB.
set -eu

case "${1:-}" in -*) set -- postgres "$@" ;; esac
[ "${1:-postgres}" = postgres ] || exec "$@"
[ "$#" -gt 0 ] || set -- postgres

if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA" && chown postgres:postgres "$PGDATA" && chmod 700 "$PGDATA"
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi

# initdb and postgres want the uid to have a name; any uid may be given by a pod
if ! getent passwd "$(id -u)" > /dev/null; then
  names=$(mktemp -d "${TMPDIR:-/tmp}/names.XXXXXX" 2> /dev/null || mktemp -d /var/run/postgresql/names.XXXXXX)
  echo "postgres:x:$(id -u):$(id -g):Postgres:$PGDATA:/bin/false" > "$names/passwd"
  echo "postgres:x:$(id -g):" > "$names/group"
  export LD_PRELOAD=libnss_wrapper.so NSS_WRAPPER_PASSWD="$names/passwd" NSS_WRAPPER_GROUP="$names/group"
fi

secret() { # NAME: its value, or the content of the file that NAME_FILE names
  eval "value=\${$1:-} file=\${$1_FILE:-}"
  if [ -z "$value" ] && [ -n "$file" ]; then cat "$file"; else printf '%s' "$value"; fi
}

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  user=$(secret POSTGRES_USER) password=$(secret POSTGRES_PASSWORD) database=$(secret POSTGRES_DB)
  user=${user:-postgres} database=${database:-$user}
  if [ -z "$password" ] && [ "${POSTGRES_HOST_AUTH_METHOD:-}" != trust ]; then
    echo "set POSTGRES_PASSWORD (or POSTGRES_HOST_AUTH_METHOD=trust) to make a new database" >&2
    exit 1
  fi
  mkdir -p "$PGDATA" && chmod 700 "$PGDATA" 2> /dev/null || true
  sockets=$(mktemp -d "${TMPDIR:-/tmp}/init.XXXXXX" 2> /dev/null || mktemp -d /var/run/postgresql/init.XXXXXX)
  printf '%s\n' "$password" > "$sockets/password"
  # initdb refuses an empty password file
  if [ -n "$password" ]; then access="--pwfile=$sockets/password --auth-local=trust --auth-host=scram-sha-256"; else access=--auth=trust; fi
  # shellcheck disable=SC2086 # both hold several words on purpose
  initdb --username="$user" --encoding=UTF8 $access ${POSTGRES_INITDB_ARGS:-} > /dev/null
  rm -f "$sockets/password"
  echo "host all all all ${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >> "$PGDATA/pg_hba.conf"
  pg_ctl -D "$PGDATA" -w -o "-c listen_addresses= -k $sockets" start > /dev/null
  query() { psql -v ON_ERROR_STOP=1 --no-password --host="$sockets" --username="$user" "$@"; }
  [ "$database" = postgres ] || query --dbname=postgres --variable=name="$database" -q << 'SQL'
CREATE DATABASE :"name";
SQL
  for script in /docker-entrypoint-initdb.d/*; do
    case "$script" in
      *.sh) . "$script" ;;
      *.sql) query --dbname="$database" --file="$script" ;;
    esac
  done
  pg_ctl -D "$PGDATA" -m fast -w stop > /dev/null
  rm -rf "$sockets"
fi

# Debian's sample configuration listens on loopback only; a later -c of the caller wins
shift
exec postgres -c 'listen_addresses=*' "$@"
