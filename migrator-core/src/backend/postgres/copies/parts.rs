//! The questions that take a table apart: each row a name, a statement that makes the part, and one that takes it away.
//!
//! `$1` is the table's oid. With it go its partitions, at any depth.

pub(super) const SEQUENCE: &str = "sequence";
pub(super) const TABLE: &str = "table";
pub(super) const PARTITION: &str = "partition";
pub(super) const FOREIGN_KEY: &str = "foreign key";
pub(super) const TRIGGER: &str = "trigger";
pub(super) const RULE: &str = "rule";
pub(super) const ROW_SECURITY: &str = "row security";
pub(super) const REFERENCING: &str = "referencing";
pub(super) const COUNTER: &str = "counter";

/// In the order they are made in: what stands without rows, then what is checked against them.
pub(super) const PARTS: [(&str, &str); 19] = [
    (SEQUENCE, SEQUENCES),
    (TABLE, TABLES),
    (PARTITION, PARTITIONS),
    ("owner", OWNERS),
    ("owned", OWNED),
    ("constraint", CONSTRAINTS),
    ("index", INDEXES),
    (FOREIGN_KEY, FOREIGN_KEYS),
    ("inherited", INHERITED),
    ("option", OPTIONS),
    ("statistics", STATISTICS),
    (RULE, RULES),
    ("policy", POLICIES),
    (ROW_SECURITY, ROW_SECURITIES),
    (TRIGGER, TRIGGERS),
    ("comment", COMMENTS),
    ("grant", GRANTS),
    (REFERENCING, REFERENCES),
    (COUNTER, COUNTERS),
];

/// The table and its partitions.
macro_rules! tree {
    ($query:literal) => {
        concat!(
            "WITH tree AS (SELECT c.oid::regclass::text AS named, c.* FROM pg_catalog.pg_class c \
             WHERE c.oid = $1::oid OR c.oid IN (SELECT p.relid FROM pg_partition_tree($1::oid::regclass) p)) ",
            $query
        )
    };
}

/// How a sequence counts, as CREATE SEQUENCE and an identity say it.
macro_rules! counting {
    () => {
        "format('START WITH %s INCREMENT BY %s MINVALUE %s MAXVALUE %s CACHE %s%s', \
         q.seqstart, q.seqincrement, q.seqmin, q.seqmax, q.seqcache, CASE WHEN q.seqcycle THEN ' CYCLE' ELSE '' END)"
    };
}

/// Sequences that belong to a column: `d` names them `s`, with their counting in `q`.
macro_rules! sequences {
    () => {
        "FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class s ON s.oid = d.objid AND s.relkind = 'S' \
         JOIN pg_catalog.pg_sequence q ON q.seqrelid = s.oid \
         WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = $1::oid \
         AND d.refobjsubid > 0 "
    };
}

const SEQUENCES: &str = concat!(
    "SELECT s.oid::regclass::text, format('CREATE SEQUENCE %s AS %s %s', s.oid::regclass, \
     format_type(q.seqtypid, NULL), ",
    counting!(),
    "), '' ",
    sequences!(),
    "AND d.deptype = 'a' ORDER BY 1"
);

const OWNED: &str = concat!(
    "SELECT s.oid::regclass::text, (SELECT format('ALTER SEQUENCE %s OWNED BY %s.%I', s.oid::regclass, d.refobjid::regclass, \
     a.attname) FROM pg_catalog.pg_attribute a WHERE a.attrelid = d.refobjid AND a.attnum = d.refobjsubid), '' ",
    sequences!(),
    "AND d.deptype = 'a' ORDER BY 1"
);

/// Where each sequence stands; nothing where it gave no number yet.
const COUNTERS: &str = concat!(
    "SELECT s.oid::regclass::text, coalesce(pg_sequence_last_value(s.oid)::text, ''), '' ",
    sequences!(),
    "AND d.deptype IN ('a', 'i') ORDER BY 1"
);

