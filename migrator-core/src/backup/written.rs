//! What a table is made of, as the book of backups keeps it: a line for each thing, tabs between its fields.

use super::left::Left;
use crate::connection::copies::{Anatomy, Contents, KeptColumn, Part};
use crate::name::TableName;

/// ```text
/// column  id  bigint  bigint
/// key     id
/// part    index  users_name_idx  CREATE INDEX ..  DROP INDEX ..
/// ```
pub(super) fn written(anatomy: &Anatomy) -> String {
    let columns =
        anatomy.columns.iter().map(|column| line(&["column", &column.name, &column.sql_type, &column.kept_type]));
    let keys = anatomy.key.iter().map(|key| line(&["key", key]));
    let parts = anatomy.parts.iter().map(|part| line(&["part", &part.kind, &part.name, &part.text, &part.undo]));
    columns.chain(keys).chain(parts).collect()
}

/// ```text
/// left     12  sqlite1:..
/// told     id
/// brought  1  =7
/// ```
///
/// A value has a sign before it, so that none is told from an empty one.
pub(super) fn written_left(left: &Left) -> String {
    let contents = line(&["left", &left.contents.rows.to_string(), &left.contents.digest]);
    let columns = left.columns.iter().map(|column| line(&["told", column]));
    let brought = left.brought.iter().map(|(values, count)| {
        let values = values.iter().map(|value| value.as_ref().map_or_else(String::new, |value| format!("={value}")));
        let fields: Vec<String> = ["brought".to_owned(), count.to_string()].into_iter().chain(values).collect();
        line(&fields.iter().map(String::as_str).collect::<Vec<_>>())
    });
    contents + &columns.chain(brought).collect::<String>()
}

fn line(fields: &[&str]) -> String {
    fields.iter().map(|field| escaped(field)).collect::<Vec<_>>().join("\t") + "\n"
}

fn escaped(field: &str) -> String {
    field.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r")
}

/// `None` for what is not written so.
pub(super) fn read(table: &TableName, text: &str) -> Option<(Anatomy, Option<Left>)> {
    let mut left: Option<Left> = None;
    let mut anatomy = Anatomy { table: table.clone(), columns: Vec::new(), key: Vec::new(), parts: Vec::new() };
    for line in text.split_terminator('\n') {
        let fields: Vec<String> = line.split('\t').map(unescaped).collect::<Option<_>>()?;
        match fields.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["column", name, sql_type, kept_type] => anatomy.columns.push(KeptColumn {
                name: (*name).to_owned(),
                sql_type: (*sql_type).to_owned(),
                kept_type: (*kept_type).to_owned(),
            }),
            ["key", name] => anatomy.key.push((*name).to_owned()),
            ["part", kind, name, text, undo] => {
                anatomy.parts.push(Part { undo: (*undo).to_owned(), ..Part::new(kind, *name, *text) });
            }
            ["left", rows, digest] => {
                let contents = Contents { rows: rows.parse().ok()?, digest: (*digest).to_owned() };
                left = Some(Left { contents, columns: Vec::new(), brought: Vec::new() });
            }
            ["told", name] => left.as_mut()?.columns.push((*name).to_owned()),
            ["brought", count, values @ ..] => {
                let values = values.iter().map(|value| value.strip_prefix('=').map(str::to_owned)).collect();
                left.as_mut()?.brought.push((values, count.parse().ok()?));
            }
            _ => return None,
        }
    }
    Some((anatomy, left))
}

fn unescaped(field: &str) -> Option<String> {
    let mut letters = field.chars();
    let mut text = String::with_capacity(field.len());
    while let Some(letter) = letters.next() {
        text.push(match letter {
            '\\' => match letters.next()? {
                't' => '\t',
                'n' => '\n',
                'r' => '\r',
                '\\' => '\\',
                _ => return None,
            },
            other => other,
        });
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(name in any::<String>(), text in any::<String>(), keys in prop::collection::vec("[\\\\\t\n\ra]*", 0..3)) {
            let anatomy = Anatomy {
                table: "t".into(),
                columns: vec![KeptColumn { name: name.clone(), sql_type: text.clone(), kept_type: String::new() }],
                key: keys,
                parts: vec![Part { undo: name.clone(), ..Part::new("index", name.clone(), text.clone()) }],
            };
            let left = Left {
                contents: Contents { rows: 7, digest: text.clone() },
                columns: anatomy.key.clone(),
                brought: vec![(vec![Some(name.clone()), None, Some(String::new())], 2)],
            };
            let text = written(&anatomy);
            prop_assert_eq!(read(&"t".into(), &text), Some((anatomy.clone(), None)));
            prop_assert_eq!(read(&"t".into(), &(text + &written_left(&left))), Some((anatomy, Some(left))));
        }
    }

    #[test]
    fn what_is_not_written_so_is_refused() {
        for text in ["colour\tred\n", "key\n", "key\ta\\x\n", "brought\t1\t=7\n"] {
            assert_eq!(read(&"t".into(), text), None, "{text}");
        }
    }
}
