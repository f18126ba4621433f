//! One form for all the ways in which rustfmt, and a person with the same meaning, may lay code out.
//!
//! Each rule sees one level of the code, the pieces between two delimiters, after the levels within
//! have been through all rules. A rule may take two programs for one only where at most one of them
//! compiles, or where no one would write the difference.

use proc_macro2::Delimiter::{self, Brace, Bracket, Parenthesis};

use super::pieces::Piece::{self, Group, Literal, Sign, Word};

type Level = Vec<Piece>;

const RULES: [fn(&[Piece]) -> Level; 12] = [
    without_imports,
    with_explicit_abi,
    with_brackets_for_vec,
    with_field_shorthand,
    without_empty_statements,
    without_semicolon_after_jump,
    without_trailing_commas,
    without_nested_parentheses,
    without_leading_pipes,
    without_last_comma_of_closure_parameters,
    without_braces_of_closures,
    without_layout_of_arms,
];

pub(super) fn canonical(level: &[Piece]) -> Level {
    let level = without_attributes(level).into_iter().map(canonical_within).collect();
    RULES.iter().fold(level, |level, rule| rule(&level))
}

fn canonical_within(piece: Piece) -> Piece {
    match piece {
        Group(delimiter, inner) => Group(delimiter, canonical(&inner)),
        other => other,
    }
}

/// Doc comments are attributes. An item that only tests see goes with its attribute.
fn without_attributes(level: &[Piece]) -> Level {
    let mut kept = Level::new();
    let mut rest = level;
    while let [piece, after @ ..] = rest {
        rest = match attribute(rest) {
            Some((inner, after)) if is_cfg_test(inner) => after_item(after),
            Some((_, after)) => after,
            None => {
                kept.push(piece.clone());
                after
            }
        };
    }
    kept
}

/// The inside of the attribute that begins here, and what follows it.
fn attribute(level: &[Piece]) -> Option<(&[Piece], &[Piece])> {
    let after_hash = level.split_first().filter(|(first, _)| first.is_sign("#"))?.1;
    match after_hash {
        [bang, Group(Bracket, inner), after @ ..] if bang.is_sign("!") => Some((inner, after)),
        [Group(Bracket, inner), after @ ..] => Some((inner, after)),
        _ => None,
    }
}

fn is_cfg_test(attribute: &[Piece]) -> bool {
    matches!(attribute, [cfg, Group(Parenthesis, condition)]
        if cfg.is_word("cfg") && matches!(condition.as_slice(), [test] if test.is_word("test")))
}

/// An item ends with its body or a semicolon, or with both (`use a::{b};`).
fn after_item(level: &[Piece]) -> &[Piece] {
    let end = level.iter().position(|piece| is_brace(piece) || piece.is_sign(";"));
    match end.map(|end| level.split_at(end + 1)) {
        Some((item, [semicolon, after @ ..])) if ends_with_body(item) && semicolon.is_sign(";") => after,
        Some((_, after)) => after,
        None => &[],
    }
}

fn ends_with_body(item: &[Piece]) -> bool {
    item.last().is_some_and(is_brace)
}

/// `use` says where names come from; rustfmt sorts it.
fn without_imports(level: &[Piece]) -> Level {
    let mut kept = Level::new();
    let mut rest = level;
    while let [piece, after @ ..] = rest {
        rest = if piece.is_word("use") {
            after_item(after)
        } else {
            kept.push(piece.clone());
            after
        };
    }
    kept
}

fn with_explicit_abi(level: &[Piece]) -> Level {
    rewrite(level, |_, piece, after| {
        let mut abi = vec![piece.clone()];
        if piece.is_word("extern") && after.first().is_some_and(|next| next.is_word("fn")) {
            abi.push(Literal("\"C\"".to_owned()));
        }
        abi
    })
}

fn with_brackets_for_vec(level: &[Piece]) -> Level {
    rewrite(level, |before, piece, _| match (before, piece) {
        ([.., vec, bang], Group(_, inner)) if vec.is_word("vec") && bang.is_sign("!") => {
            vec![Group(Bracket, inner.clone())]
        }
        _ => vec![piece.clone()],
    })
}

