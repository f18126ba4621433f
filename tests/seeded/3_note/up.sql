alter table roles add column note varchar(20);
update roles set note = 'x';
