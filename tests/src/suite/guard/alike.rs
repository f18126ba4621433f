//! Migrations that differ in nothing but names, numbers and strings are one migration.

use std::collections::BTreeMap;

/// What makes a difference: every other word is a name.
const WORDS: &str = "_utf8mb4 abort add after age algorithm alias all alter always analyze and any array as at attach attribute \
    auto auto_increment autoincrement base before begin between bigint blackhole blob boolean by call cascade case \
    case_sensitive_like change changes char character charset check cluster coalesce collate column comment commit \
    concat conflict constraint constraints convert copy count create current current_setting current_timestamp \
    cursor data date datetime day deallocate decimal declare default defer_foreign_keys deferrable deferred delete \
    desc describe detach deterministic do domain double drop duplicate dynamic each else enable end engine enum \
    event events every exception exclude excluded execute exists exit explain extension external fail false fax \
    fetch fillfactor first flush follows for force foreign foreign_key_check foreign_key_checks foreign_keys \
    format from fts5 full fulltext function gen generate_series generated gin gist grant group group_concat \
    handler hash hex identity if ignore iif immediate immutable in including increment index indexed inherit \
    inherits initially inner inno innodb inplace insert inside instead int int4range integer into is join json \
    json_each json_extract jsonb key language last_insert_id last_insert_rowid latin1 left length less like limit \
    list local lock lock_wait_timeout longblob longtext loop low_priority lower main matched materialized max \
    merge min mode modifies modify myisam new next nextval no nocase nologin not nothing now nowhere null nullif \
    numeric of off old on online only optimize or order out owned partition partitioning partitions perform \
    pg_backend_pid pg_catalog pg_sleep pg_tables pg_temp pg_type plan plpgsql policy pragma \
    pragma_foreign_key_list prepare primary printf procedure public publication query quick raise randomblob range \
    real record recursive recursive_triggers references refresh reindex release remove rename reorganize replace \
    replica reset rest restart restrict return returning returns revoke role rollback row row_format rowid rtree \
    rule savepoint schedule schema schemaname search_path second security select sequence server_version session \
    set set_config setof settings setval share show since sql sql_mode sqlexception sqlite_schema sqlite_sequence \
    sqlite_stat1 state statement_timeout statistics storage stored strict system table table_info table_xinfo \
    tablename tables temp temporary text than then time timestamp timestamptz to to_tsvector total_changes \
    transaction tree trigger trim true truncate tsvector type typeof typname union unique unlock unlogged update \
    upper upper_case usage user_version using utf8mb4 utf8mb4_bin uuid valid validate value values varchar version \
    versioned versioning view views virtual when where while whole with without write zone";

/// The text with every name, number and string the same.
fn shape(sql: &str) -> String {
    let mut shape = String::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' => rest[1..].find('\'').map_or(rest.len(), |end| end + 2),
            _ if is_name(first) => rest.find(|letter| !is_name(letter)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let (piece, after) = rest.split_at(length);
        let word = piece.to_lowercase();
        match first {
            '\'' => shape.push_str("''"),
            '0'..='9' => shape.push('0'),
            _ if !is_name(first) => shape.push_str(piece.trim()),
            _ if WORDS.split_whitespace().any(|known| known == word) => shape.push_str(&word),
            _ => shape.push_str("name"),
        }
        shape.push(' ');
        rest = after;
    }
    shape.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Those among them that are alike: the texts of each, and what else tells them apart.
pub(super) fn alike<'t>(texts: impl Iterator<Item = (&'t str, &'t str, bool)>) -> Vec<Vec<(&'t str, &'t str)>> {
    let mut shapes: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (setup, sql, own) in texts {
        shapes.entry((shape(setup), shape(sql), own)).or_default().push((setup, sql));
    }
    shapes.into_values().filter(|alike| alike.len() > 1).collect()
}

#[test]
fn only_names_numbers_and_strings_are_left_out_of_a_shape() {
    assert_eq!(shape("delete from logs where id = 1"), shape("DELETE FROM users WHERE org_id=20"));
    assert_eq!(shape("update t set a = 'x y'"), shape("update u set b = ''"));
    assert_ne!(shape("delete from logs"), shape("truncate logs"));
    assert_ne!(shape("update t set a = 1"), shape("update t set a = null"));
}
