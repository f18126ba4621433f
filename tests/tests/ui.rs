//! Every mistake in the use of the macros, with the message that it gets (`ui/*.stderr`), and what
//! has to compile (`ui/pass`).
//!
//! `TRYBUILD=overwrite cargo test -p migrator-tests --test ui` writes the messages anew.

#[test]
fn mistakes_are_shown_at_the_word_that_makes_them() {
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}

#[test]
fn correct_uses_compile_without_a_warning() {
    trybuild::TestCases::new().pass("ui/pass/*.rs");
}