/// `Row { id: id }` is `Row { id }`.
fn with_field_shorthand(level: &[Piece]) -> Level {
    keep(level, |before, piece, after| match (before, piece, after) {
        // `id` and `: id` after it: of the two words the first goes, with its colon.
        (before, name, [colon, value, after @ ..]) if colon.is_sign(":") => !is_short_field(before, name, value, after),
        ([before @ .., name], colon, [value, after @ ..]) if colon.is_sign(":") => {
            !is_short_field(before, name, value, after)
        }
        _ => true,
    })
}

fn is_short_field(before: &[Piece], name: &Piece, value: &Piece, after: &[Piece]) -> bool {
    let ends = |neighbour: Option<&Piece>| neighbour.is_none_or(|piece| piece.is_sign(","));
    matches!(name, Word(_)) && name == value && ends(before.last()) && ends(after.first())
}

fn without_empty_statements(level: &[Piece]) -> Level {
    keep(level, |before, piece, _| !piece.is_sign(";") || before.last().is_some_and(|last| !last.is_sign(";")))
}

/// rustfmt ends a block's last `return`, `break` or `continue` with a semicolon.
fn without_semicolon_after_jump(level: &[Piece]) -> Level {
    match level.split_last() {
        Some((last, before)) if last.is_sign(";") && last_statement(before).iter().any(is_jump) => before.to_vec(),
        _ => level.to_vec(),
    }
}

fn last_statement(level: &[Piece]) -> &[Piece] {
    let previous = level.iter().rposition(|piece| piece.is_sign(";"));
    previous.map_or(level, |end| &level[end + 1..])
}

fn is_jump(piece: &Piece) -> bool {
    ["return", "break", "continue"].iter().any(|word| piece.is_word(word))
}

fn without_trailing_commas(level: &[Piece]) -> Level {
    rewrite(level, |before, piece, after| match piece {
        Sign(_) if is_trailing_comma(before, piece, after) => vec![],
        Group(delimiter, inner) if !is_single_tuple(before, *delimiter, inner) => {
            vec![Group(*delimiter, without_last_comma(inner))]
        }
        _ => vec![piece.clone()],
    })
}

fn is_trailing_comma(before: &[Piece], piece: &Piece, after: &[Piece]) -> bool {
    piece.is_sign(",")
        && after
            .first()
            .is_some_and(|next| next.is_sign(">") || (is_brace(next) || next.is_sign(";")) && in_where_clause(before))
}

fn in_where_clause(before: &[Piece]) -> bool {
    let item = before.iter().rev().take_while(|piece| !is_brace(piece) && !piece.is_sign(";"));
    item.into_iter().any(|piece| piece.is_word("where"))
}

/// `(a,)` where a value stands, not arguments: its comma makes it a tuple.
fn is_single_tuple(before: &[Piece], delimiter: Delimiter, inner: &[Piece]) -> bool {
    delimiter == Parenthesis
        && !takes_arguments(before)
        && inner.iter().position(|piece| piece.is_sign(",")) == inner.len().checked_sub(1)
}

fn without_last_comma(level: &[Piece]) -> Level {
    match level.split_last() {
        Some((last, before)) if last.is_sign(",") => before.to_vec(),
        _ => level.to_vec(),
    }
}

fn without_nested_parentheses(level: &[Piece]) -> Level {
    rewrite(level, |before, piece, _| match piece {
        Group(Parenthesis, inner) if !takes_arguments(before) => match inner.as_slice() {
            [nested @ Group(Parenthesis, _)] => vec![nested.clone()],
            _ => vec![piece.clone()],
        },
        _ => vec![piece.clone()],
    })
}

/// Whether a parenthesis after these pieces belongs to a call, a macro, a type or a pattern's name.
fn takes_arguments(before: &[Piece]) -> bool {
    match before {
        [.., Word(_), bang] if bang.is_sign("!") => true,
        [.., last] => last.ends_operand() && !is_brace(last),
        [] => false,
    }
}

