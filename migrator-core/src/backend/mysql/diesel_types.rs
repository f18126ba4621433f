//! Diesel's types as MySQL and MariaDB call them.

use super::renderer::Renderer;
use crate::dialect::{DieselType, DieselTypes, SqlRenderer, standard_column};
use crate::operation::ColumnType;

/// What a key is on must have a length.
const KEY_LENGTH: u32 = 255;

/// Types that Diesel reads besides, under their own names.
const OWN: [&str; 3] = ["Bit", "Enum", "Set"];

impl DieselTypes for Renderer {
    fn readings(&self, canonical: &str, _in_key: bool) -> Option<Vec<DieselType>> {
        if canonical.contains("unsigned") {
            let plain = canonical.replace(" unsigned", "").replace("unsigned", "").replace(" zerofill", "");
            let of = signed(plain.split('(').next().unwrap_or_default().trim())?;
            return Some(of.into_iter().map(|one| DieselType::Unsigned(Box::new(one))).collect());
        }
        signed(canonical.split('(').next().unwrap_or_default())
    }

    fn column_of(&self, wanted: &DieselType, length: Option<u32>, in_key: bool) -> Option<ColumnType> {
        let custom = |sql: &str| Some(ColumnType::Custom(sql.to_owned()));
        match wanted {
            DieselType::Tiny => custom("TINYINT"),
            DieselType::Unsigned(of) => {
                custom(&format!("{} UNSIGNED", self.column_type(&self.column_of(of, None, false)?)))
            }
            DieselType::Text if in_key => Some(ColumnType::String(length.unwrap_or(KEY_LENGTH))),
            DieselType::Binary if in_key => custom(&format!("VARBINARY({})", length.unwrap_or(KEY_LENGTH))),
            DieselType::Numeric => Some(ColumnType::Decimal(30, 10)),
            DieselType::Other(word) if OWN.contains(&word.as_str()) => custom(word),
            _ => standard_column(wanted, length),
        }
    }

    fn counted_of(&self, wanted: &DieselType) -> Option<ColumnType> {
        if !matches!(wanted, DieselType::Small | DieselType::Integer | DieselType::Unsigned(_)) {
            return None;
        }
        let sql_type = self.column_type(&self.column_of(wanted, None, true)?);
        Some(ColumnType::Custom(format!("{sql_type} AUTO_INCREMENT")))
    }
}

fn signed(word: &str) -> Option<Vec<DieselType>> {
    Some(match word {
        "boolean" => vec![DieselType::Bool, DieselType::Tiny],
        "tinyint" => vec![DieselType::Tiny, DieselType::Bool],
        "smallint" => vec![DieselType::Small],
        "int" | "integer" | "mediumint" => vec![DieselType::Integer],
        "bigint" => vec![DieselType::Big],
        "varchar" | "char" | "text" | "tinytext" | "mediumtext" | "longtext" | "enum" | "set" => {
            vec![DieselType::Text, DieselType::Json]
        }
        "float" | "real" => vec![DieselType::Float],
        "double" => vec![DieselType::Double],
        "numeric" => vec![DieselType::Numeric],
        "date" => vec![DieselType::Date],
        "time" => vec![DieselType::Time],
        "datetime" | "timestamp" => vec![DieselType::Timestamp, DieselType::Moment],
        "blob" | "tinyblob" | "mediumblob" | "longblob" | "binary" | "varbinary" => {
            vec![DieselType::Binary, DieselType::Uuid]
        }
        "json" => vec![DieselType::Json, DieselType::Jsonb, DieselType::Text],
        _ => return None,
    })
}
