-- migrator: requires(column("users", "email"))
ALTER TABLE users ADD COLUMN newsletter BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX users_newsletter_idx ON users (newsletter);
