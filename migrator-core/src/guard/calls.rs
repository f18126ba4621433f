//! Functions that an expression calls.

use super::effect::Effect;
use crate::dialect::Dialect;
use crate::sql::Cursor;
use crate::sql::TokenKind;

/// The functions called that the database does not have of itself, as far as their names tell.
pub(super) fn in_expressions(cursor: Cursor<'_>) -> Vec<Effect> {
    if cursor.dialect == Dialect::Sqlite {
        return Vec::new();
    }
    let tokens = cursor.tokens();
    let called = (0..tokens.len()).filter(|&at| is_call(&cursor, at)).filter_map(|at| {
        let start = if at >= 2 && tokens[at - 1].is_punct(".") { at - 2 } else { at };
        cursor.starting_at(start).table()
    });
    let own = called.filter(|name| match name.schema() {
        Some(schema) => schema != "pg_catalog",
        None => !is_built_in(name.name(), cursor.dialect),
    });
    own.map(Effect::Calls).collect()
}

/// A name before a parenthesis that no list of columns stands in.
fn is_call(cursor: &Cursor<'_>, at: usize) -> bool {
    let tokens = cursor.tokens();
    let named = matches!(tokens[at].kind, TokenKind::Word | TokenKind::QuotedName);
    if !named || !tokens.get(at + 1).is_some_and(|token| token.is_punct("(")) {
        return false;
    }
    let first = if at >= 2 && tokens[at - 1].is_punct(".") { at - 2 } else { at };
    let before = first.checked_sub(1).map(|before| tokens[before]);
    !before.is_some_and(|before| {
        before.is_any_word(&[
            "INTO",
            "TABLE",
            "AS",
            "WITH",
            "RECURSIVE",
            "REFERENCES",
            "INDEX",
            "KEY",
            "CONFLICT",
            "COPY",
        ])
    })
}

/// A name that only other databases have may be one of the user's own.
fn is_built_in(name: &str, dialect: Dialect) -> bool {
    let is_among = |names: &str| names.split(' ').any(|known| known.eq_ignore_ascii_case(name));
    let lacking = if dialect == Dialect::Postgres { POSTGRES_LACKS } else { MYSQL_LACKS };
    is_among(BUILT_IN) && !is_among(lacking)
}

/// Words that a parenthesis may follow, and functions that change no rows.
const BUILT_IN: &str = "abs copy merge adddate addtime aes_decrypt aes_encrypt age all and any any_value array array_agg array_append \
    array_cat array_length array_position array_remove array_to_string as ascii avg benchmark between bigint \
    bin binary bit_and bit_count bit_length bit_or bit_xor bool_and bool_or by cardinality case cast ceil \
    ceiling char char_length character_length charindex check chr clock_timestamp coalesce compress concat \
    concat_ws conflict connection_id conv convert convert_tz count count_if crc32 cume_dist curdate \
    current_date current_setting current_timestamp current_user currval curtime database date date_add \
    date_bin date_format date_part date_sub date_trunc dateadd datediff daterange datetime day dayofmonth \
    dayofweek decimal decode dense_rank distinct div do elt encode end escape every exclude exists exp \
    export_set extract field filter find_in_set first_value floor foreign format format_type found_rows from \
    from_days from_unixtime gen_random_uuid generate_series greatest group_concat grouping having hex hour if \
    ifnull in index inet_aton initcap insert instr int integer interval is is_null isnull join json_agg \
    json_array json_array_append json_array_insert json_arrayagg json_build_array json_build_object \
    json_compact json_contains json_contains_path json_depth json_detailed json_each json_exists json_extract \
    json_insert json_keys json_length json_loose json_merge_patch json_object json_objectagg json_overlaps \
    json_pretty json_query json_quote json_remove json_replace json_search json_set json_table json_type \
    json_unquote json_valid json_value jsonb_agg jsonb_array_elements jsonb_array_elements_text \
    jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text jsonb_insert \
    jsonb_object_keys jsonb_set jsonb_strip_nulls jsonb_typeof justify_days key lag last_day last_insert_id \
    last_value lateral lcase lead least left length like limit ln load_file localtimestamp locate log lower \
    lpad ltrim make_date make_interval make_set makedate maketime materialized max md5 mid min minute mod \
    month name_const nextval not now nth_value ntile nullif numeric numrange nvl oct octet_length on or ord \
    order ordinality over overlay partition percent_rank percentile_cont pg_get_serial_sequence pg_typeof pi \
    position pow power primary quarter quote quote_ident quote_literal rand random random_uuid range rank \
    real recursive regclass regexp_count regexp_match regexp_matches regexp_replace regexp_split_to_array \
    regexp_split_to_table regexp_substr repeat replace returning reverse right round row row_count row_number \
    row_to_json rows rpad rtrim scale schema sec_to_time second select sequence session_user set set_config \
    setval setweight sha1 sha2 sha256 sign signed similar some soundex space split_part sqrt st_makepoint std \
    stddev str_to_date strcmp strftime string_agg string_to_array string_to_table strpos subdate substr \
    substring substring_index subtime sum sysdate table text then time time_to_sec timediff timestamp \
    timestampdiff timestamptz to_char to_date to_days to_hex to_json to_jsonb to_number to_regclass \
    to_timestamp to_tsquery to_tsvector translate trim trunc truncate tsrange ucase uncompress unhex union \
    unique unix_timestamp unnest unsigned update upper user using utc_date utc_timestamp uuid \
    uuid_generate_v4 uuid_short value values var_pop varchar variance version week weekday weekofyear \
    weight_string when where width_bucket with within year yearweek";

