//! The guard: what would be lost is refused unless it was named, and nothing else is.

mod alike;
mod apart;
mod corpus;
mod elsewhere;
mod everyday;
mod harmless;
mod install;
mod looks;
mod losing;
mod namesakes;
mod shop;
mod sly;
mod unseen;
mod untouched;

pub(super) use shop::own;
