DROP INDEX users_newsletter_idx;
ALTER TABLE users DROP COLUMN newsletter;
