//! Rows as the binary protocol brings them: numbers and times as C keeps them, the rest as bytes.

use diesel::deserialize::{self, FromSql, QueryableByName};
use diesel::mysql::data_types::MysqlTime;
use diesel::mysql::{Mysql, MysqlType, MysqlValue};
use diesel::row::{Field, NamedRow, Row};
use diesel::sql_types::Datetime;

use crate::connection::{Record, Value};

impl QueryableByName<Mysql> for Record {
    fn build<'a>(row: &impl NamedRow<'a, Mysql>) -> deserialize::Result<Self> {
        let values = (0..row.field_count()).map(|position| {
            let field = Row::get(row, position).ok_or("the row has fewer columns than it said")?;
            field.value().map_or(Ok(Value::Null), decode)
        });
        values.collect::<deserialize::Result<_>>().map(Self)
    }
}

/// Bytes of a binary type are text where they can be read as such: the protocol tells a BLOB and a text with a binary
/// collation alike, and sent back either is the same bytes. A number beyond 63 bits is its digits.
fn decode(value: MysqlValue<'_>) -> deserialize::Result<Value> {
    let bytes = value.as_bytes();
    Ok(match value.value_type() {
        MysqlType::Tiny => i64::from(i8::from_ne_bytes(bytes.try_into()?)).into(),
        MysqlType::UnsignedTiny => i64::from(u8::from_ne_bytes(bytes.try_into()?)).into(),
        MysqlType::Short => i64::from(i16::from_ne_bytes(bytes.try_into()?)).into(),
        MysqlType::UnsignedShort => i64::from(u16::from_ne_bytes(bytes.try_into()?)).into(),
        MysqlType::Long => i64::from(i32::from_ne_bytes(bytes.try_into()?)).into(),
        MysqlType::UnsignedLong => i64::from(u32::from_ne_bytes(bytes.try_into()?)).into(),
        MysqlType::LongLong => i64::from_ne_bytes(bytes.try_into()?).into(),
        MysqlType::UnsignedLongLong => whole(u64::from_ne_bytes(bytes.try_into()?)),
        MysqlType::Bit => whole(bytes.iter().fold(0, |bits, byte| bits << 8 | u64::from(*byte))),
        MysqlType::Float => Value::Real(f32::from_ne_bytes(bytes.try_into()?).into()),
        MysqlType::Double => Value::Real(f64::from_ne_bytes(bytes.try_into()?)),
        MysqlType::Date => date(&time(value)?).into(),
        MysqlType::Time => time_of_day(&time(value)?).into(),
        MysqlType::DateTime | MysqlType::Timestamp => {
            let mut time = time(value)?;
            let date = date(&time);
            time.day = 0;
            format!("{date} {}", time_of_day(&time)).into()
        }
        MysqlType::Blob => text_or_bytes(bytes),
        _ => String::from_utf8_lossy(bytes).into_owned().into(),
    })
}

fn whole(number: u64) -> Value {
    i64::try_from(number).map_or_else(|_| number.to_string().into(), Value::from)
}

fn text_or_bytes(bytes: &[u8]) -> Value {
    String::from_utf8(bytes.to_vec()).map_or_else(|error| Value::Bytes(error.into_bytes()), Value::from)
}

/// All four types of time are one structure.
fn time(value: MysqlValue<'_>) -> deserialize::Result<MysqlTime> {
    <MysqlTime as FromSql<Datetime, Mysql>>::from_sql(value)
}

fn date(time: &MysqlTime) -> String {
    format!("{:04}-{:02}-{:02}", time.year, time.month, time.day)
}

/// A TIME may be longer than a day.
fn time_of_day(time: &MysqlTime) -> String {
    let fraction = match time.second_part {
        0 => String::new(),
        part => format!(".{part:06}"),
    };
    format!("{:02}:{:02}:{:02}{fraction}", time.day * 24 + time.hour, time.minute, time.second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_stay_bytes() {
        assert_eq!(text_or_bytes("ünï".as_bytes()), "ünï".into());
        assert_eq!(text_or_bytes(&[0xff, 0x00]), Value::Bytes(vec![0xff, 0x00]));
    }

    #[test]
    fn a_number_beyond_63_bits_keeps_its_digits() {
        assert_eq!(whole(7), Value::Integer(7));
        assert_eq!(whole(u64::MAX), "18446744073709551615".into());
    }
}
