-- Records of every kind stand in one table, so that a new kind needs no migration.
-- What they are found by and what must be unique stand beside them. Text compares
-- byte by byte, as it does in SQLite unless a column says otherwise.

create table grantwright_records (
    kind    text not null,
    id      text not null,
    version integer not null,
    body    text not null,
    primary key (kind, id)
);

-- The primary key serves a page in both directions, and is the table itself.
create table grantwright_keys (
    kind  text not null,
    name  text not null,
    value text not null, -- the SHA-512 of one of more than 127 bytes
    ord   text not null,
    id    text not null,
    primary key (kind, name, value, ord, id)
) without rowid;

create index grantwright_keys_of_record on grantwright_keys (kind, id);

create table grantwright_unique_values (
    kind  text not null,
    name  text not null,
    value text not null,
    id    text not null,
    primary key (kind, name, value)
) without rowid;

create index grantwright_unique_values_of_record on grantwright_unique_values (kind, id);
