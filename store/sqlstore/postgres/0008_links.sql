-- What is read through an asset, and what it is a part of: JSON, empty for nothing.

alter table grantwright.assets add column links text collate "C" not null default '';

-- The next sync writes every row anew, with what is missing here.
update grantwright.assets set digest = '';
