//! Reading a `schema.rs`: Diesel's `table!`s and `joinable!`s, wherever in the file they stand.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{Attribute, Expr, ExprLit, GenericArgument, Ident, Item, Lit, Meta, PathArguments, Token, Type};

use crate::dialect::DieselType;
use crate::name::TableName;

/// What a `schema.rs` says.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) tables: Vec<WantedTable>,
    pub(super) joins: Vec<Join>,
    /// The database's names of the types that the file declares, by their names in Rust.
    types: BTreeMap<String, String>,
}

#[derive(Debug)]
pub(super) struct WantedTable {
    pub(super) name: TableName,
    /// The name in Rust.
    ident: String,
    /// Where it stands.
    span: Span,
    pub(super) primary_key: Vec<String>,
    pub(super) columns: Vec<WantedColumn>,
}

#[derive(Debug)]
pub(super) struct WantedColumn {
    pub(super) name: String,
    ident: String,
    pub(super) sql_type: DieselType,
    pub(super) nullable: bool,
    pub(super) max_length: Option<u32>,
    /// Where its type stands.
    pub(super) span: Span,
}

/// `joinable!(child -> parent (column))`, names as in Rust.
#[derive(Debug)]
pub(super) struct Join {
    child: String,
    parent: String,
    column: String,
}

impl Wanted {
    /// The schema that unqualified names stand in needs no saying.
    pub(super) fn forget_schema(&mut self, schema: &str) {
        for table in &mut self.tables {
            if table.name.schema() == Some(schema) {
                table.name = TableName::from(table.name.name());
            }
        }
    }

    /// The column of the table that references another one, and what it references.
    pub(super) fn references<'a>(&'a self, table: &'a WantedTable) -> BTreeMap<&'a str, (&'a WantedTable, &'a str)> {
        let of_it = self.joins.iter().filter(|join| join.child == table.ident);
        of_it
            .filter_map(|join| {
                let parent = self.tables.iter().find(|other| other.ident == join.parent)?;
                let column = table.columns.iter().find(|column| column.ident == join.column)?;
                let [key] = &parent.primary_key[..] else { return None };
                Some((column.name.as_str(), (parent, key.as_str())))
            })
            .collect()
    }
}

/// Every table of the text.
pub(super) fn parse(text: &str) -> syn::Result<Wanted> {
    let mut wanted = Wanted::default();
    let file = syn::parse_file(text)?;
    wanted.note_types(&file.items);
    wanted.read(&file.items)?;
    Ok(wanted)
}

impl Wanted {
    /// `#[diesel(postgres_type(name = "mood"))] pub struct Mood;`
    fn note_types(&mut self, items: &[Item]) {
        for item in items {
            match item {
                Item::Mod(module) => self.note_types(module.content.as_ref().map_or(&[], |(_, items)| items)),
                Item::Struct(item) => {
                    if let Some(name) = item.attrs.iter().find_map(database_type) {
                        self.types.insert(item.ident.unraw().to_string(), name);
                    }
                }
                _ => {}
            }
        }
    }

