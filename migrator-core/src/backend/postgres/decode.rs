//! What PostgreSQL sends, by the type that it says it is.

use diesel::deserialize::{self, FromSql, QueryableByName};
use diesel::pg::{Pg, PgValue, sql_types::Oid};
use diesel::row::{Field, NamedRow, Row};
use diesel::sql_types::{BigInt, Bool, Double, Float, Integer, SmallInt};

use crate::connection::{Record, Value};

impl QueryableByName<Pg> for Record {
    fn build<'a>(row: &impl NamedRow<'a, Pg>) -> deserialize::Result<Self> {
        (0..row.field_count()).map(|position| value(row, position)).collect::<Result<_, _>>().map(Self)
    }
}

fn value<'a>(row: &impl NamedRow<'a, Pg>, position: usize) -> deserialize::Result<Value> {
    let Some(field) = Row::get(row, position) else { return Ok(Value::Null) };
    let Some(raw) = field.value() else { return Ok(Value::Null) };
    decode(raw).map_err(|fault| {
        let name = field.field_name().unwrap_or("?column?");
        format!("column {name:?} ({}): {fault}", position + 1).into()
    })
}

/// Type oids are part of PostgreSQL's protocol; those below 10 000 never change (`pg_type.dat`).
fn decode(raw: PgValue<'_>) -> deserialize::Result<Value> {
    Ok(match raw.get_oid().get() {
        16 => Value::Integer(<bool as FromSql<Bool, Pg>>::from_sql(raw)?.into()),
        17 => Value::Bytes(raw.as_bytes().to_vec()),
        20 => Value::Integer(<i64 as FromSql<BigInt, Pg>>::from_sql(raw)?),
        21 => Value::Integer(<i16 as FromSql<SmallInt, Pg>>::from_sql(raw)?.into()),
        23 => Value::Integer(<i32 as FromSql<Integer, Pg>>::from_sql(raw)?.into()),
        26 => Value::Integer(<u32 as FromSql<Oid, Pg>>::from_sql(raw)?.into()),
        700 => Value::Real(<f32 as FromSql<Float, Pg>>::from_sql(raw)?.into()),
        701 => Value::Real(<f64 as FromSql<Double, Pg>>::from_sql(raw)?),
        // "char", name, text, json, unknown, bpchar, varchar
        18 | 19 | 25 | 114 | 705 | 1042 | 1043 => Value::Text(std::str::from_utf8(raw.as_bytes())?.to_owned()),
        // What a function without a result gives.
        2278 => Value::Null,
        other => return Err(format!("values of the type with oid {other} are not read here; cast it to text").into()),
    })
}
