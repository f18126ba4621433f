//! The migrations, oldest first.

mod m20261101090000_create_books;
mod m20261123121703_authors_and_pages;