    fn read(&mut self, items: &[Item]) -> syn::Result<()> {
        for item in items {
            match item {
                Item::Mod(module) => self.read(module.content.as_ref().map_or(&[], |(_, items)| items))?,
                Item::Macro(item) if item.mac.path.segments.last().is_some_and(|last| last.ident == "table") => {
                    let ParsedTable(table) = item.mac.parse_body()?;
                    self.tables.push(self.named(table)?);
                }
                Item::Macro(item) if item.mac.path.segments.last().is_some_and(|last| last.ident == "joinable") => {
                    let ParsedJoin(join) = item.mac.parse_body()?;
                    self.joins.push(join);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// With the names of types that the file declares as the database knows them.
    fn named(&self, mut table: WantedTable) -> syn::Result<WantedTable> {
        if let Some(first) = self.tables.iter().find(|other| other.name == table.name) {
            let message = format!("table {} stands here again; it is in line {} already", table.name, line(first.span));
            return Err(syn::Error::new(table.span, message));
        }
        for column in &mut table.columns {
            column.sql_type.resolve(&self.types);
            if let Some(word) = column.sql_type.unknown() {
                let place = format!("{}.{}", table.name, column.name);
                return Err(syn::Error::new(column.span, no_such_type(&place, word)));
            }
        }
        Ok(table)
    }
}

fn line(span: Span) -> usize {
    span.start().line
}

fn no_such_type(place: &str, word: &str) -> String {
    let meant = DieselType::nearest(word).map(|near| format!("; did you mean {near}?")).unwrap_or_default();
    format!("{place} is of type {word}, which Diesel does not have and this table does not import{meant}")
}

/// The name in `#[diesel(postgres_type(name = ".."))]`.
fn database_type(attribute: &Attribute) -> Option<String> {
    let mut name = None;
    attribute
        .parse_nested_meta(|kind| {
            kind.parse_nested_meta(|word| {
                let value: syn::LitStr = word.value()?.parse()?;
                if word.path.is_ident("name") {
                    name = Some(value.value());
                }
                Ok(())
            })
        })
        .ok();
    name.filter(|_| attribute.path().is_ident("diesel"))
}

/// What a table brings into its scope beside the types of Diesel's.
#[derive(Debug, Default)]
pub(super) struct Imports {
    names: BTreeSet<String>,
    everything: bool,
}

impl Imports {
    pub(super) fn has(&self, word: &str) -> bool {
        self.everything || self.names.contains(word)
    }

    fn read(&mut self, tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(path) if path.ident == "diesel" => {}
            syn::UseTree::Path(path) => self.read(&path.tree),
            syn::UseTree::Name(name) => drop(self.names.insert(name.ident.to_string())),
            syn::UseTree::Rename(renamed) => drop(self.names.insert(renamed.rename.to_string())),
            syn::UseTree::Glob(_) => self.everything = true,
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.read(tree)),
        }
    }
}

struct ParsedTable(WantedTable);

impl Parse for ParsedTable {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut imports = Imports::default();
        while input.peek(Token![use]) {
            imports.read(&input.parse::<syn::ItemUse>()?.tree);
        }
        let attributes = Attribute::parse_outer(input)?;
        let mut ident = Ident::parse_any(input)?;
        let schema = if input.parse::<Option<Token![.]>>()?.is_some() {
            let schema = std::mem::replace(&mut ident, Ident::parse_any(input)?);
            Some(schema.unraw().to_string())
        } else {
            None
        };
        let key: Vec<String> = if input.peek(syn::token::Paren) {
            let inside;
            syn::parenthesized!(inside in input);
            let idents = Punctuated::<Ident, Token![,]>::parse_terminated_with(&inside, Ident::parse_any)?;
            idents.iter().map(|ident| ident.unraw().to_string()).collect()
        } else {
            vec!["id".to_owned()]
        };
        let inside;
        syn::braced!(inside in input);
        let mut columns = columns(&inside)?;
        columns.iter_mut().for_each(|column| column.sql_type.be_from_elsewhere(&imports));
        let (span, ident) = (ident.span(), ident.unraw().to_string());
        let name = sql_name(&attributes).unwrap_or_else(|| ident.clone());
        let name = match &schema {
            Some(schema) => TableName::from((schema.as_str(), name.as_str())),
            None => TableName::from(name),
        };
        let named =
            |ident: &String| columns.iter().find(|column| column.ident == *ident).map(|column| column.name.clone());
        let primary_key = key.iter().filter_map(named).collect();
        Ok(Self(WantedTable { name, ident, span, primary_key, columns }))
    }
}

/// With commas between them; one that is missing is told where it should stand.
fn columns(input: ParseStream<'_>) -> syn::Result<Vec<WantedColumn>> {
    let mut columns = Vec::new();
    while !input.is_empty() {
        let ParsedColumn(column) = input.parse()?;
        if !input.is_empty() {
            let missing = |_| syn::Error::new(column.span, format!("a comma is missing behind column {}", column.name));
            input.parse::<Token![,]>().map_err(missing)?;
        }
        if columns.iter().any(|other: &WantedColumn| other.name == column.name) {
            return Err(syn::Error::new(column.span, format!("column {} stands here again", column.name)));
        }
        columns.push(column);
    }
    Ok(columns)
}

struct ParsedColumn(WantedColumn);

impl Parse for ParsedColumn {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = Attribute::parse_outer(input)?;
        let ident = Ident::parse_any(input)?.unraw().to_string();
        input.parse::<Token![->]>()?;
        let written = input.parse::<Type>()?;
        let (sql_type, nullable) = column_type(&written)?;
        let name = sql_name(&attributes).unwrap_or_else(|| ident.clone());
        let max_length = attributes.iter().find_map(|attribute| match literal(attribute, "max_length")? {
            Lit::Int(number) => number.base10_parse().ok(),
            _ => None,
        });
        Ok(Self(WantedColumn { name, ident, sql_type, nullable, max_length, span: written.span() }))
    }
}

struct ParsedJoin(Join);

impl Parse for ParsedJoin {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let last =
            |path: &syn::Path| path.segments.last().map(|last| last.ident.unraw().to_string()).unwrap_or_default();
        let child = last(&input.call(syn::Path::parse_mod_style)?);
        input.parse::<Token![->]>()?;
        let parent = last(&input.call(syn::Path::parse_mod_style)?);
        let inside;
        syn::parenthesized!(inside in input);
        let column = Ident::parse_any(&inside)?.unraw().to_string();
        Ok(Self(Join { child, parent, column }))
    }
}

/// The value of `#[word = value]`.
fn literal<'a>(attribute: &'a Attribute, word: &str) -> Option<&'a Lit> {
    let Meta::NameValue(pair) = &attribute.meta else { return None };
    match &pair.value {
        Expr::Lit(ExprLit { lit, .. }) if pair.path.is_ident(word) => Some(lit),
        _ => None,
    }
}

fn sql_name(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match literal(attribute, "sql_name")? {
        Lit::Str(name) => Some(name.value()),
        _ => None,
    })
}

