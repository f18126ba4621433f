use super::*;
use crate::graph::Step;

const SQUASHED: &str = "all: =a =b =c | d: c | e: d";

#[test]
fn a_new_database_runs_the_squash() {
    assert_eq!(at(SQUASHED, "").up("head"), "all d e");
    assert_eq!(joined(&graph(SQUASHED).pending(&Applied::new())), "all d e");
}

#[test]
fn a_database_that_has_all_adopts_the_squash() {
    let old = At::having(graph(SQUASHED), "a b c d");
    assert_eq!(up(&old.graph, &old.applied, "head"), [Step::Adopt("all".into()), Step::Run("e".into())]);
    assert_eq!(joined(&old.graph.pending(&old.applied)), "e");
    assert_eq!(joined(&old.graph.adoptable(&old.applied)), "all");
    assert_eq!(old.rows(), "d");
    assert!(old.graph.unknown_to(&old.applied).is_empty());
    assert!(old.graph.anomalies(&old.applied).is_empty());
}

#[test]
fn a_database_that_has_some_is_told_what_to_do() {
    let half = At::having(graph(SQUASHED), "a b");
    says(&half.up_error("head"), ErrorKind::MissingRevision, &["has some, a, b, and lacks others, c\n", "stamp all"]);
    assert_eq!(half.rows(), "a b");
    let stamp = half.graph.stamp(&half.applied, "all").unwrap();
    assert_eq!(joined(&stamp.add), "all");
}

#[test]
fn replaced_migrations_may_still_be_in_the_program() {
    let both = "a: #one | b: a | c: b | all: =a =b =c #one | d: c";
    assert_eq!(at(both, "").up("head"), "all d");
    assert!(!graph(both).contains("b"));
    says(&at(both, "").up_error("b"), ErrorKind::UnknownTarget, &["b is part of all"]);
}

#[test]
fn a_squash_without_a_parent_stands_where_the_last_replaced_one_stood() {
    let list = "0 | 1 | 2 | 3 | 9:? =1 =2";
    assert_eq!(at(list, "").up("head"), "0 9 3");
    let late = At::having(graph(list), "0 1 2 3");
    assert_eq!(late.up("head"), "9");
    assert!(late.graph.late_arrivals(&late.applied).is_empty());
}

#[test]
fn undoing_a_squash_takes_what_it_stands_for_along() {
    let old = At::having(graph(SQUASHED), "a b c d");
    assert_eq!(old.down("base"), "d all");
    assert_eq!(joined(&old.graph.stands_for(&"all".into())), "a b c");
    assert_eq!(joined(&old.graph.stamp(&old.applied, "base").unwrap().remove), "d a b c");
}

#[test]
fn a_squash_may_be_squashed() {
    let nested = "inner: =a =b | c: inner | outer: =inner =c | d: c";
    assert_eq!(at(nested, "").up("head"), "outer d");
    for had in ["a b c", "inner c", "outer", "a b inner c"] {
        assert_eq!(At::having(graph(nested), had).graph.pending(&set(had)).len(), 1, "{had}");
    }
    assert_eq!(joined(&graph(nested).stands_for(&"outer".into())), "a b c inner");
}

#[test]
fn squashes_exclude_each_other() {
    says(
        &build("s: =a | t: =a").unwrap_err(),
        ErrorKind::DuplicateRevision,
        &["a is replaced twice: by s (m.rs:s) and by t (m.rs:t)"],
    );
    says(&build("s: =t | t: =s").unwrap_err(), ErrorKind::Cycle, &["replaces itself", "m.rs:s"]);
    says(&build("s: =s").unwrap_err(), ErrorKind::Cycle, &["replaces itself"]);
}
