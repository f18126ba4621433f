//! One spelling for the many that databases have for the same type and the same default.

use chrono::DateTime;

use super::json;

/// A type's name in one spelling: `INT4` and `integer` are the same, and so are `character varying(255)` and `VARCHAR(255)`.
pub(crate) fn canonical_type(sql_type: &str) -> String {
    let lower = sql_type.trim().to_ascii_lowercase();
    let (words, arguments) = split_arguments(&lower);
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let word = match words.as_str() {
        "int" | "int4" | "integer" => return "integer".to_owned(),
        "int8" | "bigint" => return "bigint".to_owned(),
        "int2" | "smallint" => return "smallint".to_owned(),
        "tinyint" if arguments == "1" => return "boolean".to_owned(),
        "bool" | "boolean" => return "boolean".to_owned(),
        "varchar" | "character varying" | "char varying" => "varchar",
        "char" | "character" | "bpchar" => "char",
        "dec" | "decimal" | "numeric" => "numeric",
        "real" | "float4" => return "real".to_owned(),
        "double" | "double precision" | "float8" => return "double".to_owned(),
        "timestamptz" | "timestamp with time zone" => "timestamptz",
        "timestamp" | "timestamp without time zone" => "timestamp",
        "timetz" | "time with time zone" => "timetz",
        "time" | "time without time zone" => "time",
        other => other,
    };
    if arguments.is_empty() { word.to_owned() } else { format!("{word}({arguments})") }
}

/// `numeric (10, 2) unsigned` is `numeric unsigned` and `10,2`.
fn split_arguments(text: &str) -> (String, String) {
    let Some((before, rest)) = text.split_once('(') else { return (text.to_owned(), String::new()) };
    let (arguments, after) = rest.rsplit_once(')').unwrap_or((rest, ""));
    let arguments = if arguments.contains('\'') { arguments.to_owned() } else { arguments.replace(' ', "") };
    (format!("{before} {after}"), arguments)
}

/// A default's expression in one spelling, for a column of that canonical type.
pub(crate) fn canonical_default(expression: &str, canonical_type: &str) -> String {
    let plain = without_cast(without_brackets(expression.trim()));
    let lower = plain.to_ascii_lowercase();
    if is_now(&lower) {
        return "now".to_owned();
    }
    if let Some(text) = unquoted(plain) {
        if let Some(json) = json::canonical(&text).filter(|_| matches!(canonical_type, "json" | "jsonb")) {
            return format!("'{json}'");
        }
        let value = number_in(&text, canonical_type).or_else(|| moment_in(&text, canonical_type));
        return value.unwrap_or(format!("'{text}'"));
    }
    match lower.as_str() {
        "true" => "1".to_owned(),
        "false" => "0".to_owned(),
        _ => number_in(&lower, canonical_type).unwrap_or(lower),
    }
}

/// Whether a database printed this expression, as far as that can be seen: blanks, brackets round the whole, casts that
/// PostgreSQL adds, the marks of MySQL's character sets and quotes round names do not count.
pub(crate) fn same_expression(one: &str, other: &str) -> bool {
    bare_expression(one) == bare_expression(other)
}

/// What MariaDB prints instead of what was written.
const OTHER_NAMES: [(&str, &str); 3] = [("_utf8mb4", ""), ("lcase(", "lower("), ("ucase(", "upper(")];

/// Types of several words, as PostgreSQL prints them in a cast.
const LONG_TYPES: [(&str, &str); 4] = [
    ("::character varying", "::varchar"),
    ("::double precision", "::float8"),
    (" without time zone", ""),
    (" with time zone", "tz"),
];

fn bare_expression(expression: &str) -> String {
    let mut bare = String::new();
    let one_word =
        LONG_TYPES.iter().fold(expression.trim().to_owned(), |text, (long, short)| text.replace(long, short));
    let mut letters = without_brackets(&one_word).chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' => {
                bare.push(letter);
                for inner in letters.by_ref() {
                    bare.push(inner);
                    if inner == '\'' {
                        break;
                    }
                }
            }
            ':' if letters.peek() == Some(&':') => {
                letters.next();
                while letters.next_if(|next| next.is_alphanumeric() || matches!(next, '_' | '.' | '"')).is_some() {}
            }
            ' ' | '\n' | '\t' | '`' | '"' => {}
            _ => bare.extend(letter.to_lowercase()),
        }
    }
    OTHER_NAMES.iter().fold(bare, |text, (printed, usual)| text.replace(printed, usual))
}

fn is_now(lower: &str) -> bool {
    let (name, rest) = lower.split_at(lower.find('(').unwrap_or(lower.len()));
    let is_fraction = rest.trim_matches(['(', ')']).chars().all(|letter| letter.is_ascii_digit());
    is_fraction
        && matches!(
            name,
            "current_timestamp"
                | "now"
                | "localtimestamp"
                | "current_date"
                | "current_time"
                | "curdate"
                | "curtime"
                | "localtime"
        )
}

/// Without the brackets round the whole.
fn without_brackets(text: &str) -> &str {
    let mut inner = text;
    while let Some(stripped) = inner.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        if !is_balanced(stripped) {
            break;
        }
        inner = stripped.trim();
    }
    inner
}

