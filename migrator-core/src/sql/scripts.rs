//! Scripts as people and tools write them, each with the statements that are to come out.

use super::{Statement, split};
use crate::dialect::Dialect::{self, MariaDb, MySql, Postgres, Sqlite};

const ALL: [Dialect; 4] = [Sqlite, Postgres, MySql, MariaDb];

fn texts(sql: &str, dialect: Dialect) -> Vec<&str> {
    split(sql, dialect).iter().map(Statement::text).collect()
}

/// Each script is one statement, which another may follow.
fn assert_whole(dialect: Dialect, scripts: &[&str]) {
    for script in scripts {
        let followed = format!("{script};\nSELECT 1;");
        assert_eq!(texts(&followed, dialect), [*script, "SELECT 1"], "{dialect:?}");
    }
}

#[test]
fn semicolons_between_and_around() {
    for dialect in ALL {
        assert_eq!(texts("", dialect), [""; 0]);
        assert_eq!(texts(" ;;\n; -- a\n /* b */", dialect), [""; 0]);
        assert_eq!(texts("SELECT 1", dialect), ["SELECT 1"]);
        assert_eq!(texts(";SELECT 1;; SELECT 2 ;", dialect), ["SELECT 1", "SELECT 2"]);
        assert_eq!(texts("\u{feff}SELECT 1;\r\n\u{feff}SELECT 2", dialect), ["SELECT 1", "SELECT 2"]);
    }
}

#[test]
fn comments_belong_to_the_source_not_to_the_text() {
    for dialect in ALL {
        let sql = "-- a;\n/* b; */ SELECT /* c; */ 1 -- d;\n;\n\nSELECT 2; -- e\n";
        let statements = split(sql, dialect);
        let seen: Vec<_> = statements.iter().map(|s| (s.line(), s.text(), s.source())).collect();
        assert_eq!(
            seen,
            [
                (2, "SELECT /* c; */ 1", "-- a;\n/* b; */ SELECT /* c; */ 1 -- d;\n;"),
                (5, "SELECT 2", "\n\nSELECT 2; -- e\n"),
            ]
        );
    }
}

