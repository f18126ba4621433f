//! The revision graph: built, checked and planned, without a database.

use std::time::{Duration, Instant};

use migrator_core::Metadata;
use migrator_core::graph::{Applied, Graph, Node};

use crate::Answer;

const ROUNDS: usize = 20;

/// Revisions and branches; the goal is said of the second.
const SIZES: [(usize, usize); 3] = [(1_000, 100), (10_000, 1_000), (100_000, 10_000)];

pub fn run(rounds: Option<usize>) -> Answer<()> {
    println!("graph, best of {} rounds", rounds.unwrap_or(ROUNDS));
    println!(
        "{:>10} {:>10} {:>18} {:>12} {:>16}",
        "revisions", "branches", "build, validate", "plan heads", "nothing pending"
    );
    for (revisions, branches) in SIZES {
        let mut best = [Duration::MAX; 3];
        for _ in 0..rounds.unwrap_or(ROUNDS) {
            best.iter_mut().zip(round(revisions, branches)?).for_each(|(best, took)| *best = took.min(*best));
        }
        let [build, plan, nothing] = best.map(|took| format!("{:.2} ms", took.as_secs_f64() * 1e3));
        println!("{revisions:>10} {branches:>10} {build:>18} {plan:>12} {nothing:>16}");
        if revisions == 10_000 {
            let whole = best[0] + best[1];
            let met = if whole < Duration::from_millis(50) { "met" } else { "MISSED" };
            println!("  build, validate and plan: {:.1} ms, goal less than 50 ms: {met}", whole.as_secs_f64() * 1e3);
        }
    }
    Ok(())
}

fn round(revisions: usize, branches: usize) -> Answer<[Duration; 3]> {
    let nodes = nodes(revisions, branches);
    let start = Instant::now();
    let graph = Graph::build(nodes)?;
    let built = start.elapsed();

    let start = Instant::now();
    let steps = graph.upgrade(&Applied::new(), "heads")?;
    let planned = start.elapsed();

    let all: Applied = graph.order().into_iter().collect();
    assert_eq!(steps.len(), all.len());
    let start = Instant::now();
    assert!(graph.pending(&all).is_empty() && graph.unknown_to(&all).is_empty());
    Ok([built, planned, start.elapsed()])
}

/// Half of them a trunk, the other half in branches off it; each branch has a label, and depends on the one before.
fn nodes(revisions: usize, branches: usize) -> Vec<Node> {
    let trunk = revisions / 2;
    let length = (revisions - trunk) / branches;
    let on_trunk = |at: usize| format!("2026{at:010}");
    let on_branch = |branch: usize, at: usize| format!("2027{branch:06}{at:04}");
    let of_trunk = (0..trunk).map(|at| match at {
        0 => Metadata::new(&on_trunk(0)).base(),
        _ => Metadata::new(&on_trunk(at)).down_revision(&on_trunk(at - 1)),
    });
    let of_branches = (0..branches).flat_map(|branch| (0..length).map(move |at| (branch, at))).map(|(branch, at)| {
        let metadata = Metadata::new(&on_branch(branch, at));
        match at {
            0 => metadata.down_revision(&on_trunk(branch * trunk / branches)).branch_label(format!("branch{branch}")),
            1 if branch > 0 => metadata.down_revision(&on_branch(branch, 0)).depends_on(&on_branch(branch - 1, 0)),
            _ => metadata.down_revision(&on_branch(branch, at - 1)),
        }
    });
    // As link-time registration may bring them: in no order that helps.
    let mut nodes: Vec<_> =
        of_trunk.chain(of_branches).map(|metadata| Node::new(&metadata, "src/migrations.rs")).collect();
    nodes.reverse();
    nodes
}
