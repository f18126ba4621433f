insert into roles values (1, 'admin'), (2, 'guest');
insert into old values (1);