fn is_balanced(text: &str) -> bool {
    let mut depth = 0_i32;
    text.chars().all(|letter| {
        depth += i32::from(letter == '(') - i32::from(letter == ')');
        depth >= 0
    }) && depth == 0
}

/// Without PostgreSQL's `::character varying` behind a literal.
fn without_cast(text: &str) -> &str {
    let after_literal = if text.starts_with('\'') { text.rfind('\'').unwrap_or(0) } else { 0 };
    match text[after_literal..].find("::") {
        Some(at) => without_brackets(text[..after_literal + at].trim()),
        None => text,
    }
}

fn unquoted(text: &str) -> Option<String> {
    let inner = text.strip_prefix('\'')?.strip_suffix('\'')?;
    Some(inner.replace("''", "'"))
}

/// A time in one spelling, without zeros at its end; a moment with a zone as it is in UTC.
fn moment_in(text: &str, canonical_type: &str) -> Option<String> {
    let holds_times = ["time", "datetime"].iter().any(|word| canonical_type.starts_with(word));
    let text = text.replacen('T', " ", 1);
    let text = Some(text).filter(|_| holds_times)?;
    let zoned = format!("{text}{}", if text.ends_with('Z') { "" } else { "+00:00" });
    let moment =
        [&text, &zoned].into_iter().find_map(|text| DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%#z").ok());
    match moment.filter(|_| canonical_type.starts_with("timestamptz")) {
        Some(moment) => Some(format!("'{}'", moment.to_utc().format("%Y-%m-%d %H:%M:%S%.f"))),
        None if text.contains('.') => Some(format!("'{}'", text.trim_end_matches('0').trim_end_matches('.'))),
        None => Some(format!("'{text}'")),
    }
}

/// Digits in one spelling, for a column that holds numbers.
fn number_in(text: &str, canonical_type: &str) -> Option<String> {
    let numeric =
        ["integer", "bigint", "smallint", "boolean", "real", "double", "float", "numeric", "tinyint", "mediumint"];
    let holds_numbers = numeric.iter().any(|word| canonical_type.starts_with(word));
    let number: f64 = text.parse().ok().filter(|_| holds_numbers)?;
    if number.fract() == 0.0 && number.abs() < 1e15 {
        Some(format!("{number:.0}"))
    } else {
        Some(format!("{number:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_type_are_one() {
        for (one, other) in [
            ("INT4", "integer"),
            ("int(11)", "INTEGER"),
            ("bigint(20)", "int8"),
            ("character varying(255)", "VARCHAR(255)"),
            ("tinyint(1)", "BOOL"),
            ("decimal(10, 2)", "NUMERIC(10,2)"),
            ("timestamp without time zone", "TIMESTAMP"),
            ("timestamp(3) without time zone", "timestamp(3)"),
            ("TIMESTAMPTZ", "timestamp with time zone"),
            ("double precision", "DOUBLE"),
        ] {
            assert_eq!(canonical_type(one), canonical_type(other), "{one} {other}");
        }
        for (one, other) in [("int", "bigint"), ("varchar(80)", "varchar(81)"), ("tinyint(4)", "boolean")] {
            assert_ne!(canonical_type(one), canonical_type(other), "{one} {other}");
        }
    }

    #[test]
    fn spellings_of_one_default_are_one() {
        for (one, other, sql_type) in [
            ("'x'::character varying", "'x'", "varchar(5)"),
            ("CURRENT_TIMESTAMP", "current_timestamp(6)", "timestamp"),
            ("(now())", "CURRENT_TIMESTAMP", "timestamp"),
            ("true", "1", "boolean"),
            ("'7'::bigint", "7", "bigint"),
            ("1.50", "1.5", "numeric(10,2)"),
            ("('it''s')", "'it''s'", "text"),
            ("'a::b'::text", "'a::b'", "text"),
            ("(-1)", "-1", "integer"),
            ("'12:34:56'", "'12:34:56.000000'", "time(6)"),
            ("'2024-02-29T12:00:00.50Z'", "'2024-02-29 21:00:00.5+09'::timestamp with time zone", "timestamptz"),
            ("'2024-02-29 12:00:00'", "'2024-02-29 12:00:00+00'", "timestamptz"),
            ("'{\"a\":1}'", "'{\"a\": 1}'::jsonb", "jsonb"),
            ("'{\"a\":''x''}'", "'{\"a\":''x''}'", "json"),
        ] {
            assert_eq!(canonical_default(one, sql_type), canonical_default(other, sql_type), "{one} {other}");
        }
        for (one, other) in [
            ("lower('X Y')", "lower('X Y'::text)"),
            ("1 + 2", "(1 + 2)"),
            ("'a' || b", "('a'::character varying || b)"),
            ("now() + interval '1 day'", "(now() + '1 day'::interval)"),
            ("concat('a', `b`)", "concat(_utf8mb4'a',`b`)"),
        ] {
            let same = same_expression(one, other);
            assert_eq!(same, !one.contains("interval"), "{one} {other}");
        }
        assert!(!same_expression("'X'", "'x'") && !same_expression("uuid()", "now()"));
        assert_ne!(canonical_default("now() + interval '1' day", "t"), canonical_default("now()", "t"));
        assert_ne!(canonical_default("'1'", "text"), canonical_default("1", "text"));
        assert_ne!(canonical_default("'01'", "varchar(2)"), canonical_default("'1'", "varchar(2)"));
    }
}
