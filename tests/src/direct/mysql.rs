//! MariaDB and MySQL.

use diesel::connection::SimpleConnection;
use diesel::deserialize::{self, FromSql, QueryableByName};
use diesel::mysql::data_types::MysqlTime;
use diesel::mysql::{Mysql, MysqlType, MysqlValue};
use diesel::row::{Field, NamedRow, Row};
use diesel::sql_types::Datetime;
use diesel::{Connection, ConnectionResult, MysqlConnection, QueryResult, RunQueryDsl, sql_query};
use migrator_core::SchemaConnection;

use super::{Direct, text_or_hexadecimal};

pub(super) fn open(url: &str) -> ConnectionResult<Box<dyn Direct>> {
    Ok(Box::new(MysqlConnection::establish(url)?))
}

pub(super) fn open_for_tests(url: &str) -> ConnectionResult<Box<dyn SchemaConnection>> {
    Ok(Box::new(MysqlConnection::establish(url)?))
}

impl Direct for MysqlConnection {
    fn batch(&mut self, statements: &str) -> QueryResult<()> {
        self.batch_execute(statements)
    }

    fn rows(&mut self, query: &str) -> QueryResult<Vec<Vec<Option<String>>>> {
        let rows = sql_query(query).load::<Texts>(self)?;
        Ok(rows.into_iter().map(|Texts(row)| row).collect())
    }
}

struct Texts(Vec<Option<String>>);

impl QueryableByName<Mysql> for Texts {
    fn build<'a>(row: &impl NamedRow<'a, Mysql>) -> deserialize::Result<Self> {
        let texts = (0..row.field_count()).map(|column| {
            let field = Row::get(row, column).ok_or("fewer columns than announced")?;
            field.value().map(text).transpose()
        });
        texts.collect::<deserialize::Result<_>>().map(Self)
    }
}

/// The binary protocol sends numbers and times as C would keep them.
fn text(value: MysqlValue<'_>) -> deserialize::Result<String> {
    let bytes = value.as_bytes();
    Ok(match value.value_type() {
        MysqlType::Tiny => i8::from_ne_bytes(bytes.try_into()?).to_string(),
        MysqlType::UnsignedTiny => u8::from_ne_bytes(bytes.try_into()?).to_string(),
        MysqlType::Short => i16::from_ne_bytes(bytes.try_into()?).to_string(),
        MysqlType::UnsignedShort => u16::from_ne_bytes(bytes.try_into()?).to_string(),
        MysqlType::Long => i32::from_ne_bytes(bytes.try_into()?).to_string(),
        MysqlType::UnsignedLong => u32::from_ne_bytes(bytes.try_into()?).to_string(),
        MysqlType::LongLong => i64::from_ne_bytes(bytes.try_into()?).to_string(),
        MysqlType::UnsignedLongLong => u64::from_ne_bytes(bytes.try_into()?).to_string(),
        MysqlType::Float => f32::from_ne_bytes(bytes.try_into()?).to_string(),
        MysqlType::Double => f64::from_ne_bytes(bytes.try_into()?).to_string(),
        MysqlType::Date => {
            let time = time(value)?;
            format!("{:04}-{:02}-{:02}", time.year, time.month, time.day)
        }
        MysqlType::Time => {
            let time = time(value)?;
            let sign = if time.neg { "-" } else { "" };
            let hours = time.day * 24 + time.hour;
            format!("{sign}{hours:02}:{:02}:{:02}{}", time.minute, time.second, fraction(&time))
        }
        MysqlType::DateTime | MysqlType::Timestamp => {
            let time = time(value)?;
            let date = format!("{:04}-{:02}-{:02}", time.year, time.month, time.day);
            format!("{date} {:02}:{:02}:{:02}{}", time.hour, time.minute, time.second, fraction(&time))
        }
        _ => text_or_hexadecimal(bytes),
    })
}

fn time(value: MysqlValue<'_>) -> deserialize::Result<MysqlTime> {
    <MysqlTime as FromSql<Datetime, Mysql>>::from_sql(value)
}

fn fraction(time: &MysqlTime) -> String {
    if time.second_part == 0 { String::new() } else { format!(".{:06}", time.second_part) }
}
