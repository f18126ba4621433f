//! Runs the statements of a generated migration from their text, so that what is tested is what is written.

use migrator_core::operation::{ColumnBuilder, TableBuilder};
use migrator_core::{MigrationResult, Operations, TableName, prelude::*};
use syn::{Expr, ExprMethodCall, Lit, Pat, Stmt};

/// Runs them in order. A word that no generated file has is a panic.
pub(super) fn run(op: &mut Operations<'_>, statements: &[String]) -> MigrationResult {
    let text = format!("{{\n{}\n}}", statements.join("\n"));
    let block: syn::Block = syn::parse_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    for statement in &block.stmts {
        let Stmt::Expr(Expr::Try(tried), Some(_)) = statement else { panic!("no `..?;`: {text}") };
        let Expr::MethodCall(call) = &*tried.expr else { panic!("no call: {text}") };
        assert!(is(&call.receiver, "op"), "{text}");
        statement_of(op, call)?;
    }
    Ok(())
}

fn statement_of(op: &mut Operations<'_>, call: &ExprMethodCall) -> MigrationResult {
    let arguments: Vec<&Expr> = call.args.iter().collect();
    match (call.method.to_string().as_str(), &arguments[..]) {
        ("execute", [sql]) => op.execute(text(sql)).map(drop)?,
        ("create_table", [name, body]) => op.create_table(table(name), |t| fill(t, body)).map(drop)?,
        ("drop_table", [name]) => op.drop_table(table(name)).map(drop)?,
        ("add_column", [name, body]) => op.add_column(table(name), |t| column(t, inside(body))).map(drop)?,
        ("drop_column", [name, column]) => op.drop_column(table(name), &text(column)).map(drop)?,
        ("rename_column", [name, old, new]) => op.rename_column(table(name), &text(old), &text(new)).map(drop)?,
        ("alter_column", [name, column, body]) => {
            op.alter_column(table(name), &text(column), |c| altered(c, inside(body))).map(drop)?;
        }
        ("create_index", [name, value]) => op.create_index(table(name), index(value)).map(drop)?,
        ("drop_index", [name, index]) => op.drop_index(table(name), &text(index)).map(drop)?,
        ("add_foreign_key", [name, key]) => op.add_foreign_key(table(name), foreign_key(key)).map(drop)?,
        ("add_unique", [name, columns]) => op.add_unique(table(name), texts(columns)).map(drop)?,
        ("drop_constraint", [name, constraint]) => op.drop_constraint(table(name), &text(constraint)).map(drop)?,
        (other, _) => panic!("op.{other} is not known here"),
    }
    Ok(())
}

fn fill(t: &mut TableBuilder, body: &Expr) {
    let Expr::Block(block) = inside(body) else { panic!("no block") };
    for statement in &block.block.stmts {
        let Stmt::Expr(expression, Some(_)) = statement else { panic!("no call in the block") };
        let Expr::MethodCall(call) = expression else { panic!("no call in the block") };
        match (call.method.to_string().as_str(), is(&call.receiver, "t")) {
            ("primary_key", true) => t.primary_key(texts(&call.args[0])),
            ("unique", true) => t.unique(texts(&call.args[0])),
            ("index", true) => t.index(index(&call.args[0])),
            ("foreign_key", true) => t.foreign_key(foreign_key(&call.args[0])),
            ("check", true) => t.check(text(&call.args[0]), text(&call.args[1])),
            _ => drop(column(t, expression)),
        }
    }
}

/// `t.string("email", 255).not_null()`.
fn column(t: &mut TableBuilder, expression: &Expr) -> ColumnBuilder {
    let Expr::MethodCall(call) = expression else { panic!("no column") };
    let word = call.method.to_string();
    let argument = |at: usize| text(&call.args[at]);
    if is(&call.receiver, "t") {
        return match word.as_str() {
            "id" => t.id(),
            "small_integer" => t.small_integer(argument(0)),
            "integer" => t.integer(argument(0)),
            "big_integer" => t.big_integer(argument(0)),
            "string" => t.string(argument(0), number(&call.args[1])),
            "text" => t.text(argument(0)),
            "boolean" => t.boolean(argument(0)),
            "float" => t.float(argument(0)),
            "double" => t.double(argument(0)),
            "decimal" => t.decimal(argument(0), number(&call.args[1]), number(&call.args[2])),
            "date" => t.date(argument(0)),
            "time" => t.time(argument(0)),
            "timestamp" => t.timestamp(argument(0)),
            "timestamp_tz" => t.timestamp_tz(argument(0)),
            "binary" => t.binary(argument(0)),
            "json" => t.json(argument(0)),
            "uuid" => t.uuid(argument(0)),
            "custom" => t.custom(argument(0), argument(1)),
            other => panic!("t.{other} is not known here"),
        };
    }
    let built = column(t, &call.receiver);
    match word.as_str() {
        "not_null" => built.not_null(),
        "unique" => built.unique(),
        "primary_key" => built.primary_key(),
        "default" => match &call.args[0] {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => built.default(text.value()),
                Lit::Int(number) => built.default(number.base10_parse::<i64>().unwrap()),
                Lit::Float(number) => built.default(number.base10_parse::<f64>().unwrap()),
                Lit::Bool(truth) => built.default(truth.value),
                _ => panic!("no default"),
            },
            Expr::Unary(_) => {
                let negative: i64 = quoted(&call.args[0]).parse().unwrap();
                built.default(negative)
            }
            _ => panic!("no default"),
        },
        "default_sql" => built.default_sql(argument(0)),
        "comment" => built.comment(argument(0)),
        "references" => built.references(table(&call.args[0]), argument(1)),
        other => panic!(".{other} of a column is not known here"),
    }
}

