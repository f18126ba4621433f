-- migrator: allow_loss(column("users", "newsletter"))
DROP INDEX users_newsletter_idx;
ALTER TABLE users DROP COLUMN newsletter;
