use super::hold::told;
use super::read::holds;

fn said(sql: &str) -> Vec<String> {
    let advice = told(&holds(sql)).into_iter().map(|hold| hold.advice(0));
    advice.map(|advice| advice.what).collect()
}

#[track_caller]
fn says(sql: &str, words: &str) {
    let told = said(sql);
    assert!(told.iter().any(|told| told.contains(words)), "{sql}: {told:?}");
}

#[test]
fn each_statement_is_warned_of_by_the_lock_it_takes() {
    for (sql, words) in [
        ("CREATE UNIQUE INDEX i ON app.users (a)", "app.users takes no writes while the index is built (SHARE)"),
        ("ALTER TABLE users ALTER COLUMN a TYPE BIGINT", "written anew"),
        ("ALTER TABLE users ALTER a SET DATA TYPE BIGINT", "written anew"),
        ("ALTER TABLE users ALTER COLUMN a SET NOT NULL", "all rows are read"),
        ("ALTER TABLE users ADD FOREIGN KEY (a) REFERENCES orgs", "users takes no writes while all rows are checked"),
        ("ALTER TABLE users ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES orgs (id)", "orgs takes no writes while"),
        (
            "ALTER TABLE users ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES orgs (id) NOT VALID",
            "users takes no writes for",
        ),
        ("ALTER TABLE users ADD CONSTRAINT k CHECK (a > 0) NOT VALID", "readers too (ACCESS EXCLUSIVE)"),
        ("ALTER TABLE users VALIDATE CONSTRAINT k", "others go on"),
        ("ALTER TABLE IF EXISTS users ADD COLUMN a int", "users is locked against everyone"),
        ("ALTER TABLE users ADD COLUMN a int UNIQUE", "an index is built"),
        ("ALTER TABLE users ADD COLUMN a int REFERENCES orgs", "orgs takes no writes"),
        ("ALTER TABLE users ADD PRIMARY KEY (a)", "an index is built"),
        ("ALTER TABLE users ADD CHECK (a > 0)", "all rows are checked"),
        ("CREATE TABLE a (o int REFERENCES orgs)", "orgs takes no writes for a moment"),
        ("DROP TABLE users, orgs", "orgs is locked against everyone"),
        ("DROP INDEX by_name", "the table of the index by_name is locked against everyone"),
    ] {
        says(sql, words);
    }
    for sql in [
        "CREATE INDEX CONCURRENTLY i ON users (a)",
        "DROP INDEX CONCURRENTLY i",
        "CREATE TABLE users (a int, b int REFERENCES users)",
        "ALTER TABLE users ALTER a SET STATISTICS 100, SET (fillfactor = 70)",
        "INSERT INTO users VALUES (1)",
        "LOCK",
        "ALTER TABLE",
        "",
    ] {
        assert_eq!(said(sql), [""; 0], "{sql}");
    }
}

#[test]
fn a_name_is_no_word_of_the_statement() {
    for sql in [
        "ALTER TABLE users ADD COLUMN type text",
        "ALTER TABLE users ADD type text DEFAULT 'CHECK (a)'",
        "ALTER TABLE users RENAME COLUMN type TO kind",
        "ALTER TABLE users ALTER COLUMN type SET DEFAULT 'x'",
        "ALTER TABLE users DROP COLUMN validate",
        "ALTER TABLE \"FOREIGN\".\"KEY\" ADD COLUMN \"UNIQUE\" int",
        "ALTER TABLE users ADD COLUMN a numeric(1, 2), DROP COLUMN type",
        "ALTER TABLE users ADD COLUMN a varchar(20) DEFAULT 'x'::varchar(20)",
        "ALTER TABLE users ADD COLUMN a int[] DEFAULT ARRAY[1, 2], DROP COLUMN b",
    ] {
        let [told] = said(sql).try_into().unwrap_or_else(|all| panic!("{sql}: {all:?}"));
        assert!(told.ends_with("is locked against everyone, readers too (ACCESS EXCLUSIVE)"), "{sql}: {told}");
    }
    says("ALTER TABLE users ALTER type TYPE text", "written anew");
    says("CREATE INDEX \"CONCURRENTLY\" ON users (a)", "the index is built");
}

#[test]
fn of_several_actions_the_longest_wait_is_told() {
    says("ALTER TABLE ONLY users ADD COLUMN a int, ALTER COLUMN b TYPE bigint", "users is locked");
    says("ALTER TABLE users ADD COLUMN a int, ALTER COLUMN b TYPE bigint", "written anew");
    says("ALTER TABLE users VALIDATE CONSTRAINT k, ADD COLUMN a int", "readers too, while all rows are read");
}
