//! Revisions and labels as names: well-formed, each there once.

use std::collections::BTreeMap;

use crate::error::{Error, ErrorKind, Result};

use super::Node;

const UNTOUCHED: &str = "the database was not touched";

/// Each revision is well-formed and there once. `nodes` are sorted by revision.
pub(super) fn check(nodes: &[Node]) -> Result<()> {
    let malformed: Vec<String> = nodes.iter().filter_map(malformed).collect();
    if !malformed.is_empty() {
        return Err(Error::new(ErrorKind::InvalidRevision, malformed.join("; "))
            .remedy("use 1 to 50 letters, digits, `_` and `.`, and not head, heads, base or current")
            .state(UNTOUCHED));
    }
    let twice = nodes.chunk_by(|a, b| a.revision == b.revision).filter(|same| same.len() > 1);
    let twice: Vec<String> = twice.map(stands_twice).collect();
    if twice.is_empty() { Ok(()) } else { Err(duplicate(&twice, "give each migration a revision of its own")) }
}

fn malformed(node: &Node) -> Option<String> {
    let fault = node.revision.fault()?;
    Some(format!("{:?} ({}) is not a revision: {fault}", node.revision.as_str(), node.source))
}

fn stands_twice(same: &[Node]) -> String {
    let sources: Vec<&str> = same.iter().map(|node| node.source.as_str()).collect();
    format!("revision {} stands {} times: {}", same[0].revision, sources.len(), sources.join(", "))
}

/// Where each label was given; labels share their names with revisions.
pub(super) fn labels(nodes: &[Node]) -> Result<BTreeMap<String, usize>> {
    let mut given: BTreeMap<String, usize> = BTreeMap::new();
    let mut twice = Vec::new();
    for (at, label) in nodes.iter().enumerate().flat_map(|(at, node)| node.labels.iter().map(move |label| (at, label)))
    {
        well_formed(label, &nodes[at])?;
        let holder = nodes.binary_search_by(|node| node.revision.as_str().cmp(label)).ok();
        let other = holder.or_else(|| given.insert(label.clone(), at).filter(|other| *other != at));
        twice.extend(other.map(|other| format!("label {label} of {} is taken by {}", nodes[at], nodes[other])));
    }
    if twice.is_empty() { Ok(given) } else { Err(duplicate(&twice, "give the branch another label")) }
}

fn well_formed(label: &str, node: &Node) -> Result<()> {
    let strange = |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '-'));
    let reserved = matches!(label, "head" | "heads" | "base" | "current");
    if !label.is_empty() && !label.contains(strange) && !reserved {
        return Ok(());
    }
    Err(Error::new(ErrorKind::InvalidRevision, format!("{label:?}, given by {node}, is not a label"))
        .remedy("use letters, digits, `_`, `.` and `-`, and not head, heads, base or current")
        .state(UNTOUCHED))
}

fn duplicate(said: &[String], remedy: &str) -> Error {
    Error::new(ErrorKind::DuplicateRevision, said.join("; ")).remedy(remedy).state(UNTOUCHED)
}

/// Of a number, such as a time, the known one nearest to it: nothing is too far away for a person to compare.
pub(super) fn nearest_number<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let number = as_time(name)?;
    let away = known.filter_map(|known| Some((as_time(known)?.abs_diff(number), known)));
    away.min().map(|(_, known)| known)
}

/// As many digits as a time to the second has, so that the beginning of one is near to it.
fn as_time(name: &str) -> Option<u64> {
    let is_number = name.len() >= 4 && name.bytes().all(|byte| byte.is_ascii_digit());
    let digits: String = name.chars().chain(std::iter::repeat('0')).take(14).collect();
    digits.parse().ok().filter(|_| is_number)
}

/// The known name that a mistyped one was probably meant to be.
pub(super) fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    crate::nearest::nearest(name, known, (name.chars().count() / 4).min(3))
}
