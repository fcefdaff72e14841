-- Records have fewer entries: what nobody looks for is gone, and of some indexes each
-- record is in one only.

-- Events about a request, its review and its grant are found by the request.
delete from grantwright_entries where kind = 'events' and name = 'about' and exists (
    select 1 from grantwright_entries q where q.kind = 'events' and q.id = grantwright_entries.id and q.name = 'request'
        and grantwright_entries.value in ('requests/' || q.value, 'reviews/' || q.value, 'grants/' || q.value));

delete from grantwright_entries where kind = 'requests' and name in ('asset', 'form') or kind = 'grants' and name = 'active';

-- A notice is either unread or read.
delete from grantwright_entries where kind = 'notices' and name = 'person' and exists (
    select 1 from grantwright_entries u where u.kind = 'notices' and u.id = grantwright_entries.id and u.name = 'unread');
update grantwright_entries set name = 'read' where kind = 'notices' and name = 'person';

-- The grants of a principal: first those that have ended, then those that may stand.
update grantwright_entries set ord = case when exists (
    select 1 from grantwright_entries l where l.kind = 'grants' and l.id = grantwright_entries.id and l.name = 'live') then 'live ' else 'gone ' end || ord
where kind = 'grants' and name = 'pair';