const TABLES: &str = concat!(
    "SELECT c.oid::regclass::text, format('CREATE %sTABLE %s (%s)%s%s%s', \
     CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED ' ELSE '' END, c.oid::regclass, \
     (SELECT string_agg(format('%I %s%s%s%s', a.attname, format_type(a.atttypid, a.atttypmod), \
       CASE WHEN a.attcollation NOT IN (0, t.typcollation) THEN format(' COLLATE %I.%I', n.nspname, o.collname) END, \
       CASE WHEN a.attidentity <> '' THEN (SELECT format(' GENERATED %s AS IDENTITY (SEQUENCE NAME %s %s)', \
           CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END, s.oid::regclass, ",
    counting!(),
    ") ",
    sequences!(),
    "AND d.deptype = 'i' AND d.refobjsubid = a.attnum) \
         WHEN a.attgenerated <> '' THEN format(' GENERATED ALWAYS AS (%s) %s', pg_get_expr(e.adbin, e.adrelid), \
           CASE a.attgenerated WHEN 's' THEN 'STORED' ELSE 'VIRTUAL' END) \
         WHEN e.oid IS NOT NULL THEN ' DEFAULT ' || pg_get_expr(e.adbin, e.adrelid) END, \
       CASE WHEN a.attnotnull THEN ' NOT NULL' END), ', ' ORDER BY a.attnum) \
     FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
     LEFT JOIN pg_catalog.pg_attrdef e ON e.adrelid = a.attrelid AND e.adnum = a.attnum \
     LEFT JOIN pg_catalog.pg_collation o ON o.oid = nullif(a.attcollation, 0) \
     LEFT JOIN pg_catalog.pg_namespace n ON n.oid = o.collnamespace \
     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), \
     CASE c.relkind WHEN 'p' THEN ' PARTITION BY ' || pg_get_partkeydef(c.oid) END, \
     ' WITH (' || array_to_string(c.reloptions, ', ') || ')', \
     (SELECT format(' TABLESPACE %I', s.spcname) FROM pg_catalog.pg_tablespace s WHERE s.oid = c.reltablespace)), '' \
     FROM pg_catalog.pg_class c WHERE c.oid = $1::oid"
);

const PARTITIONS: &str = "SELECT c.oid::regclass::text, format('CREATE TABLE %s PARTITION OF %s %s%s', c.oid::regclass, \
     p.parentrelid, pg_get_expr(c.relpartbound, c.oid), \
     CASE c.relkind WHEN 'p' THEN ' PARTITION BY ' || pg_get_partkeydef(c.oid) END), '' \
     FROM pg_partition_tree($1::oid::regclass) p JOIN pg_catalog.pg_class c ON c.oid = p.relid \
     WHERE p.level > 0 ORDER BY p.level, 1";

const OWNERS: &str = tree!(
    "SELECT named, format('ALTER TABLE %s OWNER TO %I', named, pg_get_userbyid(relowner)), '' FROM tree ORDER BY 1"
);

const CONSTRAINTS: &str = tree!(
    "SELECT k.conname, format('ALTER TABLE %s ADD CONSTRAINT %I %s', c.named, k.conname, pg_get_constraintdef(k.oid)), \
     format('ALTER TABLE %s DROP CONSTRAINT %I', c.named, k.conname) \
     FROM pg_catalog.pg_constraint k JOIN tree c ON c.oid = k.conrelid \
     WHERE k.contype IN ('p', 'u', 'x', 'c') AND k.conparentid = 0 AND (k.coninhcount = 0 OR NOT c.relispartition) \
     ORDER BY k.contype <> 'c', k.contype, c.named, k.conname"
);

const FOREIGN_KEYS: &str = tree!(
    "SELECT k.conname, format('ALTER TABLE %s ADD CONSTRAINT %I %s', c.named, k.conname, pg_get_constraintdef(k.oid)), \
     format('ALTER TABLE %s DROP CONSTRAINT %I', c.named, k.conname) \
     FROM pg_catalog.pg_constraint k JOIN tree c ON c.oid = k.conrelid \
     WHERE k.contype = 'f' AND k.conparentid = 0 ORDER BY c.named, k.conname"
);