#[test]
fn quotes_hold_semicolons() {
    for dialect in ALL {
        assert_whole(dialect, &["SELECT 'a;''b;'", "SELECT \"a;\"\"b;\"", "SELECT 'é;\n\r\n'"]);
    }
    assert_whole(Sqlite, &["SELECT `a;`", "SELECT [a;'], ';'", "SELECT 'a\\'", "SELECT x':;'"]);
    assert_whole(MySql, &[r"SELECT 'a\';', 'b\\'", r#"SELECT "a\";""#, r"SELECT `a\`, ';'"]);
    assert_whole(
        Postgres,
        &[
            r"SELECT E'a\';', 'b\', ';'",
            r#"SELECT e'\\', U&'d\0061;', U&""";""#,
            "SELECT $$;'$$, $a$;$$;$b$;$a$",
            "SELECT a[1], $1, a$b$",
            "SELECT ARRAY['[;']",
        ],
    );
}

#[test]
fn a_thing_never_closed_runs_to_the_end() {
    for (dialect, sql) in [
        (Sqlite, "SELECT 'a; SELECT 2"),
        (Sqlite, "SELECT [a; SELECT 2"),
        (Postgres, "SELECT $a$; SELECT 2; $b$"),
        (Postgres, "SELECT 1 /* a; /* b */ ; SELECT 2"),
        (MySql, "SELECT 1 /* ; SELECT 2"),
        (MySql, "/*!40101 SET a; SELECT 2"),
        (MySql, "SELECT 'a\\"),
    ] {
        assert_eq!(texts(sql, dialect), [sql], "{dialect:?}");
    }
    assert_eq!(texts("SELECT 1; /* a", Sqlite), ["SELECT 1"]);
    assert_eq!(texts("SELECT 1; /* a; b", Postgres), ["SELECT 1", "/* a; b"]);
}

#[test]
fn comment_marks_differ() {
    assert_eq!(texts("SELECT 1 # ;\n; SELECT 2", MySql), ["SELECT 1", "SELECT 2"]);
    assert_eq!(texts("SELECT 1 # 2; SELECT 3", Postgres), ["SELECT 1 # 2", "SELECT 3"]);
    assert_eq!(texts("SELECT 1--1; SELECT 2", MySql), ["SELECT 1--1", "SELECT 2"]);
    assert_eq!(texts("SELECT 1--1; SELECT 2", Sqlite), ["SELECT 1"]);
    assert_eq!(texts("SELECT 1 /* /* */ ; */; SELECT 2", Postgres).len(), 2);
    assert_eq!(texts("SELECT 1 /* /* */ ; */; SELECT 2", MySql).len(), 3);
}

#[test]
fn hints_and_code_in_comments_are_text() {
    let sql = "-- a\n/*!40101 SET NAMES utf8 */;\n/*! SELECT 1; */;";
    assert_eq!(texts(sql, MySql), ["/*!40101 SET NAMES utf8 */", "/*! SELECT 1; */"]);
    assert_eq!(texts(sql, Postgres), [""; 0]);
    let sql = "/* a */ /*+ SeqScan(a) */ SELECT 1; /*+ alone */;";
    assert_eq!(texts(sql, Postgres), ["/*+ SeqScan(a) */ SELECT 1"]);
    assert_eq!(texts(sql, Sqlite), ["SELECT 1"]);
    let dump = "/*M!999999\\- enable the sandbox mode */\n-- a\n/*M!100616 SET a=1 */;";
    assert_eq!(texts(dump, MariaDb), ["/*M!100616 SET a=1 */"]);
}

#[test]
fn transactions_are_statements() {
    for dialect in ALL {
        for begin in ["BEGIN", "BEGIN TRANSACTION", "BEGIN IMMEDIATE", "BEGIN WORK"] {
            let sql = format!("{begin}; SELECT 1; END; COMMIT;");
            assert_eq!(texts(&sql, dialect), [begin, "SELECT 1", "END", "COMMIT"]);
        }
    }
}

#[test]
fn sqlite_triggers() {
    assert_whole(
        Sqlite,
        &[
            "CREATE TRIGGER t AFTER UPDATE ON a BEGIN
               UPDATE a SET kind = CASE WHEN NEW.n > 1 THEN 'x;' ELSE 'y' END;
               -- END;
               INSERT INTO log SELECT CASE NEW.a WHEN 1 THEN CASE 2 WHEN 2 THEN 3 END END;
             END",
            "create temp trigger if not exists [begin] before delete on \"end\" for each row
             when case when old.a then 1 end begin select raise(abort, 'no;'); END",
            "CREATE TEMPORARY TRIGGER t INSTEAD OF INSERT ON v BEGIN
               UPDATE spans SET end = NEW.end WHERE begin < end; DELETE FROM a; END",
            "EXPLAIN QUERY PLAN CREATE TRIGGER t DELETE ON a BEGIN SELECT 1; END",
        ],
    );
    assert_eq!(texts("CREATE TABLE trigger_log(begin INT, end INT); END;", Sqlite).len(), 2);
}

#[test]
fn postgres_bodies() {
    assert_whole(
        Postgres,
        &[
            "CREATE OR REPLACE FUNCTION f(a int) RETURNS int LANGUAGE SQL BEGIN ATOMIC
               SELECT CASE WHEN a > 1 THEN CASE a WHEN 2 THEN 3 END ELSE 4 END AS end;
               INSERT INTO b VALUES (';');
               RETURN a;
             END",
            "CREATE PROCEDURE p() BEGIN ATOMIC END",
            "CREATE FUNCTION begin() RETURNS int AS 'SELECT 1;' LANGUAGE sql",
            "CREATE RULE r AS ON INSERT TO a DO ALSO (INSERT INTO b VALUES (1); DELETE FROM c)",
            "CREATE FUNCTION public.f() RETURNS trigger\n    LANGUAGE plpgsql\n    AS $_$
               BEGIN
                 IF NEW.a = '$1' THEN EXECUTE $$ SELECT 1; $$; END IF;
                 RETURN NEW;
               END;
             $_$",
            "DO $do$ BEGIN PERFORM 1; EXCEPTION WHEN OTHERS THEN NULL; END $do$",
        ],
    );
    assert_eq!(texts("CREATE FUNCTION f() RETURN 1; BEGIN; END;", Postgres).len(), 3);
    assert_eq!(texts("SELECT 1); SELECT 2;", Postgres), ["SELECT 1)", "SELECT 2"]);
}

#[test]
fn psql_commands_do_no_harm() {
    let sql = "COPY a (b) FROM stdin;\n1\t\\N\n\\.\n\\copy a from 'b'\nSELECT 1;";
    assert_eq!(texts(sql, Postgres).len(), 2);
}

const PROCEDURES: [&str; 17] = [
    "CREATE DEFINER=CURRENT_USER() PROCEDURE IF NOT EXISTS p() SELECT 1",
    "CREATE PROCEDURE p() SELECT 1",
    "CREATE DEFINER=`root`@`localhost` PROCEDURE p(IN a INT, OUT b DECIMAL(10,2))
       COMMENT 'BEGIN' SQL SECURITY INVOKER NOT DETERMINISTIC
     BEGIN
       DECLARE begin, end INT DEFAULT 0;
       DECLARE done INT DEFAULT CASE WHEN a THEN 1 END;
       DECLARE c CURSOR FOR SELECT begin, end FROM spans FOR UPDATE;
       DECLARE CONTINUE HANDLER FOR NOT FOUND SET done = IF(a, 1, 2);
       DECLARE EXIT HANDLER FOR SQLEXCEPTION, SQLSTATE '23000' BEGIN ROLLBACK; RESIGNAL; END;
       IF (a > 1) THEN SET b = IF(a, 1, 2); ELSEIF a THEN BEGIN END; ELSE IF a THEN DO 1; END IF; END IF;
       IF CASE WHEN a THEN b END THEN SELECT 1; END IF;
       IF CASE a WHEN end THEN IF(a, 1, 2) ELSE 1 END THEN SELECT 1; END IF;
       CASE a WHEN 1 THEN SELECT CASE WHEN b THEN IF(a, b, 1) ELSE IF(b, a, 1) END; ELSE BEGIN END; END CASE;
       outer_loop: LOOP LEAVE outer_loop; END LOOP outer_loop;
       w: WHILE CASE a WHEN end THEN end ELSE 2 END DO SET a = REPEAT('x', 3); ITERATE w; END WHILE w;
       REPEAT SET a = a + 1; UNTIL a > end END REPEAT;
       SELECT s.begin, s.end, s.case, end FROM s;
       DO IF(a, 1, 2);
       inner_block:BEGIN END inner_block;
     END",
    "CREATE FUNCTION IF NOT EXISTS f(a INT) RETURNS INT DETERMINISTIC RETURN IF(a, 1, 2)",
    "CREATE FUNCTION f(s CHAR(20)) RETURNS CHAR(50) CHARSET utf8mb4 READS SQL DATA
     BEGIN RETURN CONCAT('a;', s); END",
    "CREATE FUNCTION f() RETURNS SET('a', 'b') RETURN 'a'",
    "CREATE AGGREGATE FUNCTION f RETURNS STRING SONAME 'f.so'",
    "CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET NEW.b = CASE WHEN NEW.c THEN 1 END",
    "CREATE TRIGGER t AFTER DELETE ON a FOR EACH ROW FOLLOWS other
     IF OLD.a = 1 THEN DELETE FROM b; INSERT INTO c VALUES (1); END IF",
    "CREATE DEFINER = CURRENT_USER() TRIGGER t AFTER UPDATE ON a FOR EACH ROW BEGIN
       IF NEW.end <> OLD.end THEN UPDATE b SET begin = NEW.begin; END IF;
     END",
    "CREATE EVENT IF NOT EXISTS e ON SCHEDULE EVERY 1 DAY STARTS NOW() + INTERVAL 1 HOUR
     ON COMPLETION NOT PRESERVE COMMENT 'DO;' DO BEGIN DELETE FROM a; DELETE FROM b; END",
    "ALTER DEFINER = a@b EVENT e DO BEGIN SELECT 1; SELECT 2; END",
    "CREATE EVENT e ON SCHEDULE AT NOW() DO REPLACE INTO a SELECT IF(b, 1, 2) FROM c",
    "CREATE PROCEDURE p() main: BEGIN SELECT 1; LEAVE main; END main",
    "CREATE PROCEDURE p() WHILE 1 DO SELECT 1; END WHILE",
    "/*!50003 CREATE*/ /*!50017 DEFINER=`a`@`b`*/ /*!50003 TRIGGER t BEFORE INSERT ON a
     FOR EACH ROW BEGIN SET NEW.b = 1; SET NEW.c = 2; END */",
    "CREATE DEFINER=a SQL SECURITY DEFINER VIEW event AS SELECT 1 AS begin",
];

#[test]
fn mysql_bodies_need_no_delimiter() {
    assert_whole(MySql, &PROCEDURES);
    assert_whole(MariaDb, &PROCEDURES);
}

#[test]
fn mariadb_blocks_outside_of_procedures() {
    assert_whole(
        MariaDb,
        &[
            "BEGIN NOT ATOMIC DECLARE a INT; IF a THEN SELECT 1; END IF; END",
            "BEGIN NOT ATOMIC IF 1 THEN SELECT 1; SELECT 2; END IF; SELECT 3; END",
            "l: BEGIN NOT ATOMIC SELECT 1; SELECT 2; END",
            "IF (SELECT 1) THEN SELECT 2; SELECT 3; END IF",
            "FOR i IN 1..10 DO INSERT INTO a VALUES (i); SELECT 1; END FOR",
            "CREATE OR REPLACE PROCEDURE p() BEGIN FOR r IN (SELECT a FROM b FOR UPDATE) DO
               SELECT r.a; END FOR; BEGIN NOT ATOMIC SELECT 1; END; END",
        ],
    );
}

#[test]
fn mysql_statements_without_body() {
    for sql in [
        "CREATE TABLE begin (end INT); SELECT 1",
        "CREATE TABLE event (a INT); SELECT 1",
        "ALTER TABLE a ADD COLUMN trigger_at INT; SELECT 1",
        "ALTER PROCEDURE p COMMENT 'a'; SELECT 1",
        "DROP PROCEDURE IF EXISTS p; SELECT 1",
        "SELECT IF(a, 1, 2), CASE a WHEN 1 THEN 2 END, REPEAT('a', 2), @a:=IF(1, 2, 3); SELECT 1",
        "SELECT end FROM a WHERE begin = 1; SELECT 1",
        "XA BEGIN 'a'; XA END 'a'",
    ] {
        assert_eq!(texts(sql, MySql).len(), 2, "{sql}");
    }
}

#[test]
fn delimiter_lines() {
    let sql = "DROP PROCEDURE IF EXISTS p;\nDELIMITER //\nCREATE PROCEDURE p() IS BEGIN a; b; END;\n//\r\n\
               SELECT 1; SELECT 2//\ndelimiter ;\r\nSELECT 3; DELIMITER '$$' ignored\nSELECT 4$$ -- x\n\
               SELECT '$$' AS END$$\nDELIMITER ;;\nSELECT 5 ;;";
    assert_eq!(
        texts(sql, MySql),
        [
            "DROP PROCEDURE IF EXISTS p",
            "CREATE PROCEDURE p() IS BEGIN a; b; END",
            "SELECT 1; SELECT 2",
            "SELECT 3",
            "SELECT 4",
            "SELECT '$$' AS END",
            "SELECT 5",
        ]
    );
    let lines: Vec<_> = split(sql, MariaDb).iter().map(Statement::line).collect();
    assert_eq!(lines, [1, 3, 5, 7, 8, 9, 11]);
    let unclosed = "DELIMITER //\nCREATE PROCEDURE p() BEGIN a; //\n/*! b // SELECT 1";
    assert_eq!(texts(unclosed, MySql).len(), 3);
    assert_eq!(texts("DELIMITER\nSELECT 1;", MySql), ["DELIMITER\nSELECT 1"]);
    assert_eq!(texts("DELIMITER //\nSELECT 1; //", Postgres).len(), 2);
    assert_eq!(texts("SELECT delimiter // 2; SELECT 1", MySql).len(), 2);
}

#[test]
fn a_dump_of_mysql() {
    let sql = "-- MySQL dump 10.13\n--\n-- Host: localhost\n\
        /*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;\n\
        DROP TABLE IF EXISTS `a`;\n\
        /*!40101 SET character_set_client = utf8 */;\n\
        CREATE TABLE `a` (\n  `b;` int DEFAULT NULL COMMENT 'it\\'s; so'\n) ENGINE=InnoDB;\n\
        LOCK TABLES `a` WRITE;\n/*!40000 ALTER TABLE `a` DISABLE KEYS */;\n\
        INSERT INTO `a` VALUES (1,'a\\\\'),(2,'--'),(3,'#;');\n\
        UNLOCK TABLES;\n\
        DELIMITER ;;\n\
        /*!50003 CREATE*/ /*!50017 DEFINER=`r`@`%`*/ /*!50003 TRIGGER `t` BEFORE INSERT ON `a`\n\
        FOR EACH ROW BEGIN SET NEW.b = 1; SET NEW.b = 2; END */;;\n\
        DELIMITER ;\n\
        /*!50001 CREATE ALGORITHM=UNDEFINED */\n/*!50013 DEFINER=`r`@`%` SQL SECURITY DEFINER */\n\
        /*!50001 VIEW `v` AS SELECT 1 */;\n\
        -- Dump completed\n";
    for dialect in [MySql, MariaDb] {
        let statements = split(sql, dialect);
        let starts: Vec<_> = statements.iter().map(|s| s.text().get(..17).unwrap_or(s.text())).collect();
        assert_eq!(
            starts,
            [
                "/*!40101 SET @OLD",
                "DROP TABLE IF EXI",
                "/*!40101 SET char",
                "CREATE TABLE `a` ",
                "LOCK TABLES `a` W",
                "/*!40000 ALTER TA",
                "INSERT INTO `a` V",
                "UNLOCK TABLES",
                "/*!50003 CREATE*/",
                "/*!50001 CREATE A",
            ]
        );
    }
}
