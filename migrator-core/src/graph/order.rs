//! The order in which migrations run.

use super::links::Links;

/// Every position after all that it needs; shorter than `links` if some of them need each other in a circle.
///
/// What was set free last comes next, so a branch is finished before another begins. Of those set free together the
/// children come before what merely depends, and the smaller revision before the greater.
pub(super) fn order(links: &[Links]) -> Vec<usize> {
    let mut missing: Vec<usize> = links.iter().map(|links| links.needs().count()).collect();
    let mut free: Vec<usize> = (0..links.len()).rev().filter(|&at| missing[at] == 0).collect();
    let mut order = Vec::with_capacity(links.len());
    while let Some(at) = free.pop() {
        order.push(at);
        let Links { children, dependents, .. } = &links[at];
        for &next in dependents.iter().rev().chain(children.iter().rev()) {
            missing[next] -= 1;
            if missing[next] == 0 {
                free.push(next);
            }
        }
    }
    order
}

/// Every position before all that it needs, each line followed down to where others join it: the order of a picture,
/// which has few lines side by side.
pub(super) fn drawing_order(links: &[Links], order: &[usize]) -> Vec<usize> {
    let mut missing: Vec<usize> = links.iter().map(|links| links.children.len() + links.dependents.len()).collect();
    let mut free: Vec<usize> = order.iter().rev().copied().filter(|&at| missing[at] == 0).collect();
    let mut drawing = Vec::with_capacity(links.len());
    while let Some(at) = free.pop() {
        drawing.push(at);
        let Links { parents, dependencies, .. } = &links[at];
        for &next in dependencies.iter().rev().chain(parents.iter().rev()) {
            missing[next] -= 1;
            if missing[next] == 0 {
                free.push(next);
            }
        }
    }
    drawing
}
