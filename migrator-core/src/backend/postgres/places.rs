//! The schemas of a session's search path.

use crate::backend::postgres::session::Session;
use crate::connection::{Database, Places};
use crate::error::Result;

/// As they are looked through, whatever the role of the session and the path's own words.
const PLACE: &str = "SELECT coalesce(string_agg(quote_ident(s.name), ', ' ORDER BY s.at), '') \
     FROM unnest(current_schemas(false)) WITH ORDINALITY AS s (name, at)";

impl<C: Session> Places for C {
    fn place(&mut self) -> Result<Option<String>> {
        Ok(self.query(PLACE, &[])?.first().map(|row| row.text(0)))
    }

    fn stand_at(&mut self, place: &str) -> Result<String> {
        // Told before it is set: the values of a list are made from left to right.
        let sql = "SELECT current_setting('search_path'), set_config('search_path', $1, false)";
        Ok(self.query(sql, &[place.into()])?.first().map(|row| row.text(0)).unwrap_or_default())
    }
}
