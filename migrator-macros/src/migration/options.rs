//! The options of the attribute, checked, as the calls on `Metadata` that they become.

use proc_macro2::Span;
use syn::{Expr, Ident, Lit, LitStr, Path, parse_quote};

use super::conditions::{self, CONDITIONS, LOSSES, Table, Term, Vocabulary};
use super::parse::{self, Argument, Value};
use crate::errors::{Errors, all};
use crate::spelling::suggestion;

pub(super) struct Options {
    pub(super) revision: LitStr,
    pub(super) description: Option<LitStr>,
    pub(super) group: LitStr,
    pub(super) krate: Path,
    pub(super) calls: Vec<Call>,
}

/// A method of `Metadata` and what it is given.
pub(super) struct Call {
    pub(super) method: &'static str,
    pub(super) given: Given,
}

pub(super) enum Given {
    Nothing,
    Switch(bool),
    Text(LitStr),
    Table(Table),
    Term(Term),
}

struct Word {
    name: &'static str,
    usage: &'static str,
}

const fn word(name: &'static str, usage: &'static str) -> Word {
    Word { name, usage }
}

const WORDS: [Word; 16] = [
    word("revision", r#"`revision = "20261123031600"`"#),
    word("description", r#"`description = "add an e-mail address"`"#),
    word("down_revision", r#"`down_revision = "20261122101500"`, a list of them in brackets, or `none`"#),
    word("branch_label", r#"`branch_label = "billing"`, or a list of them in brackets"#),
    word("depends_on", r#"`depends_on = "20261122101500"`, or a list of them in brackets"#),
    word("replaces", r#"`replaces = "20261122101500"`, or a list of them in brackets"#),
    word("transaction", "`transaction = false` or `transaction = true`"),
    word("foreign_keys", "`foreign_keys = off` or `foreign_keys = on`"),
    word("irreversible", "`irreversible`, without a value"),
    word("requires", r#"`requires(table("users"), ..)`"#),
    word("ensures", r#"`ensures(column("users", "email"), ..)`"#),
    word("skip_if", r#"`skip_if(no_table("users"), ..)`"#),
    word("backup", r#"`backup("users", ..)`"#),
    word("allow_loss", r#"`allow_loss(column("users", "email"), ..)`"#),
    word("group", r#"`group = "reporting"`"#),
    word("crate", "`crate = path::to::migrator_core`"),
];

pub(super) fn check(arguments: &[Argument], errors: &mut Errors) -> Option<Options> {
    report_repeated(arguments, errors);
    let revision = revision(arguments, errors);
    let calls: Vec<Call> = arguments
        .iter()
        .filter(|argument| !argument.is_broken())
        .filter_map(|argument| errors.take(calls(argument)))
        .flatten()
        .collect();
    if let Some(revision) = &revision {
        report_own_parents(revision, &calls, errors);
    }
    let description = value(arguments, "description", one_text, errors);
    let group = value(arguments, "group", one_text, errors);
    let krate = value(arguments, "crate", path, errors);
    Some(Options {
        revision: revision?,
        description,
        group: group.unwrap_or_else(|| LitStr::new("default", Span::call_site())),
        krate: krate.unwrap_or_else(default_krate),
        calls,
    })
}

/// The crate to name in the expansion, as far as the attribute says it.
pub(super) fn krate(arguments: &[Argument]) -> Path {
    value(arguments, "crate", path, &mut Errors::default()).unwrap_or_else(default_krate)
}

fn default_krate() -> Path {
    parse_quote!(::migrator_core)
}

fn report_repeated(arguments: &[Argument], errors: &mut Errors) {
    for (at, argument) in arguments.iter().enumerate() {
        if arguments[..at].iter().any(|earlier| earlier.name == argument.name) {
            let name = &argument.name;
            errors.at(name, format!("`{name}` is already given: say it once, with all it has to say"));
        }
    }
}

fn revision(arguments: &[Argument], errors: &mut Errors) -> Option<LitStr> {
    if parse::find(arguments, "revision").is_none() {
        errors.push(syn::Error::new(
            Span::call_site(),
            "this migration has no revision: add `revision = \"20261123031600\"`, \
             the time when it is written",
        ));
    }
    value(arguments, "revision", |argument| checked_revision(&one_text(argument)?), errors)
}

fn report_own_parents(revision: &LitStr, calls: &[Call], errors: &mut Errors) {
    for call in calls {
        if let Given::Text(text) = &call.given
            && ["down_revision", "depends_on", "replaces"].contains(&call.method)
            && text.value() == revision.value()
        {
            errors.at(text, format!("a migration cannot name itself in `{}`", call.method));
        }
    }
}

fn value<T>(
    arguments: &[Argument],
    name: &str,
    read: impl Fn(&Argument) -> syn::Result<T>,
    errors: &mut Errors,
) -> Option<T> {
    parse::find(arguments, name)
        .filter(|argument| !argument.is_broken())
        .and_then(|argument| errors.take(read(argument)))
}

/// What an argument says to `Metadata`; nothing where [`check`] reads it by name.
fn calls(argument: &Argument) -> syn::Result<Vec<Call>> {
    let method = known_word(&argument.name)?.name;
    let given = match method {
        "down_revision" if is_assigned_word(argument, "none") => {
            return Ok(vec![Call { method: "base", given: Given::Nothing }]);
        }
        "down_revision" | "depends_on" | "replaces" => each_text(argument, checked_revision)?,
        "branch_label" => each_text(argument, checked_label)?,
        "transaction" | "foreign_keys" => vec![Given::Switch(switch(argument)?)],
        "irreversible" => vec![nothing(argument)?],
        "requires" | "ensures" | "skip_if" => terms(argument, &CONDITIONS)?,
        "allow_loss" => terms(argument, &LOSSES)?,
        "backup" => all(listed(argument)?.iter().map(|table| conditions::table(table).map(Given::Table)))?,
        _ => vec![],
    };
    Ok(given.into_iter().map(|given| Call { method, given }).collect())
}

fn known_word(written: &Ident) -> syn::Result<&'static Word> {
    WORDS.iter().find(|word| written == word.name).ok_or_else(|| {
        let suggestion = suggestion(&written.to_string(), WORDS.iter().map(|word| word.name));
        syn::Error::new_spanned(written, format!("unknown option `{written}`: {suggestion}"))
    })
}

fn terms(argument: &Argument, vocabulary: &Vocabulary) -> syn::Result<Vec<Given>> {
    all(listed(argument)?.iter().map(|written| vocabulary.term(written).map(Given::Term)))
}

fn each_text(argument: &Argument, check: impl Fn(&LitStr) -> syn::Result<LitStr>) -> syn::Result<Vec<Given>> {
    let texts = match conditions::plain(assigned(argument)?) {
        Expr::Array(list) if !list.elems.is_empty() => all(list.elems.iter().map(|item| text(argument, item)))?,
        single => vec![text(argument, single)?],
    };
    all(texts.iter().map(|text| check(text).map(Given::Text)))
}

fn one_text(argument: &Argument) -> syn::Result<LitStr> {
    text(argument, assigned(argument)?)
}

fn text(argument: &Argument, written: &Expr) -> syn::Result<LitStr> {
    conditions::text(written).filter(|text| !text.value().trim().is_empty()).ok_or_else(|| misuse_at(argument, written))
}

fn switch(argument: &Argument) -> syn::Result<bool> {
    let written = assigned(argument)?;
    match conditions::plain(written) {
        Expr::Lit(literal) if argument.is("transaction") => match &literal.lit {
            Lit::Bool(value) => Ok(value.value),
            _ => Err(misuse_at(argument, written)),
        },
        _ if argument.is("foreign_keys") && is_assigned_word(argument, "on") => Ok(true),
        _ if argument.is("foreign_keys") && is_assigned_word(argument, "off") => Ok(false),
        _ => Err(misuse_at(argument, written)),
    }
}

fn nothing(argument: &Argument) -> syn::Result<Given> {
    match &argument.value {
        Value::None => Ok(Given::Nothing),
        _ => Err(misuse(argument)),
    }
}

fn path(argument: &Argument) -> syn::Result<Path> {
    match assigned(argument)? {
        Expr::Path(path) if path.qself.is_none() => Ok(path.path.clone()),
        other => Err(misuse_at(argument, other)),
    }
}

fn is_assigned_word(argument: &Argument, expected: &str) -> bool {
    matches!(&argument.value, Value::Assigned(written)
        if conditions::word(written).is_some_and(|word| word == expected))
}

fn assigned(argument: &Argument) -> syn::Result<&Expr> {
    match &argument.value {
        Value::Assigned(value) => Ok(value),
        _ => Err(misuse(argument)),
    }
}

fn listed(argument: &Argument) -> syn::Result<&[Expr]> {
    match &argument.value {
        Value::Listed(items) if !items.is_empty() => Ok(items),
        _ => Err(misuse(argument)),
    }
}

fn misuse(argument: &Argument) -> syn::Error {
    misuse_at(argument, &argument.name)
}

fn misuse_at(argument: &Argument, tokens: impl quote::ToTokens) -> syn::Error {
    let usage = WORDS.iter().find(|word| argument.is(word.name)).map_or("", |word| word.usage);
    syn::Error::new_spanned(tokens, format!("`{}` is written {usage}", argument.name))
}

/// As the history knows it: hyphens are dropped.
fn checked_revision(written: &LitStr) -> syn::Result<LitStr> {
    let revision = written.value().replace('-', "");
    check_name("revision", written, &revision)?;
    Ok(LitStr::new(&revision, written.span()))
}

fn checked_label(written: &LitStr) -> syn::Result<LitStr> {
    check_name("branch label", written, &written.value())?;
    Ok(written.clone())
}

fn check_name(noun: &str, written: &LitStr, name: &str) -> syn::Result<()> {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let problem = match name {
        "head" | "heads" | "base" | "current" => {
            format!("`{name}` means a place in the history: choose another {noun}")
        }
        _ if (1..=50).contains(&name.len()) && name.chars().all(is_letter) => return Ok(()),
        _ => format!("a {noun} is 1 to 50 letters (A-Z, a-z), digits, `_` or `.`"),
    };
    Err(syn::Error::new_spanned(written, problem))
}
