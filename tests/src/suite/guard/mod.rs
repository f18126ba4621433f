//! The guard: what would be lost is refused unless it was named, and nothing else is.

mod looks;
mod shop;
