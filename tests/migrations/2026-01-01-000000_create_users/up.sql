CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(80));
INSERT INTO users (id, name) VALUES (1, 'Ada; Lovelace');
