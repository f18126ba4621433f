use super::*;

const TWO_ROOTS: &str = "a1: | b1: a1 | c1: b1 | a2: | b2: a2 | c2: b2 | d1: c1 c2 | d2: c2";

/// "8. Two roots a1-b1-c1 and a2-b2-c2, d1 merges c1+c2, d2 on c2: at (d2, b1), up d1 → c1, d1. Twin merges: a-b1,b2,b3;
/// c1 and c2 both merge all three: both reachable, each b once."
#[test]
fn case_8_roots_and_twin_merges() {
    assert_eq!(at(TWO_ROOTS, "d2 b1").up("d1"), "c1 d1");
    assert_eq!(at(TWO_ROOTS, "d2 b1").rows_up("d1"), "d1 d2");
    let twins = "a: | b1: a | b2: a | b3: a | c1: b1 b2 b3 | c2: b1 b2 b3";
    assert_eq!(at(twins, "a").up("heads"), "b1 b2 b3 c1 c2");
    assert_eq!(at(twins, "a").rows_up("heads"), "c1 c2");
    assert_eq!(at(twins, "a").up("c2"), "b1 b2 b3 c2");
}

#[test]
fn a_merge_is_undone_on_one_side() {
    assert_eq!(at(TWO_ROOTS, "d1 d2").down("b1"), "d1 c1");
    assert_eq!(at(TWO_ROOTS, "d1 d2").rows_down("b1"), "b1 d2");
}

#[test]
fn the_base_below_a_revision_is_that_of_its_line() {
    let forest = "a1: #one | b1: a1 | a2: | b2: a2";
    assert_eq!(at(forest, "b1 b2").down("a1-1"), "b1 a1");
    assert_eq!(at(forest, "b1 b2").down("one@base"), "b1 a1");
    assert_eq!(at(forest, "b1 b2").down("one@-2"), "b1 a1");
    assert_eq!(at(forest, "b1 b2").down("base"), "b2 a2 b1 a1");
    assert_eq!(at(forest, "").up("heads"), "a1 b1 a2 b2");
    assert_eq!(at(forest, "").up("one@+2"), "a1 b1");
    says(&at(forest, "").up_error("+1"), ErrorKind::AmbiguousTarget, &["one@+1", "a2@+1"]);
}
