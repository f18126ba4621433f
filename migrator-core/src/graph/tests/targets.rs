use super::*;

const DATES: &str = "20260101 | 20260102.a: 20260101 #early | 20261123031600: 20260102.a | user | user_foo:? #x-1";

/// "10. Ids that are prefixes of each other (`user`, `user_foo`) are no cycle."
#[test]
fn case_10_prefixes() {
    assert_eq!(at(DATES, "20261123031600").up("user"), "user");
    assert_eq!(at(DATES, "20261123031600").up("user_"), "user user_foo");
}

/// "exact id before a unique prefix of at least 4 letters"
#[test]
fn a_prefix_has_four_letters_and_one_meaning() {
    assert_eq!(at(DATES, "").up("202611").split(' ').next_back(), Some("20261123031600"));
    says(&at(DATES, "").up_error("use"), ErrorKind::UnknownTarget, &["four letters"]);
    says(&at(DATES, "").up_error("2026"), ErrorKind::AmbiguousTarget, &["20260101, 20260102.a, 20261123031600"]);
    assert_eq!(at("somelonger: #one | someother: #two", "").up("two@some"), "someother");
    says(&at("somelonger: | b: ", "").up_error("b@some"), ErrorKind::UnknownTarget, &["is not a member of branch b"]);
}

#[test]
fn hyphens_of_a_directory_name_are_dropped() {
    assert_eq!(at(DATES, "20260102.a").up("2026-11-23-031600"), "20261123031600");
    assert_eq!(at(DATES, "20260102.a").up("2026-11-23"), "20261123031600");
    assert_eq!(at(DATES, "user_foo").down("2026-11-23-031600+1"), "user_foo");
    assert_eq!(at(DATES, "user").up("x-1"), "user_foo");
}

/// "with a label the result must share its lineage, else UnknownTarget "not a member of branch""
#[test]
fn a_label_and_a_revision_share_a_line() {
    says(
        &at(Y, "").up_error("c1branch@d2"),
        ErrorKind::UnknownTarget,
        &["d2 (m.rs:d2) is not a member of branch c1branch"],
    );
    assert_eq!(at(Y, "").up("c1branch@b"), "a b");
    assert_eq!(at(Y, "b").up("c1branch"), "c1");
    assert_eq!(at(Y, "b").up("c1branch@c1branch"), "c1");
    assert_eq!(at(Y, "b").up("d2@head"), "c2 d2");
    assert_eq!(at(Y, "b").up("c2branch@heads"), "c2 d2");
    says(&at(Y, "b").up_error("b@head"), ErrorKind::MultipleHeads, &["b@head asks for one head"]);
    says(&at(Y, "").up_error("x@d2"), ErrorKind::UnknownTarget, &["there is no branch x"]);
}

#[test]
fn a_mistyped_name_is_guessed() {
    says(&at(DATES, "").up_error("usr_foo"), ErrorKind::UnknownTarget, &["did you mean user_foo?"]);
    says(&at(DATES, "").up_error("erly"), ErrorKind::UnknownTarget, &["did you mean early?"]);
    says(&at(DATES, "").up_error("nothing_like_it"), ErrorKind::UnknownTarget, &["name a revision"]);
}

#[test]
fn no_target_is_an_error() {
    says(&at(LINE, "").up_error(" , "), ErrorKind::InvalidTarget, &["no target was given"]);
    says(&at(LINE, "a").down_error("a b"), ErrorKind::InvalidTarget, &["names several"]);
}

#[test]
fn strange_targets_are_errors_and_nothing_worse() {
    let line = at(LINE, "b");
    for target in
        ["@", "@@", "+", "-", "+0", "-0", "a@", "@a", "+99999", "-99999", "base-1", "head+1", "ü", "+2-1", "a+", "a:b"]
    {
        assert!(line.graph.upgrade(&line.applied, target).is_err(), "{target}");
    }
    for target in ["@", "+", "-0", "-99999", "base-1", "head+1", "heads+1", "'; drop table users", "a\0"] {
        assert!(line.graph.downgrade(&line.applied, target).is_err(), "{target}");
    }
}

#[test]
fn an_empty_graph_has_nothing_to_do() {
    let empty = Graph::build([]).unwrap();
    for target in ["head", "heads", "base", "current"] {
        assert!(empty.upgrade(&Applied::new(), target).unwrap().is_empty());
        assert!(empty.downgrade(&set("x"), target).unwrap().is_empty());
    }
    assert!(empty.is_at_head(&set("x")));
}
