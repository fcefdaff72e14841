-- For people with sqlite3: what stands in the bodies, by name. The program reads
-- none of them. Times are text in UTC, as the functions of SQLite take them. They
-- use json_extract, not ->>, so that older tools can still open the file.

create view grantwright_requests as
select id, version,
       json_extract(body, '$.type') as type,
       json_extract(body, '$.status') as status,
       json_extract(body, '$.asset') as asset,
       json_extract(body, '$.requester') as requester,
       json_extract(body, '$.beneficiary') as beneficiary,
       json_extract(body, '$.principal.name') as principal,
       json_extract(body, '$.privilege') as privilege,
       json_extract(body, '$.columns') as columns,
       json_extract(body, '$.duration') as duration,
       json_extract(body, '$.form.name') as form,
       json_extract(body, '$.answers') as answers,
       json_extract(body, '$.submitted') as submitted,
       json_extract(body, '$.decided') as decided,
       json_extract(body, '$.ended') as ended,
       json_extract(body, '$.reason') as reason,
       body
from grantwright_records where kind = 'requests';

create view grantwright_reviews as
select id, version,
       json_extract(body, '$.status') as status,
       json_extract(body, '$.flow.name') as flow,
       json_extract(body, '$.rule') as rule,
       json_extract(body, '$.determinations') as determinations,
       json_extract(body, '$.opened') as opened,
       json_extract(body, '$.lapses') as lapses,
       json_extract(body, '$.decided') as decided,
       body
from grantwright_records where kind = 'reviews';

create view grantwright_grants as
select id, version,
       json_extract(body, '$.request') as request,
       json_extract(body, '$.state') as state,
       json_extract(body, '$.known') as known,
       json_extract(body, '$.asset.ref') as asset,
       json_extract(body, '$.principal.name') as principal,
       json_extract(body, '$.access.privilege') as privilege,
       json_extract(body, '$.duration') as duration,
       json_extract(body, '$.approved') as approved,
       json_extract(body, '$.started') as started,
       json_extract(body, '$.ends') as ends,
       json_extract(body, '$.gone') as gone,
       json_extract(body, '$.ending') as ending,
       json_extract(body, '$.error') as error,
       body
from grantwright_records where kind = 'grants';

create view grantwright_events as
select id, version,
       json_extract(body, '$.number') as number,
       json_extract(body, '$.type') as type,
       json_extract(body, '$.at') as at,
       json_extract(body, '$.by') as "by",
       json_extract(body, '$.request') as request,
       json_extract(body, '$.seq') as seq,
       json_extract(body, '$.about') as about,
       json_extract(body, '$.data') as data,
       body
from grantwright_records where kind = 'events';

create view grantwright_connections as
select id, version,
       json_extract(body, '$.technology') as technology,
       json_extract(body, '$.host') as host,
       json_extract(body, '$.url') as url,
       json_extract(body, '$.secret') as secret, -- a reference: the secret itself is never stored
       json_extract(body, '$.principals') as principals,
       json_extract(body, '$.registered') as registered,
       body
from grantwright_records where kind = 'connections';

create view grantwright_tasks as
select id, version,
       json_extract(body, '$.due') as due,
       json_extract(body, '$.holder') as holder,
       json_extract(body, '$.attempts') as attempts,
       json_extract(body, '$.error') as error,
       body
from grantwright_records where kind = 'tasks';
