-- Events have their numbers in the order of the commits, and stand under them.

-- Whoever still writes as the release before did finds no table.
alter table grantwright_keys rename to grantwright_entries;
drop index grantwright_keys_of_record;
create index grantwright_entries_of_record on grantwright_entries (kind, id);

-- The last number that each kind has given.
create table grantwright_numbers (
    kind text not null primary key,
    last integer not null
) without rowid;

-- Those that have no number yet come last, in their order.
create temporary table placed as
select id, printf('%019d', row_number() over (order by coalesce(nullif(json_extract(body, '$.number'), 0), 9223372036854775807), json_extract(body, '$.at'), json_extract(body, '$.seq'), id)) as number
from grantwright_records where kind = 'events';
create unique index temp.placed_id on placed (id);

-- An event stands in another place than its number: the log has a hole.
create temporary table holes (number integer check (number is null));
insert into holes select json_extract(r.body, '$.number') from placed p join grantwright_records r on r.kind = 'events' and r.id = p.id
where json_extract(r.body, '$.number') not in (0, cast(p.number as integer));
drop table holes;

delete from grantwright_entries where kind = 'events' and name in ('log', 'unplaced');
delete from grantwright_unique_values where kind = 'events';
update grantwright_entries set id = (select number from placed p where p.id = grantwright_entries.id) where kind = 'events';
update grantwright_records set id = (select number from placed p where p.id = grantwright_records.id) where kind = 'events';
insert into grantwright_numbers (kind, last) select 'events', max(cast(number as integer)) from placed having count(*) > 0;
delete from grantwright_records where kind = 'log';
drop table placed;

drop view grantwright_events;
create view grantwright_events as
select json_extract(body, '$.id') as id, version,
       cast(number as integer) as number,
       json_extract(body, '$.type') as type,
       json_extract(body, '$.at') as at,
       json_extract(body, '$.by') as "by",
       json_extract(body, '$.request') as request,
       json_extract(body, '$.seq') as seq,
       json_extract(body, '$.about') as about,
       json_extract(body, '$.data') as data,
       body
from (select id as number, version, body from grantwright_records where kind = 'events');
