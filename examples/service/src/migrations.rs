//! The migrations of this service, oldest first.

use diesel::prelude::*;
use migrator_core::prelude::*;

diesel::table! {
    orders (id) {
        id -> BigInt,
        customer -> Text,
        total -> Double,
        total_cents -> Nullable<BigInt>,
    }
}

#[migration(revision = "20261123120000")]
mod create_orders {
    fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.create_table("orders", |t| {
            t.id();
            t.string("customer", 80).not_null();
            t.double("total").not_null();
        })?;
        op.execute(
            "INSERT INTO orders (customer, total) SELECT 'customer ' || n, n * 1.25 FROM generate_series(1, 2000) n",
        )?;
        Ok(())
    }

    fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.drop_table("orders")?;
        Ok(())
    }
}

/// Keep totals in cents.
#[migration(revision = "20261123121500", backup("orders"), allow_loss(column("orders", "total_cents")))]
mod total_in_cents {
    fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.add_column("orders", |t| t.big_integer("total_cents"))?;
        let conn = op.connection::<PgConnection>()?;
        // Long enough for somebody to kill the replica that does it.
        diesel::sql_query("SELECT pg_sleep(1.5)").execute(conn)?;
        diesel::update(orders::table)
            .set(orders::total_cents.eq(diesel::dsl::sql("round(total * 100)::bigint")))
            .execute(conn)?;
        Ok(())
    }

    fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.drop_column("orders", "total_cents")?;
        Ok(())
    }
}

/// Find orders by customer.
#[migration(revision = "20261123123000", transaction = false)]
mod index_customers {
    fn upgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.create_index("orders", Index::on(["customer"]).concurrently())?;
        Ok(())
    }

    fn downgrade(op: &mut Operations<'_>) -> MigrationResult {
        op.drop_index("orders", "orders_customer_idx")?;
        Ok(())
    }
}
