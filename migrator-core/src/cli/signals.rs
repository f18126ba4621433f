//! SIGINT and SIGTERM end a run between two migrations; a second one ends the program at once. At a question they are an
//! answer: no.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{SigId, flag, low_level};

/// While it lives, a signal is heard and does not kill.
pub(super) struct Signals {
    heard: Arc<AtomicBool>,
    registered: Vec<SigId>,
}

impl Signals {
    pub(super) fn hear() -> Self {
        let heard = Arc::new(AtomicBool::new(false));
        let mut registered = Vec::new();
        for (signal, code) in [(SIGINT, 130), (SIGTERM, 143)] {
            // First the one that ends the program if a signal was heard before, then the one that hears it.
            let second = flag::register_conditional_shutdown(signal, code, heard.clone());
            registered.extend(second.into_iter().chain(flag::register(signal, heard.clone())));
        }
        Self { heard, registered }
    }

    /// Whether a signal has come.
    pub(super) fn asked(&self) -> impl Fn() -> bool + Send + Sync + 'static {
        let heard = self.heard.clone();
        move || heard.load(Ordering::Relaxed)
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        for id in self.registered.drain(..) {
            low_level::unregister(id);
        }
    }
}

/// At a terminal: while a question is open a signal does not kill, so that the terminal is put back; at other times it
/// ends the program as ever, until a run hears it.
pub(super) struct Questions {
    kills: Arc<AtomicBool>,
    heard: Arc<AtomicBool>,
}

impl Questions {
    pub(super) fn hear() -> Self {
        let kills = Arc::new(AtomicBool::new(false));
        let heard = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            flag::register_conditional_default(signal, kills.clone()).ok();
            flag::register(signal, heard.clone()).ok();
        }
        Self { kills, heard }
    }

    /// Asks. Nothing counts as an answer where a signal came meanwhile, whether or not the question was broken off by it.
    pub(super) fn during<T>(&self, ask: impl FnOnce() -> T) -> Option<T> {
        self.kills.store(false, Ordering::SeqCst);
        let answer = self.until_answered(ask);
        if self.heard.load(Ordering::SeqCst) {
            return None;
        }
        // First this, then another look: a signal that comes in between ends the program.
        self.kills.store(true, Ordering::SeqCst);
        (!self.heard.load(Ordering::SeqCst)).then_some(answer)
    }

    /// A signal breaks off only what is listening: one that came before is sent again until it is noticed.
    fn until_answered<T>(&self, ask: impl FnOnce() -> T) -> T {
        thread::scope(|scope| {
            let (open, is_open) = mpsc::channel::<()>();
            scope.spawn(move || {
                while is_open.recv_timeout(Duration::from_millis(50)) == Err(RecvTimeoutError::Timeout) {
                    if self.heard.load(Ordering::SeqCst) {
                        send_again();
                    }
                }
            });
            let answer = ask();
            drop(open);
            answer
        })
    }
}

#[cfg(unix)]
fn send_again() {
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::INT);
}

#[cfg(not(unix))]
fn send_again() {}

impl Drop for Questions {
    /// Whoever hears signals from here on decides about them.
    fn drop(&mut self) {
        self.kills.store(false, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_yes_beside_a_signal_is_none_and_the_signal_comes_until_it_is_noticed() {
        let questions = Questions::hear();
        assert_eq!(questions.during(|| true), Some(true));
        let again = Arc::new(AtomicBool::new(false));
        flag::register(SIGINT, again.clone()).expect("a handler");
        let answer = questions.during(|| {
            low_level::raise(SIGTERM).expect("a signal");
            // As long as nobody listens: a minute at most.
            (0..6000).any(|_| {
                thread::sleep(Duration::from_millis(10));
                again.load(Ordering::SeqCst)
            })
        });
        assert!(answer.is_none() && again.load(Ordering::SeqCst));
        // From here on a signal ends this program as before.
        questions.kills.store(true, Ordering::SeqCst);
        std::mem::forget(questions);
    }
}
