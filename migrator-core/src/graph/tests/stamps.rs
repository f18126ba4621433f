use super::*;

/// The tips after a stamp.
fn stamped(at: &At, target: &str) -> String {
    let stamp = at.graph.stamp(&at.applied, target).unwrap();
    let mut applied = at.applied.clone();
    for revision in &stamp.remove {
        assert!(applied.remove(revision), "{revision} was not there");
    }
    for revision in stamp.add {
        assert!(applied.insert(revision));
    }
    assert!(at.graph.anomalies(&applied).is_empty());
    joined(&at.graph.tips(&applied))
}

/// "13. stamp head on an existing schema: rows, no DDL. stamp b at (d1, d2) of Y → {b}."
#[test]
fn case_13_stamp() {
    let stamp = graph(LINE).stamp(&Applied::new(), "head").unwrap();
    assert_eq!((joined(&stamp.add).as_str(), stamp.remove.len()), ("a b c d e", 0));
    let stamp = at(Y, "d1 d2").graph.stamp(&at(Y, "d1 d2").applied, "b").unwrap();
    assert_eq!((stamp.add.len(), joined(&stamp.remove).as_str()), (0, "d2 c2 d1 c1"));
    assert_eq!(stamped(&at(Y, "d1 d2"), "b"), "b");
}

#[test]
fn a_stamp_moves_its_own_line() {
    assert_eq!(stamped(&at(Y, "d1 c2"), "c2branch@head"), "d1 d2");
    assert_eq!(stamped(&at(Y, "d1 c2"), "c1branch@base"), "c2");
    assert_eq!(stamped(&at(Y, "d1 c2"), "base"), "");
    assert_eq!(stamped(&at(Y, ""), "heads"), "d1 d2");
    assert_eq!(stamped(&at(Y, "d1"), "d1 d2"), "d1 d2");
    assert_eq!(stamped(&at(LINE, "d"), "b"), "b");
    assert_eq!(stamped(&at(LINE, "b"), "+2"), "d");
    assert_eq!(stamped(&at(LINE, "d"), "-2"), "b");
}

#[test]
fn a_stamp_across_a_merge_leaves_the_line_that_was_named() {
    assert_eq!(stamped(&at(MERGED, "e"), "c2"), "c2");
    assert_eq!(stamped(&at(MERGED, "e"), "a"), "a");
    assert_eq!(stamped(&at(MERGED, "c2"), "e"), "e");
    assert_eq!(stamped(&at(MERGED, "d1 c2"), "c2branch@head"), "f");
}

#[test]
fn a_stamp_across_a_dependency_takes_the_dependent() {
    let graph = "a1: | b1: a1 | c1: b1 | a2: | b2: a2 | c2: b2 ~c1 | d1: c1 | e1: d1";
    assert_eq!(stamped(&at(graph, "e1 c2"), "b1"), "b1");
}

#[test]
fn two_heads_are_not_one() {
    says(&graph(Y).stamp(&Applied::new(), "head").unwrap_err(), ErrorKind::MultipleHeads, &["d1", "d2"]);
}
