//! How fast the migrator is: as ratios to its peers and to the bare statements, in one run on one machine.
//!
//! `cargo run -p migrator-benches --release -- startup` and the like; README.md beside this folder says what each measures.
//! `peers/` is the same program with the other tools in it.

#![allow(missing_docs, reason = "the parts of one program, in a library so that peers/ can be the same program")]

mod apply;
mod backup;
pub mod connection;
mod graph;
mod guard;
mod inspect;
mod journal;
mod kept;
mod operations;
pub mod peer;
pub mod place;
pub mod project;
pub mod race;
mod revert;
mod single;
mod startup;

use std::error::Error;
use std::process::ExitCode;

use peer::Peer;
use place::Place;

/// What went wrong ends the run and is printed.
pub type Answer<T> = Result<T, Box<dyn Error>>;

const USAGE: &str = "cargo run -p migrator-benches --release [--features postgres] -- WHAT.. [ROUNDS]
  startup     nothing is pending, 10, 1 000 and 10 000 migrations are applied
  apply       1 000 migrations of a table and an index each
  revert      the same undone
  single      1 000 migrations in one transaction
  operations  1 000 tables with an index each by operations in one migration
  journal     1 000 migrations where nothing is rolled back: MariaDB, and `transaction = false`
  inspect     the whole schema of 5 000 tables
  kept        one migration on these: what keeping their schema adds to a run
  graph       10 000 revisions with 1 000 branches, built, checked and planned; no database
  guard       1 000 migrations on a database of 1 000 tables, with the guard and with every loss allowed
  backup      a verified backup of 1 000 000 rows (BENCH_ROWS) beside CREATE TABLE AS and pg_dump
  all         all of them
BENCH_PLACES=sqlite-wal,postgres leaves out the other places";

/// The whole program; `others` are tools that only this build has.
pub fn main(others: &[&dyn Peer]) -> ExitCode {
    match run(std::env::args().skip(1).collect(), others) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut arguments: Vec<String>, others: &[&dyn Peer]) -> Answer<()> {
    let rounds = arguments.pop_if(|last| last.parse::<usize>().is_ok()).and_then(|last| last.parse().ok());
    if arguments.is_empty() {
        return Err(USAGE.into());
    }
    let places = Place::all();
    for what in &arguments {
        match what.as_str() {
            "startup" => startup::run(&places, others, rounds)?,
            "apply" => apply::run(&places, others, rounds)?,
            "revert" => revert::run(&places, others, rounds)?,
            "single" => single::run(&places, rounds)?,
            "operations" => operations::run(&places, rounds)?,
            "journal" => journal::run(&places, rounds)?,
            "inspect" => inspect::run(&places, rounds)?,
            "kept" => kept::run(&places, rounds)?,
            "graph" => graph::run(rounds)?,
            "guard" => guard::run(&places, rounds)?,
            "backup" => backup::run(&places, rounds)?,
            "all" => {
                graph::run(rounds)?;
                startup::run(&places, others, rounds)?;
                apply::run(&places, others, rounds)?;
                revert::run(&places, others, rounds)?;
                single::run(&places, rounds)?;
                operations::run(&places, rounds)?;
                journal::run(&places, rounds)?;
                inspect::run(&places, rounds)?;
                kept::run(&places, rounds)?;
                guard::run(&places, rounds)?;
                backup::run(&places, rounds)?;
            }
            _ => return Err(USAGE.into()),
        }
    }
    Ok(())
}
