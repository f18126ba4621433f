use super::*;

/// "10. Self loop, a cycle of three, with a healthy chain beside it: the error lists only the cycle."
#[test]
fn case_10_circles() {
    let error = build("a: | b: a | c: b | x: x").unwrap_err();
    says(&error, ErrorKind::Cycle, &["circle: x (m.rs:x) follows x\n"]);
    let error = build("a: | b: a | p: r | q: p | r: q b | s: r").unwrap_err();
    let circle = "circle: p (m.rs:p) follows r, r (m.rs:r) follows q, q (m.rs:q) follows p\n";
    says(&error, ErrorKind::Cycle, &[circle]);
    let error = build("a: ~b | b: ~a").unwrap_err();
    says(&error, ErrorKind::Cycle, &["a (m.rs:a) depends on b, b (m.rs:b) depends on a"]);
}

/// "Duplicate id, missing parent or dependency, cycle, duplicate label: an error naming every source location, before
/// the database is touched."
#[test]
fn a_duplicate_names_every_source() {
    let twice = ["one.rs:3", "b/up.sql", "a.rs:9"].map(|source| Node { source: source.into(), ..node("2026-1") });
    let error = Graph::build(twice.into_iter().chain([node("20261")])).unwrap_err();
    says(
        &error,
        ErrorKind::DuplicateRevision,
        &["revision 20261 stands 4 times: a.rs:9, b/up.sql, m.rs:20261, one.rs:3"],
    );
}

#[test]
fn a_missing_parent_or_dependency_names_who_asks() {
    let error = build("a: | b: z").unwrap_err();
    says(&error, ErrorKind::MissingRevision, &["b (m.rs:b) names the down_revision z, which is not there\n"]);
    let error = build("a: y | b: ~z").unwrap_err();
    says(&error, ErrorKind::MissingRevision, &["a (m.rs:a) names the down_revision y", "b (m.rs:b) depends on z"]);
}

#[test]
fn a_label_is_given_once_and_is_no_revision() {
    let error = build("a: | b: a #x | c: b #x").unwrap_err();
    says(&error, ErrorKind::DuplicateRevision, &["label x of c (m.rs:c) is taken by b (m.rs:b)"]);
    let error = build("a: | b: a #a").unwrap_err();
    says(&error, ErrorKind::DuplicateRevision, &["label a of b (m.rs:b) is taken by a (m.rs:a)"]);
    assert!(build("a: #x #x").is_ok());
}

#[test]
fn malformed_names_are_named() {
    let error = build("a: | head: a | b'c: a").unwrap_err();
    says(&error, ErrorKind::InvalidRevision, &["\"b'c\" (m.rs:b'c)", "\"head\" (m.rs:head)"]);
    for label in ["heads", "a@b", "a:b", "a+b", "", "a b"] {
        let node = Node { labels: vec![label.into()], ..node("a:") };
        says(&Graph::build([node]).unwrap_err(), ErrorKind::InvalidRevision, &["m.rs:a", "is not a label"]);
    }
}
