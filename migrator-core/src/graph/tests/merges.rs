use super::*;

#[test]
fn a_merge_is_written() {
    let text = graph(Y).merge("heads", &"e".into(), "Merge  payments\nand users").unwrap();
    let expected = r#"use migrator_core::prelude::*;

/// Merge payments and users
#[migration(revision = "e", down_revision = ["d1", "d2"])]
mod merge_payments_and_users {
    fn upgrade(_op: &mut Operations<'_>) -> MigrationResult {
        Ok(())
    }

    fn downgrade(_op: &mut Operations<'_>) -> MigrationResult {
        Ok(())
    }
}
"#;
    assert_eq!(text, expected);
    let text = graph(Y).merge("c1branch@head, c2", &"e".into(), "").unwrap();
    assert!(text.contains("down_revision = [\"c2\", \"d1\"]") && text.contains("mod merge_c2_d1 {"), "{text}");
}

#[test]
fn a_merge_follows_two_that_stand_side_by_side() {
    let error = |text: &str, targets: &str| graph(text).merge(targets, &"z".into(), "").unwrap_err();
    says(&error(LINE, "heads"), ErrorKind::InvalidTarget, &["there is only e\n"]);
    says(&error(Y, "d1 d1"), ErrorKind::InvalidTarget, &["there is only d1\n"]);
    says(&error(Y, "d1 c1 d2"), ErrorKind::InvalidTarget, &["c1 (m.rs:c1) overlaps"]);
    let taken = graph(Y).merge("heads", &"a".into(), "").unwrap_err();
    says(&taken, ErrorKind::DuplicateRevision, &["a (m.rs:a)"]);
    says(&graph(Y).merge("heads", &"head".into(), "").unwrap_err(), ErrorKind::InvalidRevision, &["\"head\""]);
}
