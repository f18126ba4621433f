//! Finding a row by its values, as they would be kept: rounded to the column's scale, and texts letter by letter, whatever
//! the collation takes for one.

use super::renderer::Renderer;
use crate::dialect::{Dialect, SqlRenderer};
use crate::operation::Datum;
use crate::schema::conversion::{Digits, Kind, Width};

pub(super) fn holds(
    renderer: &Renderer,
    column: &str,
    datum: &Datum,
    sql_type: &str,
    binds: &mut Vec<Datum>,
) -> String {
    let column = renderer.quote(column);
    if *datum == Datum::Null {
        return format!("{column} IS NULL");
    }
    binds.push(datum.clone());
    match Kind::of(&renderer.canonical_type(sql_type), 0) {
        Kind::Letters(_) => {
            binds.push(datum.clone());
            format!("{column} = ? AND CAST(CONVERT({column} USING utf8mb4) AS BINARY) = CAST(? AS BINARY)")
        }
        Kind::Floating(Width::Single) => format!("{column} = CAST(? AS FLOAT)"),
        Kind::Exact(Some(Digits { whole, scale })) => {
            format!("{column} = CAST(? AS DECIMAL({},{scale}))", whole + scale)
        }
        Kind::Moment { fraction, .. } => format!("{column} = CAST(? AS DATETIME({fraction}))"),
        Kind::Time(fraction) => format!("{column} = CAST(? AS TIME({fraction}))"),
        Kind::Other(name) if name == "json" && renderer.dialect() == Dialect::MySql => {
            format!("{column} = CAST(? AS JSON)")
        }
        _ => format!("{column} = ?"),
    }
}
