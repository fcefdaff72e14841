-- For people with psql: what stands in the bodies, by name. The program reads
-- none of them. A body is always JSON that jsonb takes: nothing else is stored.

create view grantwright.requests as
select id, version,
       body ->> 'type' as type,
       body ->> 'status' as status,
       body ->> 'asset' as asset,
       body ->> 'requester' as requester,
       body ->> 'beneficiary' as beneficiary,
       body -> 'principal' ->> 'name' as principal,
       body ->> 'privilege' as privilege,
       body -> 'columns' as columns,
       body ->> 'duration' as duration,
       body -> 'form' ->> 'name' as form,
       body -> 'answers' as answers,
       cast(body ->> 'submitted' as timestamptz) as submitted,
       cast(body ->> 'decided' as timestamptz) as decided,
       cast(body ->> 'ended' as timestamptz) as ended,
       body ->> 'reason' as reason,
       body
from (select id, version, cast(body as jsonb) as body from grantwright.records where kind = 'requests') as r;

create view grantwright.reviews as
select id, version,
       body ->> 'status' as status,
       body -> 'flow' ->> 'name' as flow,
       body ->> 'rule' as rule,
       body -> 'determinations' as determinations,
       cast(body ->> 'opened' as timestamptz) as opened,
       cast(body ->> 'lapses' as timestamptz) as lapses,
       cast(body ->> 'decided' as timestamptz) as decided,
       body
from (select id, version, cast(body as jsonb) as body from grantwright.records where kind = 'reviews') as r;

create view grantwright.grants as
select id, version,
       body ->> 'request' as request,
       body ->> 'state' as state,
       body ->> 'known' as known,
       body -> 'asset' ->> 'ref' as asset,
       body -> 'principal' ->> 'name' as principal,
       body -> 'access' ->> 'privilege' as privilege,
       body ->> 'duration' as duration,
       cast(body ->> 'approved' as timestamptz) as approved,
       cast(body ->> 'started' as timestamptz) as started,
       cast(body ->> 'ends' as timestamptz) as ends,
       cast(body ->> 'gone' as timestamptz) as gone,
       body ->> 'ending' as ending,
       body ->> 'error' as error,
       body
from (select id, version, cast(body as jsonb) as body from grantwright.records where kind = 'grants') as r;

create view grantwright.events as
select id, version,
       cast(body ->> 'number' as bigint) as number,
       body ->> 'type' as type,
       cast(body ->> 'at' as timestamptz) as at,
       body ->> 'by' as by,
       body ->> 'request' as request,
       cast(body ->> 'seq' as bigint) as seq,
       body -> 'about' as about,
       body -> 'data' as data,
       body
from (select id, version, cast(body as jsonb) as body from grantwright.records where kind = 'events') as r;

create view grantwright.connections as
select id, version,
       body ->> 'technology' as technology,
       body ->> 'host' as host,
       body ->> 'url' as url,
       body ->> 'secret' as secret, -- a reference: the secret itself is never stored
       body -> 'principals' as principals,
       cast(body ->> 'registered' as timestamptz) as registered,
       body
from (select id, version, cast(body as jsonb) as body from grantwright.records where kind = 'connections') as r;

create view grantwright.tasks as
select id, version,
       cast(body ->> 'due' as timestamptz) as due,
       body ->> 'holder' as holder,
       cast(body ->> 'attempts' as bigint) as attempts,
       body ->> 'error' as error,
       body
from (select id, version, cast(body as jsonb) as body from grantwright.records where kind = 'tasks') as r;
