//! SIGINT and SIGTERM end a run between two migrations; a second one ends the program at once. At a question they are an
//! answer: no.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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
        let answer = ask();
        // First this, then the look: a signal that comes in between ends the program.
        self.kills.store(true, Ordering::SeqCst);
        (!self.heard.load(Ordering::SeqCst)).then_some(answer)
    }
}

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
    fn a_yes_beside_a_signal_is_none() {
        let questions = Questions::hear();
        assert_eq!(questions.during(|| true), Some(true));
        assert_eq!(questions.during(|| low_level::raise(SIGTERM).is_ok()), None);
        // From here on a signal ends this program as before.
        std::mem::forget(questions);
    }
}
