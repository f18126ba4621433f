//! Definitions beside the tables take part in transactions here.

use crate::backend::postgres::session::Session;
use crate::connection::{Books, Claims, Definitions, Rebuilds};

impl<C: Session> Definitions for C {}

impl<C: Session> Books for C {}

impl<C: Session> Claims for C {}

/// Nothing is lacking that a rebuild would make.
impl<C: Session> Rebuilds for C {}
