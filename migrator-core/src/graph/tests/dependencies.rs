use super::*;

const C2_NEEDS_C1: &str = "a1: #one | b1: a1 | c1: b1 | a2: | b2: a2 | c2: b2 ~c1 | d1: c1";

/// "9. c2 depends_on c1 of another root: up c2 runs c1's line first; down c1 takes c2 along. b2 and b4 both depend on
/// a3: down b4 leaves a3."
#[test]
fn case_9_dependencies() {
    assert_eq!(at(C2_NEEDS_C1, "").up("c2"), "a1 b1 c1 a2 b2 c2");
    assert_eq!(at(C2_NEEDS_C1, "a2").up("c2"), "a1 b1 c1 b2 c2");
    assert_eq!(at(C2_NEEDS_C1, "c2").down("b1"), "c2 c1");
    assert_eq!(at(C2_NEEDS_C1, "c2").down("one@-1"), "c2 c1");
    let twice = "a1: | a2: a1 | a3: a2 | b1: | b2: b1 ~a3 | b3: b2 | b4: b3 ~a3";
    assert_eq!(at(twice, "b4").down("b3"), "b4");
    assert_eq!(at(twice, "b4").rows_down("b3"), "a3 b3");
}

/// "10. A node that depends on its own parent is a plain chain."
#[test]
fn case_10_depending_on_the_parent() {
    let chain = "a1: | a2: a1 ~a1";
    assert_eq!(at(chain, "").up("a2"), "a1 a2");
    assert_eq!(at(chain, "a2").down("a1"), "a2");
    assert_eq!(at(chain, "a2").rows_down("a1"), "a1");
    assert!(graph(chain).dependencies("a2").is_empty());
}

/// "for "is the database at head", a head that another's `depends_on` implies counts as reached"
#[test]
fn a_head_that_is_depended_upon_counts_as_reached() {
    let graph = graph("a1: | b1: a1 | a2: ~b1");
    assert_eq!(joined(&graph.heads()), "a2 b1");
    assert!(graph.is_at_head(&set("a2")));
    assert!(!graph.is_at_head(&set("a1 b1")));
}

#[test]
fn tips_go_by_parents_alone() {
    assert_eq!(at(C2_NEEDS_C1, "c2").rows(), "c1 c2");
    says(&at(C2_NEEDS_C1, "c2").down_error("-1"), ErrorKind::AmbiguousTarget, &["one@-1", "c2@-1"]);
    assert_eq!(at(C2_NEEDS_C1, "c2").down("a2@-1"), "c2");
}

/// "they spread to descendants through parents, not through depends_on"
#[test]
fn a_label_does_not_spread_to_what_depends_on_it() {
    assert!(graph(C2_NEEDS_C1).labels_of("c2").is_empty());
    says(
        &at(C2_NEEDS_C1, "").up_error("one@c2"),
        ErrorKind::UnknownTarget,
        &["c2 (m.rs:c2) is not a member of branch one"],
    );
}

#[test]
fn a_dependency_may_be_named_by_its_label() {
    let labelled = "a1: | b1: a1 #lib | a2: ~lib";
    assert_eq!(at(labelled, "").up("a2"), "a1 b1 a2");
}

#[test]
fn lines_that_depend_on_each_other_crosswise() {
    let cross = "a1: | a2: a1 | a3: a2 ~b1 | b1: | b2: b1 ~a2 | b3: b2";
    assert_eq!(at(cross, "").up("heads"), "a1 a2 b1 b2 b3 a3");
    assert_eq!(at(cross, "a3 b2").down("b1"), "b2");
    assert_eq!(at(cross, "a3 b2").down("base"), "a3 b2 b1 a2 a1");
}

#[test]
fn a_branch_takes_along_what_depends_on_it_and_nothing_else() {
    let graph = "a: | b: a | c1: b #c1branch | d1: c1 | c2: b #c2branch | d2: c2 ~c1";
    assert_eq!(at(graph, "d1 d2").down("c2branch@b"), "d2 c2");
    assert_eq!(at(graph, "d1 d2").down("c1branch@b"), "d2 d1 c1");
}

#[test]
fn a_label_at_base_takes_along_dependents_of_other_roots() {
    let graph = "base1: #b_1 | a1a: base1 | a1b: base1 | b1b: a1b ~a3 | base2: #b_2 | c2: base2 ~a3 | d2: c2 | base3: #b_3 | a3: base3 | b3: a3";
    let all = at(graph, "heads");
    assert_eq!(all.down("b_2@base"), "d2 c2 base2");
    let undone = all.down("b_3@base");
    let mut undone: Vec<&str> = undone.split(' ').collect();
    undone.sort_unstable();
    assert_eq!(undone, ["a3", "b1b", "b3", "base3", "c2", "d2"]);
}
