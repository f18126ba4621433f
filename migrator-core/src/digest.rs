//! Digests: of a migration's text, of a schema, of the set of applied revisions.

use std::hash::Hasher;

use siphasher::sip128::{Hasher128, SipHasher24};

/// SipHash-2-4 with 128 bits and key 0 over parts that each carry their length, so that no two lists of parts run together.
#[derive(Default)]
pub(crate) struct Digest(SipHasher24);

impl Digest {
    pub(crate) fn part(&mut self, text: &str) -> &mut Self {
        self.0.write(&(text.len() as u64).to_le_bytes());
        self.0.write(text.as_bytes());
        self
    }

    pub(crate) fn number(&self) -> u128 {
        self.0.finish128().as_u128()
    }

    /// 32 hexadecimal digits.
    pub(crate) fn finish(&self) -> String {
        format!("{:032x}", self.number())
    }
}

/// The digest of one text.
pub(crate) fn of_text(text: &str) -> String {
    Digest::default().part(text).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_stays_what_it_was_when_histories_were_written_with_it() {
        assert_eq!(of_text("create table users (id integer)"), "b1232c318fa251ca29938d565aa22bc2");
    }

    #[test]
    fn parts_do_not_run_together() {
        let together = Digest::default().part("ab").part("c").finish();
        assert_ne!(together, Digest::default().part("a").part("bc").finish());
    }
}