fn without_leading_pipes(level: &[Piece]) -> Level {
    if !has_arms(level) {
        return level.to_vec();
    }
    keep(level, |before, piece, _| !(piece.is_sign("|") && starts_arm(before)))
}

fn starts_arm(before: &[Piece]) -> bool {
    match before {
        [] => true,
        [.., arrow, body] if is_brace(body) => arrow.is_sign("=>"),
        [.., last] => last.is_sign(","),
    }
}

fn without_last_comma_of_closure_parameters(level: &[Piece]) -> Level {
    let ends = ends_of_closure_parameters(level);
    keep(level, |before, piece, _| !(piece.is_sign(",") && ends.contains(&(before.len() + 1))))
}

fn without_braces_of_closures(level: &[Piece]) -> Level {
    let ends = ends_of_closure_parameters(level);
    rewrite(level, |before, piece, after| match piece {
        Group(Brace, inner) if follows_one_of(&ends, before) && ends_expression(after) => bare(inner),
        _ => vec![piece.clone()],
    })
}

fn follows_one_of(positions: &[usize], before: &[Piece]) -> bool {
    before.len().checked_sub(1).is_some_and(|last| positions.contains(&last))
}

fn ends_expression(after: &[Piece]) -> bool {
    after.first().is_none_or(|next| next.is_sign(",") || next.is_sign(";"))
}

/// Where the second `|` of each closure stands, or its `||`.
fn ends_of_closure_parameters(level: &[Piece]) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut at = 0;
    while at < level.len() {
        at = match end_of_parameters(level, at) {
            Some(end) => {
                ends.push(end);
                end + 1
            }
            None => at + 1,
        };
    }
    ends
}

fn end_of_parameters(level: &[Piece], start: usize) -> Option<usize> {
    if level[..start].last().is_some_and(Piece::ends_operand) {
        return None;
    }
    if level[start].is_sign("||") {
        return Some(start);
    }
    let mut bars = (start..level.len()).filter(|&at| level[at].is_sign("|"));
    bars.next().filter(|&first| first == start)?;
    bars.next()
}

/// Commas between arms, braces round their bodies.
fn without_layout_of_arms(level: &[Piece]) -> Level {
    if !has_arms(level) {
        return level.to_vec();
    }
    let bare_arms = rewrite(level, |before, piece, after| match piece {
        Group(Brace, inner) if is_whole_arm(before, after) => bare(inner),
        _ => vec![piece.clone()],
    });
    keep(&bare_arms, |_, piece, _| !piece.is_sign(","))
}

fn has_arms(level: &[Piece]) -> bool {
    level.iter().any(|piece| piece.is_sign("=>"))
}

fn is_whole_arm(before: &[Piece], after: &[Piece]) -> bool {
    before.last().is_some_and(|last| last.is_sign("=>"))
        && after.first().is_none_or(|next| !next.is_sign(".") && !next.is_sign("?"))
}

/// A block without the braces it can do without.
fn bare(block: &[Piece]) -> Level {
    match block {
        [Group(Brace, nested)] => bare(nested),
        [] => vec![Group(Brace, Level::new())],
        _ if block.iter().any(|piece| piece.is_sign(";")) => vec![Group(Brace, block.to_vec())],
        _ => block.to_vec(),
    }
}

fn is_brace(piece: &Piece) -> bool {
    matches!(piece, Group(Brace, _))
}

/// The level with each piece replaced; the rule sees what stands before and after it.
fn rewrite(level: &[Piece], rule: impl Fn(&[Piece], &Piece, &[Piece]) -> Level) -> Level {
    (0..level.len()).flat_map(|at| rule(&level[..at], &level[at], &level[at + 1..])).collect()
}

fn keep(level: &[Piece], wanted: impl Fn(&[Piece], &Piece, &[Piece]) -> bool) -> Level {
    (0..level.len())
        .filter(|&at| wanted(&level[..at], &level[at], &level[at + 1..]))
        .map(|at| level[at].clone())
        .collect()
}
