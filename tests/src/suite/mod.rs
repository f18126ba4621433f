//! The cases, one file per promise or per part of the library.

mod harness;
