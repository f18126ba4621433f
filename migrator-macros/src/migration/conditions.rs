//! The words inside `requires(..)`, `allow_loss(..)` and their like.

use syn::{Expr, ExprCall, Ident, Lit, LitStr};

use crate::spelling::suggestion;

/// `"users"` or `("app", "users")`.
pub(super) struct Table {
    pub(super) schema: Option<LitStr>,
    pub(super) name: LitStr,
}

/// `column("users", "email")`: a constructor of [`Vocabulary::type_name`] and its arguments.
pub(super) struct Term {
    pub(super) type_name: &'static str,
    pub(super) word: Ident,
    pub(super) table: Table,
    pub(super) part: Option<LitStr>,
}

pub(super) struct Vocabulary {
    type_name: &'static str,
    noun: &'static str,
    words: &'static [Word],
}

struct Word {
    name: &'static str,
    usage: &'static str,
    /// What is named beside the table.
    part: Option<&'static str>,
}

pub(super) const CONDITIONS: Vocabulary = Vocabulary {
    type_name: "Condition",
    noun: "condition",
    words: &[
        table_word("table", r#"table("users")"#),
        table_word("no_table", r#"no_table("users")"#),
        part_word("column", r#"column("users", "email")"#, "a column"),
        part_word("no_column", r#"no_column("users", "email")"#, "a column"),
        part_word("index", r#"index("users", "users_email_idx")"#, "an index"),
        part_word("no_index", r#"no_index("users", "users_email_idx")"#, "an index"),
        table_word("empty", r#"empty("users")"#),
        table_word("not_empty", r#"not_empty("users")"#),
    ],
};

pub(super) const LOSSES: Vocabulary = Vocabulary {
    type_name: "Loss",
    noun: "loss",
    words: &[
        table_word("table", r#"table("users")"#),
        part_word("column", r#"column("users", "email")"#, "a column"),
        table_word("rows", r#"rows("users")"#),
    ],
};

const fn table_word(name: &'static str, usage: &'static str) -> Word {
    Word { name, usage, part: None }
}

const fn part_word(name: &'static str, usage: &'static str, part: &'static str) -> Word {
    Word { name, usage, part: Some(part) }
}

impl Vocabulary {
    pub(super) fn term(&self, written: &Expr) -> syn::Result<Term> {
        let (word, call) = self.call(written)?;
        let known = self.word(&word)?;
        let mut arguments = call.args.iter();
        let (Some(table), part, None) = (arguments.next(), arguments.next(), arguments.next()) else {
            return Err(known.misuse(call));
        };
        if part.is_some() != known.part.is_some() {
            return Err(known.misuse(call));
        }
        Ok(Term {
            type_name: self.type_name,
            word,
            table: self::table(table)?,
            part: part.map(|part| name(part, || known.usage_text())).transpose()?,
        })
    }

    fn call<'a>(&self, written: &'a Expr) -> syn::Result<(Ident, &'a ExprCall)> {
        if let Expr::Call(call) = plain(written)
            && let Some(word) = word(&call.func)
        {
            return Ok((word.clone(), call));
        }
        let message = format!("expected a {}, such as `{}`", self.noun, self.words[0].usage);
        Err(syn::Error::new_spanned(written, message))
    }

    fn word(&self, written: &Ident) -> syn::Result<&Word> {
        self.words.iter().find(|word| written == word.name).ok_or_else(|| {
            let names = self.words.iter().map(|word| word.name);
            let suggestion = suggestion(&written.to_string(), names);
            let message = format!("unknown {} `{written}`: {suggestion}", self.noun);
            syn::Error::new_spanned(written, message)
        })
    }
}

impl Word {
    fn misuse(&self, call: &ExprCall) -> syn::Error {
        syn::Error::new_spanned(call, self.usage_text())
    }

    fn usage_text(&self) -> String {
        let part = self.part.map(|part| format!(" and {part}")).unwrap_or_default();
        format!("`{}` names a table{part}: `{}`", self.name, self.usage)
    }
}

pub(super) fn table(written: &Expr) -> syn::Result<Table> {
    let message = || "a table is named `\"users\"` or `(\"schema\", \"users\")`".to_owned();
    match plain(written) {
        Expr::Tuple(pair) if pair.elems.len() == 2 => {
            Ok(Table { schema: Some(name(&pair.elems[0], message)?), name: name(&pair.elems[1], message)? })
        }
        other => Ok(Table { schema: None, name: name(other, message)? }),
    }
}

fn name(written: &Expr, message: impl Fn() -> String) -> syn::Result<LitStr> {
    text(written).ok_or_else(|| syn::Error::new_spanned(written, message()))
}

/// The string literal that stands here.
pub(super) fn text(written: &Expr) -> Option<LitStr> {
    match plain(written) {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// The single word that stands here.
pub(super) fn word(written: &Expr) -> Option<&Ident> {
    match plain(written) {
        Expr::Path(path) => path.path.get_ident(),
        _ => None,
    }
}

/// Without the invisible groups of `macro_rules!`.
pub(super) fn plain(written: &Expr) -> &Expr {
    match written {
        Expr::Group(group) => plain(&group.expr),
        other => other,
    }
}
