create table roles (id integer, name varchar(20));
create table old (id integer);
