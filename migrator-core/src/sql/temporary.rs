//! What a statement says of temporary tables.

use super::{Token, tokens};
use crate::dialect::Dialect;

/// The temporary table that a statement makes.
pub(crate) fn temporary_table(sql: &str, dialect: Dialect) -> Option<String> {
    let mut words = tokens(sql, dialect);
    let mut before = words.by_ref().take_while(|token| !token.is_word("TABLE"));
    if !before.next()?.is_word("CREATE") || !before.take(4).any(|token| token.is_any_word(&["TEMP", "TEMPORARY"])) {
        return None;
    }
    let name: Vec<Token<'_>> = tokens(sql, dialect)
        .skip_while(|token| !token.is_word("TABLE"))
        .skip(1)
        .filter(|token| !token.is_any_word(&["IF", "NOT", "EXISTS"]))
        .take(3)
        .collect();
    let qualified = name.get(1).is_some_and(|token| token.is_punct("."));
    name.get(if qualified { 2 } else { 0 })?.name().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_temporary_table_that_a_statement_makes_is_read_from_it() {
        for (sql, name) in [
            ("create temporary table if not exists `a b` (id int)", Some("a b")),
            ("CREATE OR REPLACE TEMPORARY TABLE shop.x AS SELECT 1", Some("x")),
            ("create table temporary (id int)", None),
            ("create table x as select * from temp", None),
            ("create index temp on a (b)", None),
        ] {
            assert_eq!(temporary_table(sql, Dialect::MariaDb).as_deref(), name, "{sql}");
        }
    }
}
