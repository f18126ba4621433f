use super::*;

/// "12. No down_revision anywhere: linear in revision order. A migration older than the last applied one appears (a late
/// merge): applied, and reported as out of order"
#[test]
fn case_12_late_in_a_list() {
    assert_eq!(at("4 | 1 | 2", "").up("head"), "1 2 4");
    let late = At::having(graph("1 | 2 | 3 | 4"), "1 2 4");
    assert_eq!(late.up("head"), "3");
    assert!(late.graph.out_of_order(&late.applied, "3"));
    assert_eq!(joined(&late.graph.late_arrivals(&late.applied)), "3");
    assert_eq!(joined(&late.graph.pending(&late.applied)), "3");
    assert!(late.graph.anomalies(&late.applied).is_empty());
}

/// "Mixed: 1, 2, 4 (down 2), 5 → a list; then a SQL 3 arrives → follows 2, heads 3 and 5; run_pending applies it,
/// `upgrade head` is MultipleHeads and says: merge, or renumber 3."
#[test]
fn case_12_mixed() {
    assert_eq!(at("1 | 2 | 4: 2 | 5", "").up("head"), "1 2 4 5");
    let late = At::having(graph("1 | 2 | 3 | 4: 2 | 5"), "1 2 4 5");
    assert_eq!(joined(&late.graph.parents("3")), "2");
    assert_eq!(joined(&late.graph.heads()), "3 5");
    assert_eq!(late.up("heads"), "3");
    assert!(late.graph.out_of_order(&late.applied, "3"));
    says(&late.up_error("head"), ErrorKind::MultipleHeads, &["merge", "renumber 3"]);
}

/// "5 (down 6), 6 → Cycle."
#[test]
fn case_12_a_circle_by_order() {
    let error = build("5: 6 | 6").unwrap_err();
    says(&error, ErrorKind::Cycle, &["5 (m.rs:5) follows 6", "6 (m.rs:6) names no down_revision and so follows 5"]);
}

#[test]
fn a_migration_that_is_last_is_not_late() {
    let graph = graph("1 | 2 | 3 | 4: 2");
    assert!(!graph.out_of_order(&set("1"), "2"));
    assert!(!graph.out_of_order(&set("1 2"), "3"));
    assert!(graph.out_of_order(&set("1 2 4"), "3"));
}

#[test]
fn another_branch_is_not_late() {
    let graph = graph(Y);
    assert!(graph.late_arrivals(&set("a b d1 c1")).is_empty());
}

#[test]
fn a_migration_before_the_first_is_late() {
    let graph = graph("0 | 1 | 2");
    assert_eq!(joined(&graph.late_arrivals(&set("1 2"))), "0");
}

#[test]
fn a_gap_counts_first_going_up_and_not_at_all_going_down() {
    let late = At::having(graph("1 | 2 | 3 | 4 | 5"), "1 2 4");
    assert_eq!(late.rows(), "4");
    assert_eq!(late.up("+1"), "3");
    assert_eq!(late.up("+2"), "3 5");
    says(&late.up_error("+3"), ErrorKind::InvalidTarget, &["did not produce 3 migrations"]);
    assert_eq!(late.down("-1"), "4");
    assert_eq!(late.down("-2"), "4 2");
    assert_eq!(late.down("3"), "4");
    says(&late.down_error("-4"), ErrorKind::InvalidTarget, &["did not produce 4 migrations"]);
}

#[test]
fn a_late_arrival_once_applied_stands_where_its_number_puts_it() {
    let list = At::having(graph("1 | 2 | 3 | 4"), "1 2 3 4");
    assert_eq!(list.down("-1"), "4");
    assert_eq!(list.down("2"), "4 3");
}

#[test]
fn a_merge_of_late_branches_has_one_head_again() {
    let graph = graph("1 | 2 | 3 | 4: 2 | 5 | 6: 3 5");
    assert_eq!(joined(&graph.heads()), "6");
}
