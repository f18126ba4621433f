//! The macro that turns the checks into tests.

/// Tests of a program's migrations, each on a fresh database of its own: see [`testing`](crate::testing).
///
/// `database` and `migrator` are expressions, evaluated once for each test. Besides can be said, in this order:
/// - `migrations = "src/db"`: where the files of migrations lie, below the crate's folder; `src/migrations` and
///   `migrations` unless said;
/// - `schema = "src/db/schema.rs"`: the `schema.rs` that describes the migrated database; `src/schema.rs` unless said, if
///   it is there;
/// - `rows_before("20261123090000") = |op| { .. }`: rows to insert before a revision, any number of times.
///
/// Two invocations, for two databases, stand in two modules.
#[macro_export]
macro_rules! migration_tests {
    (
        database = $database:expr,
        migrator = $migrator:expr
        $(, migrations = $folder:expr)?
        $(, schema = $schema:expr)?
        $(, rows_before($revision:expr) = $rows:expr)*
        $(,)?
    ) => {
        $crate::__migration_tests! {
            [
                $crate::testing::Checks::new($database, $migrator)
                    .in_crate(env!("CARGO_MANIFEST_DIR"))
                    $(.migrations_in($folder))?
                    $(.schema_in($schema))?
                    $(.rows_before($revision, $rows))*
            ]
            there_is_one_head
            every_migration_goes_up_down_and_up
            no_data_is_lost_that_is_not_named
            every_prefix_of_history_upgrades_to_the_head
            a_migration_that_fails_anywhere_can_be_run_again
            two_runners_at_once_apply_each_migration_once
            every_migration_file_is_registered
            schema_rs_is_what_the_migrations_make
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __migration_tests {
    ($checks:tt $($name:ident)*) => {
        $($crate::__migration_tests!(@ $checks $name);)*
    };
    (@ [$checks:expr] $name:ident) => {
        #[test]
        fn $name() {
            if let Err(failed) = $checks.$name() {
                panic!("{failed}");
            }
        }
    };
}
