//! A case, and how it makes itself known to the targets that run it.

use crate::{Engine, TestDatabase};

/// One test, made by [`case!`](crate::case).
pub struct Case {
    #[doc(hidden)]
    pub module: &'static str,
    #[doc(hidden)]
    pub name: &'static str,
    #[doc(hidden)]
    pub only: Option<&'static [Engine]>,
    #[doc(hidden)]
    pub body: fn(&TestDatabase),
}

inventory::collect!(Case);

impl Case {
    /// The cases of one database, by name.
    pub(crate) fn all(engine: Engine) -> Vec<&'static Self> {
        let mut cases: Vec<_> = inventory::iter::<Self>.into_iter().filter(|case| case.runs_on(engine)).collect();
        cases.sort_by_key(|case| case.full_name());
        cases
    }

    /// `history::a_late_arrival_is_reported`: the file of the suite, and the case in it.
    pub(crate) fn full_name(&self) -> String {
        let module = self.module.strip_prefix("migrator_tests::suite::").unwrap_or(self.module);
        format!("{module}::{}", self.name)
    }

    fn runs_on(&self, engine: Engine) -> bool {
        self.only.is_none_or(|only| only.contains(&engine))
    }
}

/// Declares a test that runs on every database, or on those that are named.
///
/// Attributes are kept: `#[cfg(feature = "postgres")]` for a body that only compiles with PostgreSQL.
///
/// ```
/// use migrator_tests::case;
///
/// case!(a_database_remembers, |db| {
///     db.sql("create table t (a integer); insert into t values (1)");
///     assert_eq!(db.count("select count(*) from t"), 1);
/// });
///
/// case!(only = [Postgres, MariaDb], a_server_has_users, |db| {
///     assert_eq!(db.count("select count(*) from (select current_user) as t"), 1);
/// });
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! case {
    ($(#[$attribute:meta])* only = [$($engine:ident),+ $(,)?], $name:ident, |$db:ident| $body:expr $(,)?) => {
        $crate::case!(@ [$(#[$attribute])*] $name $db $body, Some(&[$($crate::Engine::$engine),+]));
    };
    ($(#[$attribute:meta])* $name:ident, |$db:ident| $body:expr $(,)?) => {
        $crate::case!(@ [$(#[$attribute])*] $name $db $body, None);
    };
    (@ [$($attributes:tt)*] $name:ident $db:ident $body:expr, $only:expr) => {
        $($attributes)*
        fn $name($db: &$crate::TestDatabase) {
            $body
        }

        $($attributes)*
        const _: () = {
            $crate::inventory::submit! {
                $crate::Case { module: module_path!(), name: stringify!($name), only: $only, body: $name }
            }
        };
    };
}
