-- Pending reviews are found by whom they ask. Those of the release before are found by
-- everybody, until they are written again.

insert into grantwright_entries (kind, name, value, ord, id)
select 'reviews', 'asking', 'anybody', e.ord, e.id
from grantwright_entries e
join grantwright_records r on r.kind = 'reviews' and r.id = e.id
where e.kind = 'requests' and e.name = 'status' and e.value = 'PENDING';
