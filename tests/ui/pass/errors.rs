//! Any error that becomes the boxed one, and an `Ok` that is not the standard library's.

#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub, unused_qualifications, rust_2018_idioms)]

use std::error::Error;
use std::fmt;

use migrator_core::prelude::*;

#[derive(Debug)]
struct Mine;

impl fmt::Display for Mine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("mine")
    }
}

impl Error for Mine {}

/// As `anyhow::Error`: no error itself, but convertible.
struct Anyhow(Mine);

impl From<Anyhow> for Box<dyn Error + Send + Sync> {
    fn from(error: Anyhow) -> Self {
        Box::new(error.0)
    }
}

/// As `anyhow::Ok`.
#[allow(non_snake_case)]
fn Ok<T>(value: T) -> Result<T, Anyhow> {
    Result::Ok(value)
}

#[migration(revision = "1")]
mod with_other_errors {
    fn upgrade(_: &mut Operations<'_>) -> Result<(), Anyhow> {
        Ok(())
    }

    fn downgrade(_: &mut SqliteConnection) -> Result<(), Mine> {
        Err(Mine)
    }

    fn verify(_: &mut Operations<'_>) -> Result<(), String> {
        Err("text".to_owned())
    }
}

fn main() {
    let _ = migrations![with_other_errors];
}
