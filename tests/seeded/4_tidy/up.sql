delete from roles where id = 2;
update roles set note = null;
drop table old;
