-- Where an object stood before is found by the platform's own id of it.

create index grantwright_assets_by_id on grantwright_assets (id, ref) where id <> '';
