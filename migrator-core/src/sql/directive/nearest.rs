//! The known word that somebody who mistyped will have meant.

/// The known word fewest letters away from `word`, if that is few.
pub(super) fn nearest(word: &str, known: &[&'static str]) -> Option<&'static str> {
    let word = word.to_lowercase().replace('-', "_");
    crate::nearest::nearest(&word, known.iter().copied(), word.len().div_ceil(3).min(3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_is_near() {
        let known = ["requires", "replaces", "backup"];
        for (word, found) in [
            ("require", Some("requires")),
            ("Backup", Some("backup")),
            ("back_up", Some("backup")),
            ("replace", Some("replaces")),
            ("rollback", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, &known), found, "{word}");
        }
    }
}
