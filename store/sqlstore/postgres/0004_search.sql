-- What assets are found by: a word with a w before it, a tag with a t, an owner
-- with an o, a kind with a k; and the container that each stands in.

create table grantwright.asset_terms (
    term text collate "C" not null,
    ref  text collate "C" not null,
    primary key (term, ref)
);

create index asset_terms_of on grantwright.asset_terms (ref, term);

alter table grantwright.assets drop column folded;
alter table grantwright.assets add column parent text collate "C" not null default '';

create index assets_by_parent on grantwright.assets (parent, ref);

-- The next sync writes every row anew, with what is missing here.
update grantwright.assets set digest = '';