/// Foreign keys of other tables that reference this one; the name is the other table's.
const REFERENCES: &str = tree!(
    "SELECT k.conrelid::regclass::text, format('ALTER TABLE %s ADD CONSTRAINT %I %s', k.conrelid::regclass, k.conname, \
     pg_get_constraintdef(k.oid)), format('ALTER TABLE %s DROP CONSTRAINT %I', k.conrelid::regclass, k.conname) \
     FROM pg_catalog.pg_constraint k JOIN tree c ON c.oid = k.confrelid \
     WHERE k.contype = 'f' AND k.conparentid = 0 AND k.conrelid NOT IN (SELECT t.oid FROM tree t) ORDER BY 1, k.conname"
);

/// That of a partitioned index is printed as if it were of the parent alone.
const INDEXES: &str = tree!(
    "SELECT x.relname, regexp_replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON '), \
     format('DROP INDEX %s', i.indexrelid::regclass) \
     FROM pg_catalog.pg_index i JOIN tree c ON c.oid = i.indrelid JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid \
     WHERE i.indisvalid AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid \
     AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')) \
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhrelid = i.indexrelid) ORDER BY c.named, x.relname"
);

/// Parents: of a partition the one it is attached to, of others those they inherit from.
const INHERITED: &str = "SELECT h.inhparent::regclass::text, CASE WHEN c.relispartition \
     THEN format('ALTER TABLE %s ATTACH PARTITION %s %s', h.inhparent::regclass, c.oid::regclass, \
       pg_get_expr(c.relpartbound, c.oid)) \
     ELSE format('ALTER TABLE %s INHERIT %s', c.oid::regclass, h.inhparent::regclass) END, \
     CASE WHEN c.relispartition THEN format('ALTER TABLE %s DETACH PARTITION %s', h.inhparent::regclass, c.oid::regclass) \
     ELSE format('ALTER TABLE %s NO INHERIT %s', c.oid::regclass, h.inhparent::regclass) END \
     FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_class c ON c.oid = h.inhrelid \
     WHERE h.inhrelid = $1::oid ORDER BY h.inhseqno";

const OPTIONS: &str = tree!(
    "SELECT named, format('ALTER TABLE %s REPLICA IDENTITY %s', named, CASE relreplident WHEN 'f' THEN 'FULL' \
       WHEN 'n' THEN 'NOTHING' ELSE (SELECT format('USING INDEX %I', x.relname) FROM pg_catalog.pg_index i \
       JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid WHERE i.indrelid = tree.oid AND i.indisreplident) END), \
     format('ALTER TABLE %s REPLICA IDENTITY DEFAULT', named) FROM tree WHERE relreplident IN ('f', 'n', 'i') \
     UNION ALL SELECT x.relname, format('ALTER TABLE %s CLUSTER ON %I', named, x.relname), \
     format('ALTER TABLE %s SET WITHOUT CLUSTER', named) FROM tree JOIN pg_catalog.pg_index i ON i.indrelid = tree.oid \
     JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid WHERE i.indisclustered \
     UNION ALL SELECT a.attname, format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS %s', named, a.attname, a.attstattarget), \
     format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS -1', named, a.attname) FROM tree \
     JOIN pg_catalog.pg_attribute a ON a.attrelid = tree.oid WHERE a.attnum > 0 AND a.attstattarget >= 0 \
     AND NOT a.attisdropped \
     UNION ALL SELECT a.attname, format('ALTER TABLE %s ALTER COLUMN %I SET STORAGE %s', named, a.attname, \
     CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END), '' \
     FROM tree JOIN pg_catalog.pg_attribute a ON a.attrelid = tree.oid JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
     WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attstorage <> t.typstorage ORDER BY 2"
);

const STATISTICS: &str = tree!(
    "SELECT s.stxname, pg_get_statisticsobjdef(s.oid), format('DROP STATISTICS %I.%I', n.nspname, s.stxname) \
     FROM pg_catalog.pg_statistic_ext s JOIN tree c ON c.oid = s.stxrelid \
     JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace ORDER BY 1"
);

