-- Where an object stood before is found by the platform's own id of it.

create index assets_by_id on grantwright.assets (id, ref) where id <> '';