fn altered(c: &migrator_core::operation::AlterColumn, expression: &Expr) -> migrator_core::operation::AlterColumn {
    let Expr::MethodCall(call) = expression else { return c.clone() };
    let built = altered(c, &call.receiver);
    match call.method.to_string().as_str() {
        "set_type" => built.set_type(column_type(&call.args[0])),
        "set_not_null" => built.set_not_null(),
        "drop_not_null" => built.drop_not_null(),
        other => panic!(".{other} of a change is not known here"),
    }
}

/// `ColumnType::BigInteger`, `ColumnType::String(80)`, `ColumnType::Custom("..".into())`.
fn column_type(expression: &Expr) -> ColumnType {
    let (word, numbers) = match expression {
        Expr::Path(path) => (path.path.segments.last().unwrap().ident.to_string(), Vec::new()),
        Expr::Call(call) => {
            let Expr::Path(path) = &*call.func else { panic!("no type") };
            if path.path.segments.last().unwrap().ident == "Custom" {
                let Expr::MethodCall(into) = &call.args[0] else { panic!("no `.into()`") };
                return ColumnType::Custom(text(&into.receiver));
            }
            (path.path.segments.last().unwrap().ident.to_string(), call.args.iter().map(number).collect())
        }
        _ => panic!("no type"),
    };
    match (word.as_str(), &numbers[..]) {
        ("SmallInteger", []) => ColumnType::SmallInteger,
        ("Integer", []) => ColumnType::Integer,
        ("BigInteger", []) => ColumnType::BigInteger,
        ("String", [length]) => ColumnType::String(*length),
        ("Text", []) => ColumnType::Text,
        ("Boolean", []) => ColumnType::Boolean,
        ("Double", []) => ColumnType::Double,
        ("Decimal", [precision, scale]) => ColumnType::Decimal(*precision, *scale),
        ("Timestamp", []) => ColumnType::Timestamp,
        (other, _) => panic!("ColumnType::{other} is not known here"),
    }
}

fn foreign_key(expression: &Expr) -> ForeignKey {
    let Expr::MethodCall(call) = expression else {
        let Expr::Call(on) = expression else { panic!("no foreign key") };
        return ForeignKey::on(texts(&on.args[0]));
    };
    let built = foreign_key(&call.receiver);
    match call.method.to_string().as_str() {
        "references" => built.references(table(&call.args[0]), texts(&call.args[1])),
        "named" => built.named(text(&call.args[0])),
        "on_delete" => built.on_delete(action(&call.args[0])),
        "on_update" => built.on_update(action(&call.args[0])),
        other => panic!(".{other} of a foreign key is not known here"),
    }
}

fn action(expression: &Expr) -> Action {
    let Expr::Path(path) = expression else { panic!("no action") };
    match path.path.segments.last().unwrap().ident.to_string().as_str() {
        "Restrict" => Action::Restrict,
        "Cascade" => Action::Cascade,
        "SetNull" => Action::SetNull,
        "SetDefault" => Action::SetDefault,
        other => panic!("Action::{other}"),
    }
}

fn index(expression: &Expr) -> Index {
    let Expr::MethodCall(call) = expression else {
        let Expr::Call(on) = expression else { panic!("no index") };
        return Index::on(texts(&on.args[0]));
    };
    let built = index(&call.receiver);
    match call.method.to_string().as_str() {
        "named" => built.named(text(&call.args[0])),
        "unique" => built.unique(),
        "using" => built.using(text(&call.args[0])),
        "filter" => built.filter(text(&call.args[0])),
        other => panic!(".{other} of an index is not known here"),
    }
}

fn is(expression: &Expr, word: &str) -> bool {
    matches!(expression, Expr::Path(path) if path.path.is_ident(word))
}

/// The body of a closure of one argument.
fn inside(expression: &Expr) -> &Expr {
    let Expr::Closure(closure) = expression else { panic!("no closure") };
    assert!(matches!(closure.inputs.first(), Some(Pat::Ident(_))), "a closure of one argument");
    &closure.body
}

fn table(expression: &Expr) -> TableName {
    match expression {
        Expr::Tuple(pair) => TableName::from((text(&pair.elems[0]).as_str(), text(&pair.elems[1]).as_str())),
        name => TableName::from(text(name)),
    }
}

fn text(expression: &Expr) -> String {
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => text.value(),
            _ => panic!("no text"),
        },
        _ => panic!("no text"),
    }
}

fn texts(expression: &Expr) -> Vec<String> {
    let Expr::Array(array) = expression else { panic!("no list") };
    array.elems.iter().map(text).collect()
}

fn number(expression: &Expr) -> u32 {
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) => number.base10_parse().unwrap(),
            _ => panic!("no number"),
        },
        _ => panic!("no number"),
    }
}

/// `-1` without blanks.
fn quoted(expression: &Expr) -> String {
    let Expr::Unary(unary) = expression else { panic!("no negative number") };
    format!("-{}", number(&unary.expr))
}
