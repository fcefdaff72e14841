-- What assets are found by: a word with a w before it, a tag with a t, an owner
-- with an o, a kind with a k; and the container that each stands in.

create table grantwright_asset_terms (
    term text not null,
    ref  text not null,
    primary key (term, ref)
) without rowid;

create index grantwright_asset_terms_of on grantwright_asset_terms (ref, term);

alter table grantwright_assets drop column folded;
alter table grantwright_assets add column parent text not null default '';

create index grantwright_assets_by_parent on grantwright_assets (parent, ref);

-- The next sync writes every row anew, with what is missing here.
update grantwright_assets set digest = '';
