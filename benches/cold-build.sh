#!/usr/bin/env bash
# How much longer a minimal application builds with migrator-core than with diesel_migrations: cold, debug, on the
# machine's SQLite (libsqlite3-dev), and how many crates each compiles. Builds in turn, the number of rounds is the
# argument (2 unless said). With `peers` after it the other tools are built too, each with SQLite; what of them brings its
# own SQLite compiles that as well.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
rounds=${1:-2}
folder=$(mktemp -d "${TMPDIR:-/tmp}/migrator-cold-build.XXXXXX")
trap 'rm -rf "$folder"' EXIT

application() { # NAME DEPENDENCIES MAIN
  mkdir -p "$folder/$1/src"
  cat >"$folder/$1/Cargo.toml" <<EOF
[package]
name = "$1"
edition = "2024"
[dependencies]
$2
[workspace]
EOF
  printf '%s\n' "$3" >"$folder/$1/src/main.rs"
  # The versions that this repository is built with.
  cp "${lock:-$here/Cargo.lock}" "$folder/$1/Cargo.lock"
  (cd "$folder/$1" && cargo fetch --quiet)
}

application with-migrator 'diesel = { version = "2.3", features = ["sqlite"] }
migrator-core = { path = "'"$here"'/migrator-core", features = ["sqlite"] }' '
use migrator_core::prelude::*;

#[migration(revision = "1", irreversible)]
mod create_users {
    fn upgrade(op: &mut Operations<'"'"'_>) -> MigrationResult {
        op.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")?;
        Ok(())
    }
}

fn main() -> MigrationResult {
    let mut conn = SqliteConnection::establish(":memory:")?;
    println!("{}", Migrator::registered().run_pending(&mut conn)?);
    Ok(())
}'

mkdir -p "$folder/with-diesel/migrations/1_create_users"
echo 'CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);' \
  >"$folder/with-diesel/migrations/1_create_users/up.sql"
application with-diesel 'diesel = { version = "2.3", features = ["sqlite"] }
diesel_migrations = { version = "2.3", features = ["sqlite"] }' '
use diesel::{Connection, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let mut conn = SqliteConnection::establish(":memory:")?;
    println!("{}", conn.run_pending_migrations(MIGRATIONS)?.len());
    Ok(())
}'

build() { # NAME: elapsed and processor seconds, from nothing
  local TIMEFORMAT='%R %U %S'
  { time CARGO_TARGET_DIR=$folder/target-$1 CARGO_INCREMENTAL=0 \
    cargo build --quiet --offline --manifest-path "$folder/$1/Cargo.toml" 2>"$folder/$1.log"; } 2>&1 |
    awk '{ print $1, $2 + $3 }' || { cat "$folder/$1.log" >&2; return 1; }
  rm -rf "$folder/target-$1"
}

crates() { # NAME: all that are compiled
  cargo tree --offline --manifest-path "$folder/$1/Cargo.toml" --edges normal,build --prefix none --no-dedupe |
    sed 's/ (.*//' | sort -u | wc -l
}

for ((round = 0; round < rounds; round++)); do
  build with-migrator >>"$folder/times-with-migrator"
  build with-diesel >>"$folder/times-with-diesel"
done
middle() { # NAME COLUMN
  cut -d ' ' -f "$2" "$folder/times-$1" | sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'
}
echo "cold debug build, $rounds rounds; crates: $(crates with-migrator) and $(crates with-diesel)"
for column in 1 2; do
  awk -v what="$([ $column = 1 ] && echo elapsed || echo processor)" -v ours="$(middle with-migrator $column)" \
    -v theirs="$(middle with-diesel $column)" 'BEGIN {
      printf "  %s: with migrator-core %.1f s, with diesel_migrations %.1f s, ", what, ours, theirs
      ratio = ours / theirs
      printf "ratio %.2f, goal at most 1.35: %s\n", ratio, ratio <= 1.35 ? "met" : "MISSED"
    }'
done

[ "${2:-}" = peers ] || exit 0
lock=$here/benches/peers/Cargo.lock
peer() { # NAME DEPENDENCIES
  application "$1" "$2" "use ${1//-/_} as _; fn main() {}"
  build "$1" >"$folder/times-$1"
  printf '  %s: %.1f s elapsed, %.1f s of processor time, %s crates' "$1" "$(middle "$1" 1)" "$(middle "$1" 2)" "$(crates "$1")"
  awk -v elapsed="$(middle "$1" 1)" -v elapsed_diesel="$(middle with-diesel 1)" \
    -v processor="$(middle "$1" 2)" -v processor_diesel="$(middle with-diesel 2)" \
    'BEGIN { printf ", ratios to diesel_migrations %.2f and %.2f\n", elapsed / elapsed_diesel, processor / processor_diesel }'
}
peer rusqlite_migration 'rusqlite = "0.39"
rusqlite_migration = "2"'
peer refinery 'refinery = { version = "0.9", features = ["rusqlite"] }'
peer sqlx 'sqlx = { version = "0.9", default-features = false, features = ["sqlite", "runtime-tokio", "migrate", "macros"] }'
peer sea-orm-migration 'sea-orm-migration = { version = "2", default-features = false, features = ["sqlx-sqlite", "runtime-tokio"] }'
