use super::*;

/// "13. history ranges `b:`, `:b`, `b:d`, `current:`, `-2:d`."
#[test]
fn case_13_ranges() {
    let line = at(LINE, "c");
    assert_eq!(line.range("b:"), "b c d e");
    assert_eq!(line.range(":b"), "a b");
    assert_eq!(line.range("b:d"), "b c d");
    assert_eq!(line.range("current:"), "c d e");
    assert_eq!(line.range("-2:d"), "b c d");
}

#[test]
fn more_ranges() {
    let line = at(LINE, "c");
    assert_eq!(line.range(":"), "a b c d e");
    assert_eq!(line.range("b:+2"), "b c d");
    assert_eq!(line.range("-9:b"), "a b");
    assert_eq!(line.range("-1:current"), "b c");
    assert_eq!(line.range("current:current"), "c");
    assert_eq!(line.range("-1:"), "d e");
    assert_eq!(line.range("base:+1"), "a");
    assert_eq!(at(LINE, "").range("current:"), "a b c d e");
    assert_eq!(at(Y, "").range("b:"), "b c1 d1 c2 d2");
    assert_eq!(at(Y, "").range("c2branch@base:heads"), "a b c2 d2");
    assert_eq!(at(Y, "").range("c1:d1"), "c1 d1");
    assert_eq!(at(Y, "c1 c2").range("current:"), "c1 d1 c2 d2");
}

#[test]
fn a_range_goes_up() {
    let line = at(LINE, "c");
    let error = |text: &str| line.graph.range(&line.applied, text).unwrap_err();
    says(&error("d:b"), ErrorKind::InvalidTarget, &["its end does not follow its start, d (m.rs:d)"]);
    says(&error("d"), ErrorKind::InvalidTarget, &["start:end"]);
    says(&error("d:+5"), ErrorKind::InvalidTarget, &["did not produce 5 migrations"]);
}
