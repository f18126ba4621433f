//! What a failed case says. A panic that a case expects says nothing.

use std::backtrace::Backtrace;
use std::cell::RefCell;
use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};

use libtest_mimic::Failed;

thread_local! {
    /// The panics of the case on this thread, with their places.
    static PANICS: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// Keeps the panics of cases back until it is known whether they were expected.
pub(crate) fn keep_panics_of_cases() {
    let elsewhere = take_hook();
    set_hook(Box::new(move |info| {
        let kept = PANICS.with_borrow_mut(|panics| {
            panics.as_mut().map(|panics| panics.push(format!("{info}{}", backtrace()))).is_some()
        });
        if !kept {
            elsewhere(info);
        }
    }));
}

/// Runs a case; the panic that ended it is its failure, in words and with its place.
pub(crate) fn of(case: impl FnOnce()) -> Result<(), Failed> {
    PANICS.set(Some(Vec::new()));
    let ended = catch_unwind(AssertUnwindSafe(case));
    let panics = PANICS.take().unwrap_or_default();
    ended.map_err(|_| Failed::from(panics.last().map_or("panicked without a word", String::as_str)))
}

/// Mostly the harness's own frames, so not for every `RUST_BACKTRACE=1`.
fn backtrace() -> String {
    let asked = env::var("RUST_BACKTRACE").is_ok_and(|asked| asked == "full");
    if asked { format!("\n{}", Backtrace::force_capture()) } else { String::new() }
}
