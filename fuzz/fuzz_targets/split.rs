//! Whatever the text: nothing is lost, each statement is where it says, and none panics.

#![no_main]

use libfuzzer_sys::fuzz_target;
use migrator_core::Dialect;
use migrator_core::sql::split;

const DIALECTS: [Dialect; 4] = [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql, Dialect::MariaDb];

fuzz_target!(|sql: &str| {
    for dialect in DIALECTS {
        let statements = split(sql, dialect);
        let joined: String = statements.iter().map(|statement| statement.source()).collect();
        assert!(statements.is_empty() || joined == sql, "{dialect}: the sources are not the script");
        for statement in &statements {
            let (text, source) = (statement.text(), statement.source());
            assert!(!text.is_empty() && source.contains(text), "{dialect}: {text:?} is not in {source:?}");
            let offset = text.as_ptr() as usize - sql.as_ptr() as usize;
            assert_eq!(statement.line(), 1 + sql[..offset].matches('\n').count(), "{dialect}: {text:?}");
        }
    }
});
