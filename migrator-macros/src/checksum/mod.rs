//! The checksum of a migration: of what its code says, not of how it is laid out.
//!
//! The code is turned into plain [`pieces`], brought into one [`canonical`] form, which neither
//! rustfmt nor a new compiler changes, and digested. Attributes, comments and imports are no part
//! of it. The digest's own format is in its prefix.

mod canonical;
mod pieces;

use proc_macro2::{Delimiter, TokenStream};
use siphasher::sip128::{Hasher128, SipHasher24};
use std::hash::Hasher;

use canonical::canonical;
use pieces::{Piece, pieces};

/// The digest of a module's items, `r1:` and 32 hexadecimal digits.
pub(crate) fn checksum(items: TokenStream) -> String {
    let mut bytes = Vec::new();
    encode(&canonical(&pieces(items)), &mut bytes);
    let mut hasher = SipHasher24::new_with_keys(0, 0);
    hasher.write(&bytes);
    format!("r1:{:032x}", hasher.finish128().as_u128())
}

fn encode(pieces: &[Piece], bytes: &mut Vec<u8>) {
    encode_length(pieces.len(), bytes);
    for piece in pieces {
        match piece {
            Piece::Word(text) => encode_text(b'w', text, bytes),
            Piece::Sign(text) => encode_text(b's', text, bytes),
            Piece::Literal(text) => encode_text(b'l', text, bytes),
            Piece::Group(delimiter, inner) => {
                bytes.push(opening(*delimiter));
                encode(inner, bytes);
            }
        }
    }
}

fn encode_text(kind: u8, text: &str, bytes: &mut Vec<u8>) {
    bytes.push(kind);
    encode_length(text.len(), bytes);
    bytes.extend(text.as_bytes());
}

fn encode_length(length: usize, bytes: &mut Vec<u8>) {
    bytes.extend((length as u64).to_le_bytes());
}

fn opening(delimiter: Delimiter) -> u8 {
    match delimiter {
        Delimiter::Parenthesis => b'(',
        Delimiter::Brace => b'{',
        Delimiter::Bracket => b'[',
        Delimiter::None => b' ',
    }
}

#[cfg(test)]
mod tests;