/// A column's type, and whether it is `Nullable`.
fn column_type(written: &Type) -> syn::Result<(DieselType, bool)> {
    let Type::Path(path) = written else {
        return Err(syn::Error::new_spanned(written, "this is no SQL type of Diesel's"));
    };
    let Some(last) = path.path.segments.last() else {
        return Err(syn::Error::new_spanned(written, "this is no SQL type of Diesel's"));
    };
    let inner = match &last.arguments {
        PathArguments::AngleBracketed(arguments) => match arguments.args.first() {
            Some(GenericArgument::Type(inner)) => Some(column_type(inner)?),
            _ => None,
        },
        _ => None,
    };
    let is_elsewhere = path.path.segments.len() > 1 && path.path.segments[0].ident != "diesel";
    Ok(match (last.ident.to_string().as_str(), inner) {
        ("Nullable", Some((inner, _))) => (inner, true),
        ("Array", Some((inner, _))) => (DieselType::Array(Box::new(inner)), false),
        ("Unsigned", Some((inner, _))) => (DieselType::Unsigned(Box::new(inner)), false),
        (word, _) if is_elsewhere => (DieselType::of(word).or_from_elsewhere(), false),
        (word, _) => (DieselType::of(word), false),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_print_schema_writes_is_read() {
        let wanted = parse(
            r#"
            // @generated automatically by Diesel CLI.
            pub mod sql_types {
                #[derive(diesel::query_builder::QueryId, diesel::sql_types::DieselType)]
                #[diesel(postgres_type(name = "mood"))]
                pub struct Mood;
            }
            diesel::table! {
                use diesel::sql_types::*;
                use super::sql_types::Mood;

                /// People.
                #[sql_name = "user accounts"]
                users (id, r#type) {
                    /// The number.
                    id -> Int4,
                    #[sql_name = "type"]
                    r#type -> Varchar,
                    #[max_length = 80]
                    name -> Nullable<Varchar>,
                    mood -> Mood,
                    tags -> Array<Nullable<Text>>,
                }
            }
            pub mod billing {
                diesel::table! { billing.invoices { id -> Unsigned<BigInt>, user_id -> diesel::sql_types::Integer, } }
                diesel::joinable!(invoices -> super::users (user_id));
            }
            diesel::allow_tables_to_appear_in_same_query!(users, billing::invoices,);
            "#,
        )
        .unwrap();
        let [users, invoices] = &wanted.tables[..] else { panic!("{wanted:?}") };
        assert_eq!(
            (users.name.name(), &users.primary_key[..]),
            ("user accounts", &["id".to_owned(), "type".to_owned()][..])
        );
        assert_eq!(users.columns[2].max_length, Some(80));
        assert!(users.columns[2].nullable && !users.columns[4].nullable);
        assert_eq!(users.columns[3].sql_type, DieselType::Named("mood".to_owned()));
        assert_eq!(users.columns[4].sql_type, DieselType::Array(Box::new(DieselType::Text)));
        assert_eq!((invoices.name.schema(), &invoices.primary_key[..]), (Some("billing"), &["id".to_owned()][..]));
        assert_eq!(invoices.columns[0].sql_type, DieselType::Unsigned(Box::new(DieselType::Big)));
        assert_eq!(wanted.joins.len(), 1);
    }

    /// The line, and the words.
    fn fault(text: &str) -> (usize, String) {
        let error = parse(text).unwrap_err();
        (error.span().start().line, error.to_string())
    }

    #[test]
    fn what_does_not_parse_is_told_with_its_line() {
        assert_eq!(fault("diesel::table! {\n  users {\n    id Integer,\n  }\n}").0, 3);
        assert_eq!(fault("fn main( {").0, 1);
        let (line, told) = fault("diesel::table! {\n  users {\n    id -> Integer\n    name -> Text,\n  }\n}");
        assert_eq!((line, told.as_str()), (3, "a comma is missing behind column id"));
    }

    #[test]
    fn a_type_that_nobody_knows_is_told_with_its_place() {
        let (line, told) =
            fault("diesel::table! {\n  users (id) {\n    id -> BigInt,\n    name -> Nullable<Txt>,\n  }\n}");
        assert_eq!(line, 4);
        assert_eq!(
            told,
            "users.name is of type Txt, which Diesel does not have and this table does not import; did you mean Text?"
        );
        let (_, told) = fault("diesel::table! { use diesel::sql_types::*; users { id -> Array<Foo>, } }");
        assert!(told.starts_with("users.id is of type Foo") && !told.contains("did you mean"), "{told}");
    }

    #[test]
    fn a_type_from_elsewhere_is_taken_as_it_is() {
        for text in [
            "diesel::table! { use diesel::sql_types::*; use search::{TsVector as Foo}; users { id -> Foo, } }",
            "diesel::table! { use crate::types::*; users { id -> Array<Foo>, } }",
            "diesel::table! { users { id -> crate::types::Foo, } }",
        ] {
            let wanted = parse(text).unwrap();
            assert_eq!(wanted.tables[0].columns[0].sql_type.elsewhere(), Some("Foo"), "{text}");
        }
    }
}
