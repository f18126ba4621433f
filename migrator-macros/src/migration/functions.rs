//! The functions of a migration and what they take.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{FnArg, GenericParam, Ident, Item, ItemFn, ItemMod, ReturnType, Signature, Type};

use crate::errors::Errors;

pub(super) struct Functions {
    pub(super) upgrade: Function,
    pub(super) downgrade: Option<Function>,
    pub(super) verify: Option<Function>,
}

pub(super) struct Function {
    pub(super) name: Ident,
    pub(super) takes: Parameter,
    /// Where to point when the parameter's type, or the returned error, does not do.
    pub(super) parameter: Span,
    pub(super) returned: Span,
}

pub(super) enum Parameter {
    Operations,
    /// A Diesel connection.
    Connection,
}

pub(super) fn check(module: &ItemMod, irreversible: Option<&Ident>, errors: &mut Errors) -> Option<Functions> {
    let [upgrade, downgrade, verify] = ["upgrade", "downgrade", "verify"].map(|name| find(module, name));
    report_missing_upgrade(&module.ident, upgrade, errors);
    report_way_back(&module.ident, downgrade, irreversible, errors);
    let mut checked = |function: Option<&ItemFn>| function.and_then(|it| signature(it, errors));
    let (upgrade, downgrade, verify) = (checked(upgrade), checked(downgrade), checked(verify));
    Some(Functions { upgrade: upgrade?, downgrade, verify })
}

fn find<'a>(module: &'a ItemMod, name: &str) -> Option<&'a ItemFn> {
    let items = module.content.iter().flat_map(|(_, items)| items);
    items.into_iter().find_map(|item| match item {
        Item::Fn(function) if function.sig.ident == name => Some(function),
        _ => None,
    })
}

fn report_missing_upgrade(module: &Ident, upgrade: Option<&ItemFn>, errors: &mut Errors) {
    if upgrade.is_none() {
        let message = format!(
            "migration `{module}` has no `fn upgrade`: \
             add `fn upgrade(op: &mut Operations<'_>) -> MigrationResult`"
        );
        errors.at(module, message);
    }
}

fn report_way_back(module: &Ident, downgrade: Option<&ItemFn>, irreversible: Option<&Ident>, errors: &mut Errors) {
    match (downgrade, irreversible) {
        (None, None) => {
            let message = format!(
                "migration `{module}` has no `fn downgrade`: add one, \
                 or say `irreversible` in the attribute if it cannot be undone"
            );
            errors.at(module, message);
        }
        (Some(_), Some(word)) => {
            let message = "`irreversible` says that there is no way back, \
                           but there is a `fn downgrade`: remove one of the two";
            errors.at(word, message);
        }
        (Some(_), None) | (None, Some(_)) => {}
    }
}

fn signature(function: &ItemFn, errors: &mut Errors) -> Option<Function> {
    let signature = &function.sig;
    report_qualifiers(signature, errors);
    let returned = errors.take(returned(signature));
    let parameter = errors.take(parameter(signature))?;
    Some(Function {
        name: signature.ident.clone(),
        takes: takes(parameter),
        parameter: parameter.span(),
        returned: returned?.span(),
    })
}

fn report_qualifiers(signature: &Signature, errors: &mut Errors) {
    let name = &signature.ident;
    if let Some(word) = &signature.asyncness {
        let message = "a migration runs on a blocking connection: remove `async`";
        errors.at(word, format!("`fn {name}` cannot be async; {message}"));
    }
    if let Some(word) = &signature.unsafety {
        errors.at(word, format!("`fn {name}` cannot be unsafe: remove `unsafe`"));
    }
    if signature.generics.params.iter().any(is_type_or_const) {
        let message = format!("`fn {name}` cannot be generic: name the type of the connection");
        errors.at(&signature.generics, message);
    }
}

fn is_type_or_const(parameter: &GenericParam) -> bool {
    matches!(parameter, GenericParam::Type(_) | GenericParam::Const(_))
}

fn returned(signature: &Signature) -> syn::Result<&Type> {
    let name = &signature.ident;
    let message = format!("`fn {name}` returns nothing: add `-> MigrationResult`, and end with `Ok(())`");
    match &signature.output {
        ReturnType::Type(_, returned) if is_unit(returned) => Err(syn::Error::new_spanned(returned, message)),
        ReturnType::Type(_, returned) => Ok(returned),
        ReturnType::Default => Err(syn::Error::new_spanned(name, message)),
    }
}

fn is_unit(written: &Type) -> bool {
    matches!(plain(written), Type::Tuple(tuple) if tuple.elems.is_empty())
}

/// What stands behind the one `&mut`.
fn parameter(signature: &Signature) -> syn::Result<&Type> {
    let message = format!(
        "`fn {}` takes one argument: `op: &mut Operations<'_>`, \
         or a connection such as `conn: &mut SqliteConnection`",
        signature.ident
    );
    let mut inputs = signature.inputs.iter();
    match (inputs.next(), inputs.next()) {
        (Some(FnArg::Typed(argument)), None) => {
            concrete_reference(&argument.ty).ok_or_else(|| syn::Error::new_spanned(&argument.ty, message))
        }
        (None, _) => Err(syn::Error::new_spanned(&signature.ident, message)),
        _ => Err(syn::Error::new_spanned(&signature.inputs, message)),
    }
}

fn concrete_reference(written: &Type) -> Option<&Type> {
    let Type::Reference(reference) = plain(written) else {
        return None;
    };
    let target = plain(&reference.elem);
    let concrete = !matches!(target, Type::TraitObject(_) | Type::ImplTrait(_) | Type::Infer(_));
    (reference.mutability.is_some() && concrete).then_some(target)
}

fn takes(parameter: &Type) -> Parameter {
    match parameter {
        Type::Path(path) if path.path.segments.last().is_some_and(|it| it.ident == "Operations") => {
            Parameter::Operations
        }
        _ => Parameter::Connection,
    }
}

/// Without the invisible groups of `macro_rules!`, and without parentheses.
fn plain(written: &Type) -> &Type {
    match written {
        Type::Group(group) => plain(&group.elem),
        Type::Paren(paren) => plain(&paren.elem),
        other => other,
    }
}
