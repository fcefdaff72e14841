-- Records of every kind stand in one table, so that a new kind needs no migration.
-- What they are found by and what must be unique stand beside them. Text compares
-- byte by byte in every database: collate "C".

create table grantwright.records (
    kind    text collate "C" not null,
    id      text collate "C" not null,
    version bigint not null,
    body    text collate "C" not null,
    primary key (kind, id)
);

-- The primary key serves a page in both directions. A value of more than 127
-- bytes stands as its SHA-512, because a key must fit a third of a page.
create table grantwright.keys (
    kind  text collate "C" not null,
    name  text collate "C" not null,
    value text collate "C" not null,
    ord   text collate "C" not null,
    id    text collate "C" not null,
    primary key (kind, name, value, ord, id)
);

create index keys_of_record on grantwright.keys (kind, id);

create table grantwright.unique_values (
    kind  text collate "C" not null,
    name  text collate "C" not null,
    value text collate "C" not null,
    id    text collate "C" not null,
    primary key (kind, name, value)
);

create index unique_values_of_record on grantwright.unique_values (kind, id);

-- Records that change all the time (tasks, the head of the log) leave room for
-- their next version on the same page, and are cleaned before they pile up.
alter table grantwright.records set (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
alter table grantwright.keys set (autovacuum_vacuum_scale_factor = 0.05);
