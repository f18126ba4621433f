//! `#[migration]`: parse, check, expand.

mod conditions;
mod expand;
mod functions;
mod options;
mod parse;

use proc_macro2::TokenStream;
use quote::quote;

use crate::errors::Errors;

pub(crate) fn migration(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let arguments = parse::arguments(arguments, &mut errors);
    let Some(module) = errors.take(parse::module(&item)) else {
        let errors = errors.compile_errors();
        return quote!(#item #errors);
    };
    let options = options::check(&arguments, &mut errors);
    let irreversible = parse::find(&arguments, "irreversible").map(|argument| &argument.name);
    let functions = functions::check(&module, irreversible, &mut errors);
    match (options, functions, errors.compile_errors()) {
        (Some(options), Some(functions), None) => expand::migration(module, &options, &functions, &parse::body(item)),
        (_, _, errors) => {
            let module = expand::placeholder(module, &options::krate(&arguments));
            quote!(#module #errors)
        }
    }
}

#[cfg(test)]
mod tests;