/// Of these, those that PostgreSQL, or a version of it, does not have.
const POSTGRES_LACKS: &str = "adddate addtime aes_decrypt aes_encrypt any_value benchmark bin charindex compress connection_id conv \
    convert_tz count_if crc32 curdate curtime date_add date_format date_sub dateadd datediff datetime \
    dayofmonth dayofweek elt export_set field find_in_set found_rows from_days from_unixtime group_concat \
    hex ifnull inet_aton instr is_null json_array json_array_append json_array_insert json_arrayagg \
    json_compact json_contains json_contains_path json_depth json_detailed json_exists json_extract \
    json_insert json_keys json_length json_loose json_merge_patch json_objectagg json_overlaps json_pretty \
    json_query json_quote json_remove json_replace json_search json_set json_table json_type json_unquote \
    json_valid json_value last_day last_insert_id lcase load_file locate make_set makedate maketime mid \
    name_const nvl oct ord quarter rand random_uuid row_count sec_to_time sha1 sha2 signed soundex space \
    st_makepoint std str_to_date strcmp strftime subdate substring_index subtime sysdate time_to_sec \
    timediff timestampdiff to_days ucase uncompress unhex unix_timestamp unsigned utc_date utc_timestamp \
    uuid uuid_generate_v4 uuid_short week weekday weekofyear weight_string yearweek";

/// Those that MySQL, MariaDB, or a version of them, does not have.
const MYSQL_LACKS: &str = "age any_value array_agg array_append array_cat array_length array_position array_remove array_to_string \
    bool_and bool_or cardinality charindex clock_timestamp count_if current_setting dateadd daterange \
    date_bin date_part date_trunc format_type generate_series gen_random_uuid initcap is_null jsonb_agg \
    jsonb_array_elements jsonb_array_elements_text jsonb_array_length jsonb_build_array jsonb_build_object \
    jsonb_each jsonb_each_text jsonb_insert jsonb_object_keys jsonb_set jsonb_strip_nulls jsonb_typeof \
    json_agg json_build_array json_build_object json_each justify_days make_date make_interval numrange \
    overlay pg_get_serial_sequence pg_typeof quote_ident quote_literal random random_uuid regclass \
    regexp_count regexp_match regexp_matches regexp_split_to_array regexp_split_to_table row_to_json scale \
    setweight set_config sha256 split_part strftime string_agg string_to_array string_to_table strpos \
    st_makepoint timestamptz to_char to_date to_hex to_json to_jsonb to_number to_regclass to_timestamp \
    to_tsquery to_tsvector translate trunc tsrange unnest uuid_generate_v4 width_bucket";
