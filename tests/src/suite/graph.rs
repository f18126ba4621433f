//! Branches, merges, labels, dependencies and squashes, run on a real database: the rows are what the graph says.
//!
//! The rules themselves are tested case by case beside the graph, without a database.

use migrator_core::prelude::*;
use migrator_core::{ErrorKind, Metadata, Outcome, RunReport};

use super::books::{applied, everything, told};
use super::handmade::{creates, migration};
use crate::case;

/// Y = a-b, b-c1-d1 (label c1branch), b-c2-d2 (label c2branch).
fn y() -> Migrator {
    let metadata = [
        Metadata::new("a"),
        Metadata::new("b").down_revision("a"),
        Metadata::new("c1").down_revision("b").branch_label("c1branch"),
        Metadata::new("d1").down_revision("c1"),
        Metadata::new("c2").down_revision("b").branch_label("c2branch"),
        Metadata::new("d2").down_revision("c2"),
    ];
    Migrator::new().with_all(metadata.map(migration))
}

fn revisions(report: &RunReport) -> Vec<&str> {
    report.steps().iter().map(|step| step.revision().as_str()).collect()
}

case!(branches_run_whole_one_after_the_other_and_head_asks_which, |db| {
    let (migrator, mut conn) = (y(), db.connect());
    migrator.upgrade(&mut *conn, "a").unwrap();

    let refused = migrator.upgrade(&mut *conn, "head").unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::MultipleHeads);
    assert!(refused.to_string().contains("d1") && refused.to_string().contains("d2"), "{refused}");
    assert_eq!(applied(db), ["a"]);

    assert_eq!(revisions(&migrator.upgrade(&mut *conn, "heads").unwrap()), ["b", "c1", "d1", "c2", "d2"]);
    assert_eq!(migrator.current(&mut *conn).unwrap(), ["d1", "d2"]);
    assert_eq!(migrator.branches().unwrap(), ["b"]);

    let ambiguous = migrator.downgrade(&mut *conn, "-1").unwrap_err();
    assert_eq!(ambiguous.kind(), ErrorKind::AmbiguousTarget);
    assert!(ambiguous.to_string().contains("c1branch") && ambiguous.to_string().contains("c2branch"), "{ambiguous}");

    migrator.downgrade(&mut *conn, "c1branch@-1").unwrap();
    assert_eq!(migrator.current(&mut *conn).unwrap(), ["c1", "d2"]);
    migrator.downgrade(&mut *conn, "c2branch@base+2").unwrap();
    assert_eq!(applied(db), ["a", "b", "c1"]);
    assert_eq!(revisions(&migrator.upgrade(&mut *conn, "c2branch@+1").unwrap()), ["c2"]);
});

case!(a_merge_makes_one_head_and_comes_undone_with_both_branches, |db| {
    let migrator = y().with(migration(Metadata::new("e").down_revision("d1").down_revision("d2")));
    let mut conn = db.connect();
    assert_eq!(migrator.heads().unwrap(), ["e"]);
    migrator.upgrade(&mut *conn, "head").unwrap();
    assert_eq!(migrator.current(&mut *conn).unwrap(), ["e"]);
    let undone = migrator.downgrade(&mut *conn, "b").unwrap();
    assert_eq!(undone.steps()[0].revision(), &"e");
    assert_eq!(undone.steps().len(), 5);
    assert_eq!(applied(db), ["a", "b"]);
});

