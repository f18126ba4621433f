use super::*;

/// "1. L at c, upgrade e → d, e. Empty, upgrade c → a, b, c. At a: `+2` → b, c. At a: `b+2` → b, c, d; `d-2` → b."
#[test]
fn case_1_up_a_line() {
    assert_eq!(at(LINE, "c").up("e"), "d e");
    assert_eq!(at(LINE, "").up("c"), "a b c");
    assert_eq!(at(LINE, "a").up("+2"), "b c");
    assert_eq!(at(LINE, "a").up("b+2"), "b c d");
    assert_eq!(at(LINE, "a").up("d-2"), "b");
}

/// "2. L at b: `+5`, and upgrade `-2` → InvalidTarget "did not produce n migrations". At e: down to c → e, d undone.
/// At e `-3` → rows {b}."
#[test]
fn case_2_too_far_and_down() {
    says(&at(LINE, "b").up_error("+5"), ErrorKind::InvalidTarget, &["+5 did not produce 5 migrations"]);
    says(
        &at(LINE, "b").up_error("-2"),
        ErrorKind::InvalidTarget,
        &["-2 did not produce 2 migrations", "call downgrade"],
    );
    assert_eq!(at(LINE, "e").down("c"), "e d");
    assert_eq!(at(LINE, "e").rows_down("-3"), "b");
}

/// "3. L at d: down `a+2` → only d; down `c-2` → d, c, b. At b: down `-5`, down `+2` → InvalidTarget. At b, down to c →
/// InvalidTarget. At e down to e, at a down to a, empty down to base → nothing to do."
#[test]
fn case_3_relative_down() {
    assert_eq!(at(LINE, "d").down("a+2"), "d");
    assert_eq!(at(LINE, "d").down("c-2"), "d c b");
    says(&at(LINE, "b").down_error("-5"), ErrorKind::InvalidTarget, &["-5 did not produce 5 migrations"]);
    says(
        &at(LINE, "b").down_error("+2"),
        ErrorKind::InvalidTarget,
        &["+2 did not produce 2 migrations", "call upgrade"],
    );
    says(&at(LINE, "b").down_error("c"), ErrorKind::InvalidTarget, &["c (m.rs:c) is not applied"]);
    assert_eq!(at(LINE, "e").down("e"), "");
    assert_eq!(at(LINE, "a").down("a"), "");
    assert_eq!(at(LINE, "").down("base"), "");
}

#[test]
fn down_to_the_base_undoes_everything() {
    assert_eq!(at(LINE, "c").down("base"), "c b a");
    assert_eq!(at(LINE, "c").down("c-3"), "c b a");
    assert_eq!(at(LINE, "c").down("-3"), "c b a");
    says(&at(LINE, "c").down_error("c-4"), ErrorKind::InvalidTarget, &["c-4 did not produce 4 migrations"]);
}

#[test]
fn going_to_where_the_database_is_does_nothing() {
    for target in ["c", "a", "base", "current", "heads-2", "head-2"] {
        assert_eq!(at(LINE, "c").up(target), "", "{target}");
    }
}
