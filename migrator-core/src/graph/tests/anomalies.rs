use super::*;
use crate::graph::Anomaly;

/// Section 5: "parent not applied but child applied"
#[test]
fn an_explicit_parent_or_dependency_that_is_not_applied_is_an_anomaly() {
    let graph = graph("a: | b: a | c: b ~x | x:");
    let pair = |child: &str, parent: &str| Anomaly::ChildWithoutParent { child: child.into(), parent: parent.into() };
    assert_eq!(graph.anomalies(&set("a c")), [pair("c", "b"), pair("c", "x")]);
    assert!(graph.anomalies(&set("a b x c")).is_empty());
}

#[test]
fn a_target_that_counts_from_where_the_database_stands_is_relative() {
    let graph = graph(LINE);
    for relative in ["+1", "-1", "current", "current+1", "x@-1", "a, -1", "a current-2"] {
        assert!(graph.is_relative(relative), "{relative}");
    }
    for absolute in ["head", "heads", "base", "base+1", "a", "a+1", "head-1", "2026-11-23", "nowhere"] {
        assert!(!graph.is_relative(absolute), "{absolute}");
    }
}

#[test]
fn an_unknown_revision_blocks_neither_current_nor_history_nor_stamp() {
    let line = At::having(graph(LINE), "a b zz");
    assert_eq!(line.rows(), "b zz");
    assert_eq!(joined(&line.graph.unknown_to(&line.applied)), "zz");
    assert_eq!(line.range("current:"), "b c d e");
    assert_eq!(joined(&line.graph.stamp(&line.applied, "c").unwrap().add), "c");
    assert_eq!(joined(&line.graph.stamp(&line.applied, "base").unwrap().remove), "b a");
    assert_eq!(line.up("+1"), "c");
    assert_eq!(line.down("-1"), "b");
    says(&line.down_error("zz"), ErrorKind::UnknownTarget, &["zz is applied in this database", "the release"]);
}
