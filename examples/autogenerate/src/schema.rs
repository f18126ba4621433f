//! What the application works with. It is changed first; the migration is written from it.

diesel::table! {
    books (id) {
        id -> BigInt,
        title -> Text,
        author_id -> Nullable<BigInt>,
        pages -> Nullable<Integer>,
    }
}

diesel::table! {
    authors (id) {
        id -> BigInt,
        name -> Text,
    }
}

diesel::joinable!(books -> authors (author_id));
diesel::allow_tables_to_appear_in_same_query!(books, authors);
