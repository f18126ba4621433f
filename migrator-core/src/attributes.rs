//! The `#[migration]`s of a Rust file, read from its text: what a file says before, or without, being compiled.

use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{Attribute, Expr, Item, ItemMod, Lit, Meta, Token};

use crate::metadata::Metadata;

/// A migration as its file says it: its place in the graph, and where it stands.
pub(crate) struct Found {
    pub(crate) metadata: Metadata,
    pub(crate) module: String,
    pub(crate) line: usize,
    /// None where it is of the default group.
    pub(crate) group: Option<String>,
}

/// Those of a file, in order.
///
/// # Errors
/// With the line, where the text is no Rust.
pub(crate) fn of(text: &str) -> syn::Result<Vec<Found>> {
    let mut found = Vec::new();
    within(&syn::parse_file(text)?.items, &mut found)?;
    Ok(found)
}

fn within(items: &[Item], found: &mut Vec<Found>) -> syn::Result<()> {
    for item in items {
        let Item::Mod(module) = item else { continue };
        match module.attrs.iter().find(|attribute| is_migration(attribute)) {
            Some(attribute) => found.extend(migration(module, attribute)?),
            None => module.content.iter().try_for_each(|(_, items)| within(items, found))?,
        }
    }
    Ok(())
}

fn is_migration(attribute: &Attribute) -> bool {
    attribute.path().segments.last().is_some_and(|last| last.ident == "migration")
}

/// Words that are not about the place in the graph are passed over: the compiler judges them.
fn migration(module: &ItemMod, attribute: &Attribute) -> syn::Result<Option<Found>> {
    let Meta::List(list) = &attribute.meta else { return Ok(None) };
    let words = Punctuated::<Meta, Token![,]>::parse_terminated.parse2(list.tokens.clone())?;
    let Some(revision) = texts(&words, "revision").into_iter().next() else { return Ok(None) };
    let mut metadata = Metadata::new(&revision).description(module.ident.to_string().replace('_', " "));
    for parent in texts(&words, "down_revision") {
        metadata = metadata.down_revision(&parent);
    }
    if words.iter().any(is_base) {
        metadata = metadata.base();
    }
    metadata = texts(&words, "branch_label").into_iter().fold(metadata, Metadata::branch_label);
    metadata = texts(&words, "depends_on").iter().fold(metadata, |all, one| all.depends_on(one));
    metadata = texts(&words, "replaces").iter().fold(metadata, |all, one| all.replaces(one));
    let line = attribute.span().start().line;
    let group = texts(&words, "group").into_iter().next();
    Ok(Some(Found { metadata, module: module.ident.to_string(), line, group }))
}

/// `down_revision = none`.
fn is_base(word: &Meta) -> bool {
    let Meta::NameValue(pair) = word else { return false };
    pair.path.is_ident("down_revision") && matches!(&pair.value, Expr::Path(path) if path.path.is_ident("none"))
}

/// The texts that a word says: `"a"` or `["a", "b"]`.
fn texts(words: &Punctuated<Meta, Token![,]>, name: &str) -> Vec<String> {
    let said = words.iter().filter(|word| word.path().is_ident(name));
    said.flat_map(|word| match word {
        Meta::NameValue(pair) => literals(&pair.value),
        Meta::List(list) => Punctuated::<Expr, Token![,]>::parse_terminated
            .parse2(list.tokens.clone())
            .map(|values| values.iter().flat_map(literals).collect())
            .unwrap_or_default(),
        Meta::Path(_) => Vec::new(),
    })
    .collect()
}

fn literals(value: &Expr) -> Vec<String> {
    match value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => vec![text.value()],
            _ => Vec::new(),
        },
        Expr::Array(array) => array.elems.iter().flat_map(literals).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::Parents;

    #[test]
    fn what_a_file_says_of_its_place_is_read() {
        let text = r#"
            /// Merge.
            #[migration(revision = "2026-3", down_revision = ["1", "2"], requires(table("users")), irreversible)]
            mod merged {}
            mod more {
                #[migrator_core::migration(revision = "4", down_revision = none, group = "other")]
                mod apart {}
            }
            mod plain {}
        "#;
        let found = of(text).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].module.as_str(), found[0].line), ("merged", 3));
        assert_eq!(found[0].metadata.revision(), "20263");
        assert_eq!(*found[0].metadata.parents(), Parents::Revisions(vec!["1".into(), "2".into()]));
        assert_eq!(*found[1].metadata.parents(), Parents::Base);
        assert_eq!((&found[0].group, found[1].group.as_deref()), (&None, Some("other")));
    }

    #[test]
    fn a_file_that_does_not_parse_is_told_with_its_line() {
        let error = of("mod a {}\nmod b {\n").err().unwrap();
        assert!(error.span().start().line >= 2);
    }
}
