alter table roles drop column name;
