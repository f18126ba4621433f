//! The migrations of this application, oldest first.

use diesel::prelude::*;
use migrator_core::prelude::*;

diesel::table! {
    users (id) {
        id -> BigInt,
        name -> Text,
        email -> Nullable<Text>,
        first_name -> Nullable<Text>,
        last_name -> Nullable<Text>,
    }
}

#[migration(revision = "2026-11-23-090000")]
mod create_users {
    fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.create_table("users", |t| {
            t.id();
            t.string("name", 80).not_null();
        })?;
        let conn = op.connection::<SqliteConnection>()?;
        let people: Vec<_> = (1..=5000).map(|n| users::name.eq(format!("Ada{n} Lovelace{n}"))).collect();
        for some in people.chunks(500) {
            diesel::insert_into(users::table).values(some).execute(conn)?;
        }
        Ok(())
    }

    fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.drop_table("users")?;
        Ok(())
    }
}

/// Add an e-mail address to users.
#[migration(revision = "2026-11-23-091500", requires(table("users")), backup("users"))]
mod add_email_to_users {
    fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.add_column("users", |t| t.string("email", 255))?;
        op.create_index("users", ["email"])?;
        op.execute("UPDATE users SET email = 'user' || id || '@example.org'")?;
        Ok(())
    }

    fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.drop_index("users", "users_email_idx")?;
        op.drop_column("users", "email")?;
        Ok(())
    }
}

/// Split the name into first and last name.
#[migration(
    revision = "2026-11-23-093000",
    ensures(column("users", "last_name")),
    allow_loss(column("users", "first_name"), column("users", "last_name"))
)]
mod split_name {
    fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.add_column("users", |t| t.string("first_name", 80))?;
        op.add_column("users", |t| t.string("last_name", 80))?;
        let conn = op.connection::<SqliteConnection>()?;
        let people: Vec<(i64, String)> = users::table.select((users::id, users::name)).load(conn)?;
        for (id, name) in people {
            let (first, last) = name.split_once(' ').unwrap_or((&name, ""));
            diesel::update(users::table.find(id))
                .set((users::first_name.eq(first), users::last_name.eq(last)))
                .execute(conn)?;
        }
        Ok(())
    }

    fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.drop_column("users", "last_name")?;
        op.drop_column("users", "first_name")?;
        Ok(())
    }

    fn verify(conn: &mut SqliteConnection) -> MigrationResult {
        let unsplit: i64 = users::table.filter(users::last_name.is_null()).count().get_result(conn)?;
        if unsplit > 0 {
            return Err(format!("{unsplit} users have no last name").into());
        }
        Ok(())
    }
}
