//! `#[derive(SchemaConnection)]`: an enum hands each call to the connection it holds.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Fields, Ident, Path, Token, Type, Variant, parse_quote};

use crate::errors::all;

pub(crate) fn schema_connection(input: TokenStream) -> TokenStream {
    syn::parse2(input).and_then(|input| expand(&input)).unwrap_or_else(|error| error.to_compile_error())
}

fn expand(input: &DeriveInput) -> syn::Result<TokenStream> {
    let krate = krate(input)?;
    let (variants, connections): (Vec<_>, Vec<_>) = variants(input)?.into_iter().unzip();
    let name = &input.ident;
    Ok(quote! {
        #[automatically_derived]
        impl #krate::SchemaConnection for #name {
            fn database(&mut self) -> &mut dyn #krate::Database {
                match self {
                    #(Self::#variants(inner) => <#connections as #krate::SchemaConnection>::database(inner),)*
                }
            }
            fn as_any(&mut self) -> &mut dyn ::core::any::Any {
                self
            }
        }
    })
}

fn variants(input: &DeriveInput) -> syn::Result<Vec<(&Ident, &Type)>> {
    if !input.generics.params.is_empty() {
        return Err(syn::Error::new_spanned(
            &input.generics,
            "an enum of connections has no generic parameters: name the connection types",
        ));
    }
    let Data::Enum(data) = &input.data else {
        return Err(syn::Error::new_spanned(
            &input.ident,
            "`SchemaConnection` is derived for an enum of connections: \
             `enum AnyConnection { Sqlite(SqliteConnection), Pg(PgConnection) }`",
        ));
    };
    if data.variants.is_empty() {
        return Err(syn::Error::new_spanned(
            &input.ident,
            "this enum has no variant: add one for each database, such as `Sqlite(SqliteConnection)`",
        ));
    }
    all(data.variants.iter().map(variant))
}

/// Its name and the connection it holds.
fn variant(variant: &Variant) -> syn::Result<(&Ident, &Type)> {
    if let Fields::Unnamed(fields) = &variant.fields
        && fields.unnamed.len() == 1
    {
        return Ok((&variant.ident, &fields.unnamed[0].ty));
    }
    let message = format!("a variant holds one connection: `{}(SqliteConnection)`", variant.ident);
    Err(syn::Error::new_spanned(variant, message))
}

fn krate(input: &DeriveInput) -> syn::Result<Path> {
    let mut krate = parse_quote!(::migrator_core);
    for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("migrator")) {
        attribute.parse_nested_meta(|option| {
            if !option.path.is_ident("crate") {
                return Err(option.error("unknown option: the only one is `crate = path`"));
            }
            option.input.parse::<Token![=]>()?;
            krate = option.input.call(Path::parse_mod_style)?;
            Ok(())
        })?;
    }
    Ok(krate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rustfmt::rustfmt;

    fn errors(input: TokenStream) -> Vec<String> {
        let input = syn::parse2(input).unwrap();
        let errors = expand(&input).unwrap_err();
        errors.into_iter().map(|error| error.to_string()).collect()
    }

    #[test]
    fn every_variant_hands_over() {
        let input = quote! {
            #[migrator(crate = our::migrator)]
            enum AnyConnection {
                Sqlite(SqliteConnection),
                Pg(PgConnection),
            }
        };
        insta::assert_snapshot!(rustfmt(&schema_connection(input).to_string(), "2024", 100), @r#"
    #[automatically_derived]
    impl our::migrator::SchemaConnection for AnyConnection {
        fn database(&mut self) -> &mut dyn our::migrator::Database {
            match self {
                Self::Sqlite(inner) => {
                    <SqliteConnection as our::migrator::SchemaConnection>::database(inner)
                }
                Self::Pg(inner) => <PgConnection as our::migrator::SchemaConnection>::database(inner),
            }
        }
        fn as_any(&mut self) -> &mut dyn ::core::any::Any {
            self
        }
    }
    "#);
    }

    #[test]
    fn each_wrong_variant_is_an_error_of_its_own() {
        let found = errors(quote!(
            enum Any {
                Unit,
                Pair(A, B),
                Named { inner: A },
                Good(A),
            }
        ));
        assert_eq!(
            found,
            [
                "a variant holds one connection: `Unit(SqliteConnection)`",
                "a variant holds one connection: `Pair(SqliteConnection)`",
                "a variant holds one connection: `Named(SqliteConnection)`",
            ]
        );
    }

    #[test]
    fn unknown_options_are_refused() {
        let found = errors(quote!(
            #[migrator(krate = x)]
            enum Any {
                Good(A),
            }
        ));
        assert_eq!(found, ["unknown option: the only one is `crate = path`"]);
    }
}
