//! What the attribute leaves in the module: a static, and its registration.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Attribute, Expr, Item, ItemMod, Lit, Meta, Path};

use super::conditions::{Table, Term};
use super::functions::{Function, Functions, Parameter};
use super::options::{Call, Given, Options};
use crate::checksum::checksum;
use crate::errors::generated;

pub(super) fn migration(module: ItemMod, options: &Options, functions: &Functions, body: &TokenStream) -> TokenStream {
    let krate = &options.krate;
    let group = &options.group;
    let metadata = metadata(&module, options);
    let checksum = checksum(body.clone());
    let upgrade = call(&functions.upgrade);
    let downgrade = optional_call(functions.downgrade.as_ref());
    let verify = optional_call(functions.verify.as_ref());
    with_items(
        module,
        quote! {
            #[allow(unused_imports)]
            use super::*;
            /// This migration, for `migrations![..]`.
            pub static MIGRATION: #krate::RustMigration = #krate::RustMigration::new(
                || #metadata,
                #krate::Source::new(file!(), line!(), #checksum),
                #upgrade,
                #downgrade,
                #verify,
            );
            #krate::inventory::submit! { #krate::Registration::new(#group, &MIGRATION) }
        },
    )
}

/// Stands in for a migration with mistakes, so that what names it is not a mistake too.
pub(super) fn placeholder(module: ItemMod, krate: &Path) -> TokenStream {
    with_items(
        module,
        quote! {
            #[allow(unused_imports)]
            use super::*;
            /// This migration, for `migrations![..]`.
            pub static MIGRATION: #krate::RustMigration = #krate::RustMigration::new(
                || ::core::unreachable!(),
                #krate::Source::new("", 0, ""),
                |_| ::core::unreachable!(),
                None,
                None,
            );
        },
    )
}

/// The added items come last: of two glob imports that bring the same name, the compiler takes the
/// later one for unused, and ours may be.
fn with_items(mut module: ItemMod, added: TokenStream) -> TokenStream {
    if let Some((_, items)) = &mut module.content {
        items.push(Item::Verbatim(added));
    }
    quote!(#module)
}

fn metadata(module: &ItemMod, options: &Options) -> TokenStream {
    let krate = &options.krate;
    let revision = &options.revision;
    let description = description(module, options);
    let calls = options.calls.iter().map(|call| metadata_call(call, krate));
    quote!(#krate::Metadata::new(#revision).description(#description)#(#calls)*)
}

fn metadata_call(call: &Call, krate: &Path) -> TokenStream {
    let method = format_ident!("{}", call.method);
    match &call.given {
        Given::Nothing => quote!(.#method()),
        Given::Switch(value) => quote!(.#method(#value)),
        Given::Text(text) => quote!(.#method(#text)),
        Given::Table(table) => {
            let table = self::table(table);
            quote!(.#method(#table))
        }
        Given::Term(term) => {
            let term = self::term(term, krate);
            quote!(.#method(#term))
        }
    }
}

fn term(term: &Term, krate: &Path) -> TokenStream {
    let type_name = format_ident!("{}", term.type_name);
    let word = format_ident!("{}", term.word);
    let table = table(&term.table);
    let part = term.part.iter();
    quote!(#krate::#type_name::#word(#table #(, #part)*))
}

fn table(table: &Table) -> TokenStream {
    let name = &table.name;
    match &table.schema {
        Some(schema) => quote!((#schema, #name)),
        None => quote!(#name),
    }
}

fn optional_call(function: Option<&Function>) -> TokenStream {
    match function.map(call) {
        Some(call) => quote!(Some(#call)),
        None => quote!(None),
    }
}

/// The function behind the signature that the core calls: the connection is fetched where one is
/// asked for, any error is boxed. `Ok` has its full name because `anyhow` has another.
fn call(function: &Function) -> TokenStream {
    let name = &function.name;
    let argument = match function.takes {
        Parameter::Operations => quote!(op),
        Parameter::Connection => quote_spanned!(generated(function.parameter)=> op.connection()?),
    };
    let boxed = quote_spanned!(generated(function.returned)=> ?);
    quote!(|op| ::core::result::Result::Ok(::core::mem::drop(#name(#argument)#boxed)))
}

fn description(module: &ItemMod, options: &Options) -> String {
    match &options.description {
        Some(text) => text.value(),
        None => first_paragraph(&module.attrs).unwrap_or_else(|| module.ident.unraw().to_string().replace('_', " ")),
    }
}

fn first_paragraph(attributes: &[Attribute]) -> Option<String> {
    let lines: Vec<String> = attributes.iter().filter_map(doc_comment).collect();
    let text = lines.join("\n");
    let paragraph: Vec<&str> =
        text.lines().map(str::trim).skip_while(|line| line.is_empty()).take_while(|line| !line.is_empty()).collect();
    (!paragraph.is_empty()).then(|| paragraph.join(" "))
}

fn doc_comment(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(meta) = &attribute.meta else {
        return None;
    };
    match &meta.value {
        Expr::Lit(literal) if meta.path.is_ident("doc") => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}
