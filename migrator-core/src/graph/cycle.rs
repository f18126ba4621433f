//! Finding a circle of migrations that need each other, and saying how it closes.

use crate::error::{Error, ErrorKind};

use super::Node;
use super::links::Links;

/// The circle that keeps these positions from being put in order.
pub(super) fn error(nodes: &[Node], links: &[Links], ordered: &[usize]) -> Error {
    let circle = find(links, ordered);
    let turns = circle.iter().zip(circle.iter().cycle().skip(1));
    let said: Vec<String> = turns.map(|(&at, &next)| turn(nodes, links, at, next)).collect();
    Error::new(ErrorKind::Cycle, format!("migrations follow each other in a circle: {}", said.join(", ")))
        .remedy("correct the down_revision or depends_on of one of them so that the circle opens")
        .state("the database was not touched")
}

/// From need to need among what could not be ordered: each of those has one there, so some position comes again.
fn find(links: &[Links], ordered: &[usize]) -> Vec<usize> {
    let mut stuck = vec![true; links.len()];
    ordered.iter().for_each(|&at| stuck[at] = false);
    let mut trail: Vec<usize> = Vec::new();
    let mut step = vec![None; links.len()];
    let mut here = stuck.iter().position(|stuck| *stuck);
    while let Some(at) = here {
        if let Some(start) = step[at] {
            trail.drain(..start);
            break;
        }
        step[at] = Some(trail.len());
        trail.push(at);
        here = links[at].needs().find(|&need| stuck[need]);
    }
    from_smallest(trail)
}

fn from_smallest(mut circle: Vec<usize>) -> Vec<usize> {
    let smallest = circle.iter().enumerate().min_by_key(|(_, at)| **at).map_or(0, |(turn, _)| turn);
    circle.rotate_left(smallest);
    circle
}

fn turn(nodes: &[Node], links: &[Links], at: usize, next: usize) -> String {
    let (node, next_revision) = (&nodes[at], &nodes[next].revision);
    if !links[at].parents.contains(&next) {
        format!("{node} depends on {next_revision}")
    } else if node.is_implicit() {
        format!("{node} names no down_revision and so follows {next_revision}")
    } else {
        format!("{node} follows {next_revision}")
    }
}
