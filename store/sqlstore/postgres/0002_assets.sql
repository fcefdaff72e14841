-- The inventory: one row for each asset that a sync has ever seen.

create table grantwright.assets (
    ref        text collate "C" primary key,
    connection text collate "C" not null,
    path       text collate "C" not null, -- the fully qualified name, quoted as in links
    name       text collate "C" not null, -- the innermost name
    folded     text collate "C" not null, -- the name in lower case, for searching
    kind       text collate "C" not null,
    technology text collate "C" not null,
    host       text collate "C" not null,
    id         text collate "C" not null, -- the platform's own
    owner      text collate "C" not null,
    comment    text collate "C" not null,
    columns    text collate "C" not null, -- JSON
    tags       text collate "C" not null, -- JSON
    changed    text collate "C" not null, -- when a sync last wrote the row, UTC
    gone       text collate "C" not null, -- when a sync first missed it, UTC; empty while it stands
    digest     text collate "C" not null  -- of everything above that the platform says
);

create index assets_by_path on grantwright.assets (path, ref);
