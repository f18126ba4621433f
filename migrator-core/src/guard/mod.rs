//! The guard: what a statement may take away, and what of it is lost. Pure; looking is done by `operations`.

mod alter;
mod calls;
mod certain;
mod drops;
mod effect;
mod loss;
mod read;
mod rows;

#[cfg(test)]
mod tests;

pub(crate) use effect::Effect;
pub(crate) use loss::{Found, gone, losses};
pub(crate) use read::{read, read_inside};
