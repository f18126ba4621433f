//! Every mistake is shown, those in the user's own code too; `MIGRATION` is there all the same.

use migrator_core::prelude::*;

#[migration(revison = "20261123031600", requires(tabel("users")), transaction = off)]
mod add_email {
    fn upgrade(op: Operations<'_>) {
        let text: &str = 1;
    }
}

fn main() {
    let _ = migrations![add_email];
}
