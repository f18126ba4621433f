use proc_macro2::TokenStream;
use quote::quote;

use super::migration;
use crate::rustfmt::rustfmt;

fn expanded(arguments: TokenStream, item: TokenStream) -> String {
    rustfmt(&migration(arguments, item).to_string(), "2024", 100)
}

/// The messages of the `compile_error!`s, in order.
fn errors(arguments: TokenStream, item: TokenStream) -> Vec<String> {
    let file: syn::File = syn::parse2(migration(arguments, item)).unwrap();
    let message = |item: &syn::Item| match item {
        syn::Item::Macro(call) => Some(syn::parse2::<syn::LitStr>(call.mac.tokens.clone()).unwrap().value()),
        _ => None,
    };
    file.items.iter().filter_map(message).collect()
}

fn errors_of_options(arguments: TokenStream) -> Vec<String> {
    errors(arguments, module())
}

fn errors_of_functions(items: &TokenStream) -> Vec<String> {
    errors(quote!(revision = "2"), quote!(mod add_email { #items }))
}

fn module() -> TokenStream {
    quote! {
        mod add_email {
            fn upgrade(op: &mut Operations<'_>) -> MigrationResult { op.execute("a") }
            fn downgrade(op: &mut Operations<'_>) -> MigrationResult { op.execute("b") }
        }
    }
}

#[test]
fn a_migration_expands_to_a_static_and_its_registration() {
    let arguments = quote!(
        revision = "2026-11-23-031600",
        down_revision = ["20261122101500", "20261122101501"],
        requires(table("users"), no_column(("app", "users"), "email")),
        backup("users"),
        allow_loss(column("users", "name")),
        transaction = false,
        foreign_keys = off,
    );
    let item = quote! {
        /// Add an e-mail address
        /// to users.
        ///
        /// More of it.
        pub mod add_email {
            use super::*;
            fn upgrade(op: &mut Operations<'_>) -> MigrationResult { op.execute("a") }
            fn downgrade(conn: &mut SqliteConnection) -> diesel::QueryResult<()> { run(conn) }
        }
    };
    insta::assert_snapshot!(expanded(arguments, item), @r#"
    #[doc = r" Add an e-mail address"]
    #[doc = r" to users."]
    #[doc = r""]
    #[doc = r" More of it."]
    pub mod add_email {
        use super::*;
        fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
            op.execute("a")
        }
        fn downgrade(conn: &mut SqliteConnection) -> diesel::QueryResult<()> {
            run(conn)
        }
        #[allow(unused_imports)]
        use super::*;
        #[doc = r" This migration, for `migrations![..]`."]
        pub static MIGRATION: ::migrator_core::RustMigration = ::migrator_core::RustMigration::new(
            || {
                ::migrator_core::Metadata::new("20261123031600")
                    .description("Add an e-mail address to users.")
                    .down_revision("20261122101500")
                    .down_revision("20261122101501")
                    .requires(::migrator_core::Condition::table("users"))
                    .requires(::migrator_core::Condition::no_column(
                        ("app", "users"),
                        "email",
                    ))
                    .backup("users")
                    .allow_loss(::migrator_core::Loss::column("users", "name"))
                    .transaction(false)
                    .foreign_keys(false)
            },
            ::migrator_core::Source::new(file!(), line!(), "r1:203d890a29175b85f3574862b168420f"),
            |op| ::core::result::Result::Ok(::core::mem::drop(upgrade(op)?)),
            Some(|op| ::core::result::Result::Ok(::core::mem::drop(downgrade(op.connection()?)?))),
            None,
        );
        ::migrator_core::inventory::submit! { :: migrator_core :: Registration :: new ("default" , & MIGRATION) }
    }
    "#);
}

#[test]
fn every_other_option_becomes_a_call() {
    let arguments = quote!(
        revision = "2",
        description = "Text.",
        down_revision = none,
        branch_label = "billing",
        depends_on = "1",
        replaces = ["0", "00"],
        irreversible,
        ensures(index("t", "i")),
        skip_if(empty("t"), not_empty("u")),
        group = "reporting",
        crate = our::migrator,
        transaction = true,
        foreign_keys = on,
        allow_loss(table("t"), rows(("s", "t"))),
    );
    let item = quote! {
        mod add_email {
            fn upgrade(op: &mut migrator_core::Operations) -> Result<(), Mine> { f(op) }
            fn verify(op: &mut Operations<'_>) -> MigrationResult { g(op) }
        }
    };
    insta::assert_snapshot!(expanded(arguments, item), @r#"
    mod add_email {
        fn upgrade(op: &mut migrator_core::Operations) -> Result<(), Mine> {
            f(op)
        }
        fn verify(op: &mut Operations<'_>) -> MigrationResult {
            g(op)
        }
        #[allow(unused_imports)]
        use super::*;
        #[doc = r" This migration, for `migrations![..]`."]
        pub static MIGRATION: our::migrator::RustMigration = our::migrator::RustMigration::new(
            || {
                our::migrator::Metadata::new("2")
                    .description("Text.")
                    .base()
                    .branch_label("billing")
                    .depends_on("1")
                    .replaces("0")
                    .replaces("00")
                    .irreversible()
                    .ensures(our::migrator::Condition::index("t", "i"))
                    .skip_if(our::migrator::Condition::empty("t"))
                    .skip_if(our::migrator::Condition::not_empty("u"))
                    .transaction(true)
                    .foreign_keys(true)
                    .allow_loss(our::migrator::Loss::table("t"))
                    .allow_loss(our::migrator::Loss::rows(("s", "t")))
            },
            our::migrator::Source::new(file!(), line!(), "r1:7a7066c1b79b8738b51f063aa971e49b"),
            |op| ::core::result::Result::Ok(::core::mem::drop(upgrade(op)?)),
            None,
            Some(|op| ::core::result::Result::Ok(::core::mem::drop(verify(op)?))),
        );
        our::migrator::inventory::submit! { our :: migrator :: Registration :: new ("reporting" , & MIGRATION) }
    }
    "#);
}

#[test]
fn mistakes_leave_the_items_and_a_placeholder() {
    let item = quote!(
        mod add_email {
            fn helper() {}
        }
    );
    insta::assert_snapshot!(expanded(quote!(revison = "2", crate = our::migrator), item), @r#"
    mod add_email {
        fn helper() {}
        #[allow(unused_imports)]
        use super::*;
        #[doc = r" This migration, for `migrations![..]`."]
        pub static MIGRATION: our::migrator::RustMigration = our::migrator::RustMigration::new(
            || ::core::unreachable!(),
            our::migrator::Source::new("", 0, ""),
            |_| ::core::unreachable!(),
            None,
            None,
        );
    }
    ::core::compile_error! { "this migration has no revision: add `revision = \"20261123031600\"`, the time when it is written" }
    ::core::compile_error! { "unknown option `revison`: did you mean `revision`?" }
    ::core::compile_error! { "migration `add_email` has no `fn upgrade`: add `fn upgrade(op: &mut Operations<'_>) -> MigrationResult`" }
    ::core::compile_error! { "migration `add_email` has no `fn downgrade`: add one, or say `irreversible` in the attribute if it cannot be undone" }
    "#);
}

#[test]
fn the_description_falls_back_to_the_name_of_the_module() {
    let text = expanded(quote!(revision = "2"), module());
    assert!(text.contains(r#".description("add email")"#), "{text}");
}

#[test]
fn less_than_fifteen_lines_are_generated() {
    let before = rustfmt(&module().to_string(), "2024", 100).lines().count();
    let after = expanded(quote!(revision = "20261123031600"), module()).lines().count();
    assert!(after - before < 15, "{}", after - before);
}

#[test]
fn the_checksum_is_of_the_body_and_not_of_the_options() {
    let digest = |text: &str| text.split_once("r1:").unwrap().1[..32].to_owned();
    let plain = expanded(quote!(revision = "2"), module());
    let allowed = expanded(quote!(revision = "2", allow_loss(table("users"))), module());
    let mut edited = module().to_string();
    edited = edited.replace("\"b\"", "\"c\"");
    let edited = expanded(quote!(revision = "2"), edited.parse().unwrap());
    assert_eq!(digest(&plain), digest(&allowed));
    assert_ne!(digest(&plain), digest(&edited));
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let item = quote!(
        mod add_email {
            async fn upgrade(op: u8) {}
        }
    );
    let found = errors(quote!(revison = "2", backup(users), transaction = off, requires(tabel("t"))), item);
    insta::assert_snapshot!(found.join("\n"), @r#"
    this migration has no revision: add `revision = "20261123031600"`, the time when it is written
    unknown option `revison`: did you mean `revision`?
    a table is named `"users"` or `("schema", "users")`
    `transaction` is written `transaction = false` or `transaction = true`
    unknown condition `tabel`: did you mean `table`?
    migration `add_email` has no `fn downgrade`: add one, or say `irreversible` in the attribute if it cannot be undone
    `fn upgrade` cannot be async; a migration runs on a blocking connection: remove `async`
    `fn upgrade` returns nothing: add `-> MigrationResult`, and end with `Ok(())`
    `fn upgrade` takes one argument: `op: &mut Operations<'_>`, or a connection such as `conn: &mut SqliteConnection`
    "#);
}

#[test]
fn a_revision_is_short_plain_and_not_a_word_of_the_history() {
    for revision in ["a", "A.b_9", "2026-11-23-031600", &"x".repeat(50)] {
        assert_eq!(errors_of_options(quote!(revision = #revision)), [""; 0], "{revision}");
    }
    let long = "x".repeat(51);
    for revision in ["", " ", "-", "a b", "ä", "a@b", &long, "head", "heads", "base", "current"] {
        assert_eq!(errors_of_options(quote!(revision = #revision)).len(), 1, "{revision}");
        let parent = errors_of_options(quote!(revision = "2", down_revision = #revision));
        assert_eq!(parent.len(), 1, "{revision}");
    }
}

#[test]
fn a_migration_does_not_follow_itself() {
    let found = errors_of_options(quote!(revision = "2-0", down_revision = ["1", "20"], depends_on = "20"));
    assert_eq!(
        found,
        ["a migration cannot name itself in `down_revision`", "a migration cannot name itself in `depends_on`",]
    );
}

#[test]
fn each_option_says_how_it_is_written() {
    let found = errors_of_options(quote!(
        revision = 2,
        description,
        down_revision = [],
        branch_label("a"),
        depends_on = [1, "b", c],
        transaction = off,
        foreign_keys = false,
        irreversible = true,
        requires(),
        ensures = "a",
        skip_if,
        backup("a", b),
        allow_loss("a"),
        group = "",
        crate = "migrator_core",
        replaces = none,
    ));
    insta::assert_snapshot!(found.join("\n"), @r#"
    `revision` is written `revision = "20261123031600"`
    `down_revision` is written `down_revision = "20261122101500"`, a list of them in brackets, or `none`
    `branch_label` is written `branch_label = "billing"`, or a list of them in brackets
    `depends_on` is written `depends_on = "20261122101500"`, or a list of them in brackets
    `depends_on` is written `depends_on = "20261122101500"`, or a list of them in brackets
    `transaction` is written `transaction = false` or `transaction = true`
    `foreign_keys` is written `foreign_keys = off` or `foreign_keys = on`
    `irreversible` is written `irreversible`, without a value
    `requires` is written `requires(table("users"), ..)`
    `ensures` is written `ensures(column("users", "email"), ..)`
    `skip_if` is written `skip_if(no_table("users"), ..)`
    a table is named `"users"` or `("schema", "users")`
    expected a loss, such as `table("users")`
    `replaces` is written `replaces = "20261122101500"`, or a list of them in brackets
    `description` is written `description = "add an e-mail address"`
    `group` is written `group = "reporting"`
    `crate` is written `crate = path::to::migrator_core`
    `irreversible` says that there is no way back, but there is a `fn downgrade`: remove one of the two
    "#);
}

#[test]
fn conditions_and_losses_say_how_they_are_written() {
    let found = errors_of_options(quote!(
        revision = "2",
        requires(tabel("t"), table(), column("t"), index("a", "b", "c"), empty(t), column("a", b)),
        allow_loss(index("t", "i"), rows, table(("a", "b", "c"))),
    ));
    insta::assert_snapshot!(found.join("\n"), @r#"
    unknown condition `tabel`: did you mean `table`?
    `table` names a table: `table("users")`
    `column` names a table and a column: `column("users", "email")`
    `index` names a table and an index: `index("users", "users_email_idx")`
    a table is named `"users"` or `("schema", "users")`
    `column` names a table and a column: `column("users", "email")`
    unknown loss `index`: there are `table`, `column`, `rows`
    expected a loss, such as `table("users")`
    a table is named `"users"` or `("schema", "users")`
    "#);
}

#[test]
fn signatures_are_checked() {
    let found = errors_of_functions(&quote! {
        unsafe fn upgrade<T>(op: &mut T, more: u8) -> () { }
        fn downgrade(&mut self) {}
        fn verify(conn: &mut dyn SchemaConnection) -> MigrationResult { x }
    });
    insta::assert_snapshot!(found.join("\n"), @r#"
    `fn upgrade` cannot be unsafe: remove `unsafe`
    `fn upgrade` cannot be generic: name the type of the connection
    `fn upgrade` returns nothing: add `-> MigrationResult`, and end with `Ok(())`
    `fn upgrade` takes one argument: `op: &mut Operations<'_>`, or a connection such as `conn: &mut SqliteConnection`
    `fn downgrade` returns nothing: add `-> MigrationResult`, and end with `Ok(())`
    `fn downgrade` takes one argument: `op: &mut Operations<'_>`, or a connection such as `conn: &mut SqliteConnection`
    `fn verify` takes one argument: `op: &mut Operations<'_>`, or a connection such as `conn: &mut SqliteConnection`
    "#);
}

#[test]
fn tokens_of_macro_rules_are_taken_as_what_they_hold() {
    let group = |tokens: TokenStream| proc_macro2::Group::new(proc_macro2::Delimiter::None, tokens);
    let (revision, word, table) = (group(quote!("2")), group(quote!(table)), group(quote!("t")));
    let parameter = group(quote!(&mut Operations<'_>));
    let item = quote!(mod add_email { fn upgrade(op: #parameter) -> MigrationResult { x } });
    let arguments = quote!(revision = #revision, requires(#word(#table)), irreversible);
    let text = expanded(arguments, item);
    assert!(text.contains("upgrade(op)?"), "{text}");
    assert!(text.contains(r#"Condition::table("t")"#), "{text}");
}
