-- The inventory: one row for each asset that a sync has ever seen.

create table grantwright_assets (
    ref        text not null primary key,
    connection text not null,
    path       text not null, -- the fully qualified name, quoted as in links
    name       text not null, -- the innermost name
    folded     text not null, -- the name in lower case, for searching
    kind       text not null,
    technology text not null,
    host       text not null,
    id         text not null, -- the platform's own
    owner      text not null,
    comment    text not null,
    columns    text not null, -- JSON
    tags       text not null, -- JSON
    changed    text not null, -- when a sync last wrote the row, UTC
    gone       text not null, -- when a sync first missed it, UTC; empty while it stands
    digest     text not null  -- of everything above that the platform says
);

create index grantwright_assets_by_path on grantwright_assets (path, ref);

-- Whose turn it is to write the assets of a connection, and until when without a
-- sign of life. There is a row only while a sync is under way.
create table grantwright_turns (
    connection text not null primary key,
    holder     text not null,
    until      text not null -- UTC
);