const RULES: &str = tree!(
    "SELECT r.rulename, pg_get_ruledef(r.oid), format('DROP RULE %I ON %s', r.rulename, c.named) \
     FROM pg_catalog.pg_rewrite r JOIN tree c ON c.oid = r.ev_class ORDER BY c.named, 1"
);

const POLICIES: &str = tree!(
    "SELECT p.polname, format('CREATE POLICY %I ON %s AS %s FOR %s TO %s%s%s', p.polname, c.named, \
     CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END, \
     CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END, \
     (SELECT string_agg(CASE role WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(role)) END, ', ') \
      FROM unnest(p.polroles) role), \
     ' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', ' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')'), \
     format('DROP POLICY %I ON %s', p.polname, c.named) \
     FROM pg_catalog.pg_policy p JOIN tree c ON c.oid = p.polrelid ORDER BY c.named, 1"
);

const ROW_SECURITIES: &str = tree!(
    "SELECT named, format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', named), \
     format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', named) FROM tree WHERE relrowsecurity \
     UNION ALL SELECT named, format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', named), \
     format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', named) FROM tree WHERE relforcerowsecurity ORDER BY 2"
);

/// Those that a partition has from its parent are left to it; before PostgreSQL 13 nothing tells them.
const TRIGGERS: &str = tree!(
    "SELECT g.tgname, pg_get_triggerdef(g.oid) || CASE WHEN g.tgenabled = 'O' THEN '' ELSE \
     format('; ALTER TABLE %s %s TRIGGER %I', c.named, CASE g.tgenabled WHEN 'D' THEN 'DISABLE' \
       WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, g.tgname) END, \
     format('DROP TRIGGER %I ON %s', g.tgname, c.named) \
     FROM pg_catalog.pg_trigger g JOIN tree c ON c.oid = g.tgrelid \
     WHERE NOT g.tgisinternal AND coalesce(to_jsonb(g) ->> 'tgparentid', '0') = '0' ORDER BY c.named, 1"
);

const COMMENTS: &str = tree!(
    "SELECT named, format('COMMENT ON TABLE %s IS %L', named, obj_description(oid, 'pg_class')), \
     format('COMMENT ON TABLE %s IS NULL', named) FROM tree WHERE obj_description(oid, 'pg_class') IS NOT NULL \
     UNION ALL SELECT a.attname, format('COMMENT ON COLUMN %s.%I IS %L', named, a.attname, col_description(tree.oid, a.attnum)), \
     format('COMMENT ON COLUMN %s.%I IS NULL', named, a.attname) FROM tree \
     JOIN pg_catalog.pg_attribute a ON a.attrelid = tree.oid WHERE a.attnum > 0 AND NOT a.attisdropped \
     AND col_description(tree.oid, a.attnum) IS NOT NULL ORDER BY 2"
);

/// To everyone but the owner: of the tables, their columns, and their sequences.
const GRANTS: &str = concat!(
    "WITH tree AS (SELECT c.oid, c.oid::regclass::text AS named, c.relacl, c.relowner FROM pg_catalog.pg_class c \
     WHERE c.oid = $1::oid OR c.oid IN (SELECT p.relid FROM pg_partition_tree($1::oid::regclass) p)), \
     held AS (SELECT named AS target, 'TABLE' AS kind, NULL AS attname, relowner, relacl AS acl FROM tree \
     UNION ALL SELECT named, 'TABLE', a.attname, relowner, a.attacl FROM tree \
       JOIN pg_catalog.pg_attribute a ON a.attrelid = tree.oid AND NOT a.attisdropped \
     UNION ALL SELECT s.oid::regclass::text, 'SEQUENCE', NULL, s.relowner, s.relacl ",
    sequences!(),
    "), told AS (SELECT format('%s%s ON %s %s', a.privilege_type, '(' || quote_ident(attname) || ')', kind, target) AS what, \
       CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS who, a.is_grantable \
       FROM held CROSS JOIN LATERAL aclexplode(held.acl) a WHERE a.grantee <> held.relowner) \
     SELECT who, format('GRANT %s TO %s%s', what, who, CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END), \
     format('REVOKE %s FROM %s', what, who) FROM told ORDER BY 2"
);
