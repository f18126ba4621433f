//! The known word that somebody who mistyped will have meant.

/// The known word fewest letters away from `word`, if that is within `reach`.
pub(crate) fn nearest<'k>(word: &str, known: impl Iterator<Item = &'k str>, reach: usize) -> Option<&'k str> {
    let near = known.map(|known| (distance(word, known), known)).filter(|(distance, _)| *distance <= reach);
    near.min().map(|(_, known)| known)
}

/// Levenshtein's: letters put in, taken out or exchanged.
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (index, letter) in from.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], index + 1);
        for (column, other) in to.chars().enumerate() {
            let exchanged = diagonal + usize::from(letter != other);
            diagonal = row[column + 1];
            row[column + 1] = exchanged.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_is_within_reach() {
        let known = || ["requires", "replaces", "backup"].into_iter();
        assert_eq!(nearest("require", known(), 3), Some("requires"));
        assert_eq!(nearest("require", known(), 0), None);
        assert_eq!(nearest("", known(), 3), None);
    }

    #[test]
    fn distances() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("é", "e"), 1);
    }
}