case!(the_text_of_a_merge_names_both_heads, |_db| {
    let text = y().merge("heads", "20261123", "merge c1 and c2").unwrap();
    assert!(text.contains(r#"down_revision = ["d1", "d2"]"#), "{text}");
    assert!(text.contains(r#"revision = "20261123""#), "{text}");
    assert_eq!(y().merge("d1 c1", "20261123", "m").unwrap_err().kind(), ErrorKind::InvalidTarget);
    assert_eq!(y().merge("heads", "a", "m").unwrap_err().kind(), ErrorKind::DuplicateRevision);
});

case!(a_dependency_comes_first_and_takes_what_needs_it_along, |db| {
    let metadata = [
        Metadata::new("a1").base(),
        Metadata::new("b1").down_revision("a1"),
        Metadata::new("a2").base(),
        Metadata::new("b2").down_revision("a2").depends_on("b1"),
    ];
    let (migrator, mut conn) = (Migrator::new().with_all(metadata.map(migration)), db.connect());
    assert_eq!(revisions(&migrator.upgrade(&mut *conn, "b2").unwrap()), ["a1", "b1", "a2", "b2"]);
    let undone = migrator.downgrade(&mut *conn, "a1").unwrap();
    assert_eq!(revisions(&undone), ["b2", "b1"]);
    assert_eq!(applied(db), ["a1", "a2"]);
});

case!(a_stamp_records_and_runs_nothing, |db| {
    let migrator = Migrator::new().with(creates("1", "one")).with(creates("2", "two"));
    let mut conn = db.connect();
    let report = migrator.stamp(&mut *conn, "head").unwrap();
    assert!(report.steps().iter().all(|step| step.outcome() == Outcome::Stamped));
    assert_eq!(applied(db), ["1", "2"]);
    assert!(!db.tables().iter().any(|table| table == "one"));
    assert_eq!(told(db), ["1 up stamped", "2 up stamped"]);
    assert!(migrator.run_pending(&mut *conn).unwrap().is_empty());
    migrator.stamp(&mut *conn, "1").unwrap();
    assert_eq!(applied(db), ["1"]);
    migrator.stamp(&mut *conn, "base").unwrap();
    assert!(applied(db).is_empty());
});

case!(a_stamp_below_a_branch_forgets_both_branches, |db| {
    let (migrator, mut conn) = (y(), db.connect());
    migrator.upgrade(&mut *conn, "heads").unwrap();
    migrator.stamp(&mut *conn, "b").unwrap();
    assert_eq!(migrator.current(&mut *conn).unwrap(), ["b"]);
    assert_eq!(applied(db), ["a", "b"]);
});

case!(a_late_arrival_is_applied_and_reported_and_refused_when_told, |db| {
    let mut conn = db.connect();
    let list = |revisions: &[&str]| Migrator::new().with_all(revisions.iter().map(|r| migration(Metadata::new(r))));
    list(&["1", "3"]).run_pending(&mut *conn).unwrap();
    let before = everything(db);
    let refused = list(&["1", "2", "3"]).out_of_order(Policy::Refuse).run_pending(&mut *conn).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::OutOfOrder);
    assert_eq!(everything(db), before);

    let report = list(&["1", "2", "3", "4"]).run_pending(&mut *conn).unwrap();
    assert_eq!(revisions(&report), ["2", "4"]);
    assert!(report.steps()[0].is_out_of_order() && !report.steps()[1].is_out_of_order());
    assert!(report.to_string().contains("applied 2 (out of order)"), "{report}");
});

case!(a_late_file_beside_an_explicit_child_makes_two_heads, |db| {
    let explicit = || [Metadata::new("4").down_revision("2"), Metadata::new("5")].map(migration);
    let before = Migrator::new().with_all([Metadata::new("1"), Metadata::new("2")].map(migration)).with_all(explicit());
    let mut conn = db.connect();
    assert_eq!(revisions(&before.run_pending(&mut *conn).unwrap()), ["1", "2", "4", "5"]);
    let after = ["1", "2", "3"].map(|revision| migration(Metadata::new(revision)));
    let after = Migrator::new().with_all(after).with_all(explicit());
    assert_eq!(after.heads().unwrap(), ["3", "5"]);
    let refused = after.upgrade(&mut *conn, "head").unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::MultipleHeads);
    assert!(refused.to_string().contains("merge") && refused.to_string().contains("renumber"), "{refused}");
    assert_eq!(revisions(&after.run_pending(&mut *conn).unwrap()), ["3"]);
});

/// 12 replaces 1 and 2; 3 follows.
fn squashed() -> Migrator {
    let squash = creates("12", "joined");
    let squash = migration(Metadata::new("12").replaces("1").replaces("2")).up(move |op| squash.upgrade(op));
    Migrator::new().with(squash).with(migration(Metadata::new("3").down_revision("12")))
}

case!(a_squash_runs_where_nothing_of_it_was_applied, |db| {
    let mut conn = db.connect();
    assert_eq!(revisions(&squashed().run_pending(&mut *conn).unwrap()), ["12", "3"]);
    assert_eq!(applied(db), ["12", "3"]);
    assert_eq!(db.count("select count(*) from joined"), 0);
});

case!(a_squash_is_adopted_where_all_of_it_was_applied, |db| {
    let mut conn = db.connect();
    let old = || ["1", "2"].map(|revision| migration(Metadata::new(revision)));
    Migrator::new().with_all(old()).run_pending(&mut *conn).unwrap();
    let report = squashed().run_pending(&mut *conn).unwrap();
    assert_eq!(revisions(&report), ["12", "3"]);
    assert_eq!(report.steps()[0].outcome(), Outcome::Stamped);
    assert!(report.unknown().is_empty(), "{report}");
    assert!(!db.tables().iter().any(|table| table == "joined"));
    assert!(squashed().run_pending(&mut *conn).unwrap().is_empty());
    // the old release still starts
    assert!(Migrator::new().with_all(old()).run_pending(&mut *conn).unwrap().is_empty());
});

case!(a_squash_of_which_some_was_applied_says_what_to_do, |db| {
    let mut conn = db.connect();
    Migrator::new().with(migration(Metadata::new("1"))).run_pending(&mut *conn).unwrap();
    let before = everything(db);
    let refused = squashed().run_pending(&mut *conn).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::MissingRevision);
    assert!(refused.to_string().contains("remedy"), "{refused}");
    assert_eq!(everything(db), before);
});

case!(an_unknown_revision_never_blocks_a_question_or_a_stamp, |db| {
    let mut conn = db.connect();
    Migrator::new().with_all(["1", "2", "9"].map(|r| migration(Metadata::new(r)))).run_pending(&mut *conn).unwrap();
    let old = Migrator::new().with_all(["1", "2"].map(|r| migration(Metadata::new(r))));
    assert_eq!(old.current(&mut *conn).unwrap(), ["2", "9"]);
    assert_eq!(old.history(&mut *conn).unwrap().len(), 3);
    old.stamp(&mut *conn, "1").unwrap();
    assert_eq!(applied(db), ["1", "9"]);
});

case!(ranges_and_pictures_tell_what_is_pending, |db| {
    let (migrator, mut conn) = (y(), db.connect());
    migrator.upgrade(&mut *conn, "d1").unwrap();
    assert_eq!(migrator.range(&mut *conn, "b:d1").unwrap(), ["b", "c1", "d1"]);
    assert_eq!(migrator.range(&mut *conn, ":b").unwrap(), ["a", "b"]);
    let picture = migrator.picture(&mut *conn).unwrap();
    assert!(picture.contains("d2 (pending)") && !picture.contains("d1 (pending)"), "{picture}");
    let mermaid = migrator.graph().unwrap().mermaid();
    assert!(mermaid.contains("c1") && mermaid.contains("-->"), "{mermaid}");
});

case!(an_applied_child_without_its_parent_is_refused_before_anything_is_written, |db| {
    let mut conn = db.connect();
    y().upgrade(&mut *conn, "d1").unwrap();
    db.sql("delete from __diesel_schema_migrations where version = 'c1'");
    let before = everything(db);
    let refused = y().run_pending(&mut *conn).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::MissingRevision);
    assert!(refused.to_string().contains("d1") && refused.to_string().contains("c1"), "{refused}");
    assert_eq!(everything(db), before);
});
