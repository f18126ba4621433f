//! What is written: the arguments of the attribute and the module, not yet judged.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::quote;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Expr, Ident, Item, ItemMod, Token, parenthesized, token};

use crate::errors::Errors;

/// `irreversible`, `revision = ".."` or `backup("users")`.
pub(super) struct Argument {
    pub(super) name: Ident,
    pub(super) value: Value,
}

pub(super) enum Value {
    None,
    Assigned(Expr),
    Listed(Vec<Expr>),
    /// Reported already: the option is there, and says nothing.
    Broken,
}

impl Argument {
    pub(super) fn is(&self, name: &str) -> bool {
        self.name == name
    }

    pub(super) fn is_broken(&self) -> bool {
        matches!(self.value, Value::Broken)
    }
}

impl Parse for Argument {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if !input.peek(Ident::peek_any) {
            return Err(input.error("expected an option, such as `revision = \"20261123031600\"`"));
        }
        let name = input.call(Ident::parse_any)?;
        let value = Value::parse(input)?;
        if !input.is_empty() {
            return Err(input.error("expected `,` before the next option"));
        }
        Ok(Self { name, value })
    }
}

impl Parse for Value {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            return input.parse().map(Self::Assigned);
        }
        if input.peek(token::Paren) {
            let list;
            parenthesized!(list in input);
            let items: Punctuated<Expr, Token![,]> = Punctuated::parse_terminated(&list)?;
            return Ok(Self::Listed(items.into_iter().collect()));
        }
        Ok(Self::None)
    }
}

/// Each argument is parsed on its own, so that a broken one does not hide the others.
pub(super) fn arguments(tokens: TokenStream, errors: &mut Errors) -> Vec<Argument> {
    split_at_commas(tokens)
        .into_iter()
        .filter_map(|argument| errors.take(self::argument(&argument)).or_else(|| broken(argument)))
        .collect()
}

pub(super) fn find<'a>(arguments: &'a [Argument], name: &str) -> Option<&'a Argument> {
    arguments.iter().find(|argument| argument.is(name))
}

fn argument(tokens: &TokenStream) -> syn::Result<Argument> {
    if ends_with_equals(tokens) {
        return Err(syn::Error::new_spanned(tokens, "expected a value after `=`"));
    }
    syn::parse2(tokens.clone())
}

fn broken(tokens: TokenStream) -> Option<Argument> {
    match tokens.into_iter().next() {
        Some(TokenTree::Ident(name)) => Some(Argument { name, value: Value::Broken }),
        _ => None,
    }
}

fn ends_with_equals(tokens: &TokenStream) -> bool {
    let last = tokens.clone().into_iter().last();
    matches!(last, Some(TokenTree::Punct(sign)) if sign.as_char() == '=')
}

fn split_at_commas(tokens: TokenStream) -> Vec<TokenStream> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    tokens
        .split(|token| matches!(token, TokenTree::Punct(sign) if sign.as_char() == ','))
        .filter(|argument| !argument.is_empty())
        .map(|argument| argument.iter().cloned().collect())
        .collect()
}

pub(super) fn module(item: &TokenStream) -> syn::Result<ItemMod> {
    match syn::parse2(item.clone())? {
        Item::Mod(module) if module.content.is_some() => Ok(module),
        Item::Mod(module) => Err(syn::Error::new_spanned(
            module.semi,
            format!("a migration is written where it is declared: `mod {} {{ .. }}`", module.ident),
        )),
        other => Err(syn::Error::new_spanned(
            first_token(&other),
            "`#[migration]` belongs on a module: `mod add_email { fn upgrade(..) fn downgrade(..) }`",
        )),
    }
}

/// The first token after the attributes.
fn first_token(item: &Item) -> Option<TokenTree> {
    let mut tokens = quote!(#item).into_iter().peekable();
    while let Some(TokenTree::Punct(_)) = tokens.peek() {
        tokens.nth(1);
    }
    tokens.next()
}

/// The tokens between the module's braces.
pub(super) fn body(module: TokenStream) -> TokenStream {
    match module.into_iter().last() {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::None => body(group.stream()),
        Some(TokenTree::Group(group)) => group.stream(),
        _ => TokenStream::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(tokens: TokenStream) -> (Vec<String>, String) {
        let mut errors = Errors::default();
        let arguments = arguments(tokens, &mut errors);
        let names = arguments.iter().map(|argument| argument.name.to_string()).collect();
        let errors = errors.compile_errors().unwrap_or_default();
        (names, errors.to_string())
    }

    #[test]
    fn a_broken_argument_does_not_hide_the_others() {
        let (names, errors) = names(quote!(revision = , "loose", group = "a" backup("b"), transaction));
        assert_eq!(names, ["revision", "group", "transaction"]);
        assert!(errors.contains("expected a value after `=`"));
        assert!(errors.contains("expected an option"));
        assert!(errors.contains("expected `,`"));
    }

    #[test]
    fn keywords_may_name_an_option() {
        let (names, errors) = names(quote!(crate = ::migrator_core, irreversible,));
        assert_eq!(names, ["crate", "irreversible"]);
        assert_eq!(errors, "");
    }

    #[test]
    fn the_body_is_found_behind_attributes_and_invisible_groups() {
        let module = quote!(
            #[a(b)]
            pub(crate) mod x {
                fn f() {}
            }
        );
        let grouped = proc_macro2::Group::new(Delimiter::None, module.clone());
        let expected = quote!(
            fn f() {}
        )
        .to_string();
        assert_eq!(body(module).to_string(), expected);
        assert_eq!(body(TokenTree::from(grouped).into()).to_string(), expected);
    }

    #[test]
    fn other_items_are_refused_at_their_first_token() {
        let item = syn::parse_quote!(
            #[inline]
            /** Doc. */
            pub fn f() {}
        );
        assert_eq!(first_token(&item).unwrap().to_string(), "pub");
        let error = module(&quote!(
            mod x;
        ))
        .unwrap_err();
        assert_eq!(error.to_string(), "a migration is written where it is declared: `mod x { .. }`");
    }
}
