use super::*;

/// "4. Y at a, up (d1, d2) → b, one branch whole, then the other; rows {d1, d2}. Y at (d1, d2), down a → both branches,
/// then b. `c2branch@head-1` from b → c2."
#[test]
fn case_4_both_branches() {
    assert_eq!(at(Y, "a").up("d1 d2"), "b c1 d1 c2 d2");
    assert_eq!(at(Y, "a").up("d2,d1"), "b c1 d1 c2 d2");
    assert_eq!(at(Y, "a").rows_up("d1 d2"), "d1 d2");
    assert_eq!(at(Y, "d1 d2").down("a"), "d2 c2 d1 c1 b");
    assert_eq!(at(Y, "b").up("c2branch@head-1"), "c2");
}

/// "5. Y: down `base+2` undoes both branches to b; `c2branch@base+2` only c2, d2. `c1branch@-1` at (d1, d2) → {c1, d2};
/// bare `-1` with two rows → AmbiguousTarget naming the labels."
#[test]
fn case_5_down_by_label() {
    let both = at(Y, "d1 d2");
    assert_eq!(both.down("base+2"), "d2 c2 d1 c1");
    assert_eq!(both.rows_down("base+2"), "b");
    assert_eq!(both.down("c2branch@base+2"), "d2 c2");
    assert_eq!(both.rows_down("c1branch@-1"), "c1 d2");
    says(&both.down_error("-1"), ErrorKind::AmbiguousTarget, &["c1branch@-1", "c2branch@-1"]);
}

/// "6. Y at c1: `c2branch@+1` → c2. At (c1, c2): `+1` → AmbiguousTarget. Empty: `+1`, `base+1` → a. At a `-1` → base;
/// empty `-1` → InvalidTarget."
#[test]
fn case_6_up_by_label() {
    assert_eq!(at(Y, "c1").up("c2branch@+1"), "c2");
    assert_eq!(at(Y, "c1 c2").up("c2branch@+1"), "d2");
    says(&at(Y, "c1 c2").up_error("+1"), ErrorKind::AmbiguousTarget, &["c1branch@+1", "c2branch@+1"]);
    says(&at(Y, "b").up_error("+1"), ErrorKind::AmbiguousTarget, &["c1branch@+1", "c2branch@+1"]);
    assert_eq!(at(Y, "").up("+1"), "a");
    assert_eq!(at(Y, "").up("base+1"), "a");
    assert_eq!(at(Y, "a").down("-1"), "a");
    assert_eq!(at(Y, "a").rows_down("-1"), "");
    says(&at(Y, "").down_error("-1"), ErrorKind::InvalidTarget, &["-1 did not produce 1 migration"]);
}

/// "7. M at b, up f → both branches, e, f; down b from f → f, e, then both."
#[test]
fn case_7_through_a_merge() {
    assert_eq!(at(MERGED, "b").up("f"), "c1 d1 c2 d2 e f");
    assert_eq!(at(MERGED, "f").down("b"), "f e d2 c2 d1 c1");
}

/// "10. Diamond a-b1,b2-c-d: each once, c after both."
#[test]
fn case_10_a_diamond() {
    let diamond = "a: | b1: a | b2: a | c: b1 b2 | d: c";
    assert_eq!(at(diamond, "").up("head"), "a b1 b2 c d");
    assert_eq!(at(diamond, "d").down("base"), "d c b2 b1 a");
}

/// "11. `upgrade head` with two heads → MultipleHeads, nothing run; `heads` runs both. Two targets of which one is an
/// ancestor of the other → InvalidTarget "overlaps"."
#[test]
fn case_11_two_heads() {
    says(&at(Y, "b").up_error("head"), ErrorKind::MultipleHeads, &["d1 (m.rs:d1)", "d2 (m.rs:d2)", "c1branch@head"]);
    assert_eq!(at(Y, "b").up("heads"), "c1 d1 c2 d2");
    says(&at(Y, "").up_error("d1 c1"), ErrorKind::InvalidTarget, &["overlaps", "c1 (m.rs:c1)", "d1 (m.rs:d1)"]);
    says(&at(Y, "d1").up_error("b, d2"), ErrorKind::InvalidTarget, &["overlaps"]);
    assert_eq!(at(Y, "b").up("d1 d1"), "c1 d1");
}

#[test]
fn a_branch_is_undone_alone() {
    assert_eq!(at(Y, "c1 d2").down("c1branch@b"), "c1");
    assert_eq!(at(Y, "c1 d2").down("c2branch@b"), "d2 c2");
    assert_eq!(at(Y, "d1 d2").down("c2@b"), "d2 c2");
    assert_eq!(at(Y, "d1 d2").down("d1@b"), "d1 c1");
    assert_eq!(at(Y, "d1 d2").down("c1branch@head-1"), "d1");
    assert_eq!(at(Y, "d1 d2").down("d2-1"), "d2");
    assert_eq!(at(Y, "d1 c2").down("c2"), "");
    assert_eq!(at(Y, "d1 c2").down("d1"), "");
}

#[test]
fn steps_down_with_a_label_stay_on_its_branch_across_a_merge() {
    assert_eq!(at(MERGED, "f").down("-2"), "f e");
    assert_eq!(at(MERGED, "f").down("c2branch@-3"), "f e d2");
    says(&at(MERGED, "f").down_error("-3"), ErrorKind::AmbiguousTarget, &["c2branch@-3", "d1@-3"]);
}

#[test]
fn the_merge_itself_is_one_step() {
    assert_eq!(at(MERGED, "e").down("-1"), "e");
    assert_eq!(at(MERGED, "e").rows_down("-1"), "d1 d2");
}

#[test]
fn a_label_that_the_database_has_not_reached_has_nothing_to_undo() {
    says(&at(Y, "d1").down_error("c2branch@-1"), ErrorKind::InvalidTarget, &["did not produce 1 migration"]);
}

#[test]
fn a_label_spreads_up_and_back_to_the_nearest_fork() {
    let graph = graph("a: | b: a | c1: b | d1: c1 #one | e1: d1 | c2: b #two | m: e1 c2 | n: m");
    let labels = |revision: &str| graph.labels_of(revision).into_iter().collect::<Vec<_>>().join(" ");
    assert_eq!(labels("a"), "");
    assert_eq!(labels("b"), "");
    assert_eq!(labels("c1"), "one");
    assert_eq!(labels("e1"), "one");
    assert_eq!(labels("c2"), "two");
    assert_eq!(labels("n"), "one two");
}

#[test]
fn the_shape_can_be_asked() {
    let graph = graph(MERGED);
    assert_eq!(joined(&graph.heads()), "f");
    assert_eq!(joined(&graph.bases()), "a");
    assert_eq!(joined(&graph.branch_points()), "b");
    assert_eq!(joined(&graph.merge_points()), "e");
    assert_eq!(joined(&graph.parents("e")), "d1 d2");
    assert_eq!(joined(&graph.children("b")), "c1 c2");
    assert_eq!(joined(&graph.order()), "a b c1 d1 c2 d2 e f");
    assert!(graph.contains("e") && !graph.contains("x"));
}
