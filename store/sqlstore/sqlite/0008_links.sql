-- What is read through an asset, and what it is a part of: JSON, empty for nothing.

alter table grantwright_assets add column links text not null default '';

-- The next sync writes every row anew, with what is missing here.
update grantwright_assets set digest = '';
