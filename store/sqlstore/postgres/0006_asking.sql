-- Pending reviews are found by whom they ask. Those of the release before are found by
-- everybody, until they are written again.

insert into grantwright.entries (kind, name, value, ord, id)
select 'reviews', 'asking', 'anybody', e.ord, e.id
from grantwright.entries e
join grantwright.records r on r.kind = 'reviews' and r.id = e.id
where e.kind = 'requests' and e.name = 'status' and e.value = 'PENDING'
on conflict do nothing;

-- Whoever still writes as the release before did finds no function.
drop function grantwright.commit_5;

-- commit_6 does some changes, each wholly or not at all, and returns those that it
-- has not done, with the record that is not as it was read, or the holder of what is
-- taken. A write belongs to a change, and an entry or unique value to a write, by its
-- place from 1 on. A body that is null deletes; an empty id asks for a number.
create function grantwright.commit_6(
    write_change int[], write_kind text[], write_id text[], write_version bigint[], write_body text[],
    entry_write int[], entry_name text[], entry_value text[], entry_ord text[],
    unique_write int[], unique_name text[], unique_value text[],
    hold_change int[], hold_kind text[], hold_id text[], hold_version bigint[])
returns table (change int, kind text, name text, value text, id text)
language plpgsql
set plan_cache_mode = force_generic_plan
set jit = off
as $$
#variable_conflict use_column
declare
    refused int[] := '{}';
    r record;
begin
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'commits need the isolation level read committed' using errcode = 'invalid_transaction_state';
    end if;
    perform pg_advisory_xact_lock(7454127125159342962); -- 'grantwri': until the commit is seen by all

    for r in
        select distinct on (k.change) k.change, k.kind, k.id
        from (select * from unnest(write_change, write_kind, write_id, write_version) as w (change, kind, id, version) where w.id <> ''
            union all select * from unnest(hold_change, hold_kind, hold_id, hold_version)) as k (change, kind, id, version)
        left join lateral (select s.version from grantwright.records s where s.kind = k.kind and s.id = k.id offset 0) as s on true
        where coalesce(s.version, 0) <> k.version
    loop
        refused := refused || r.change;
        change := r.change; kind := r.kind; name := null; value := null; id := r.id;
        return next;
    end loop;

    if cardinality(unique_write) > 0 then
        for r in
            select distinct on (w.change) w.change, u.kind, u.name, u.value, u.id
            from unnest(unique_write, unique_name, unique_value) as n (write, name, value)
            join unnest(write_change, write_kind, write_id) with ordinality as w (change, kind, id, write) on w.write = n.write
            cross join lateral (select u.* from grantwright.unique_values u
                where u.kind = w.kind and u.name = n.name and u.value = n.value offset 0) as u
            where w.change <> all (refused) and u.id <> w.id
                and not exists (select from unnest(write_change, write_kind, write_id) as o (change, kind, id)
                    where o.change = w.change and o.kind = u.kind and o.id = u.id)
        loop
            refused := refused || r.change;
            change := r.change; kind := r.kind; name := r.name; value := r.value; id := r.id;
            return next;
        end loop;
    end if;

    if '' = any (write_id) then
        with wanted as (
            select w.write, w.kind, row_number() over (partition by w.kind order by w.write) as n, count(*) over (partition by w.kind) as all
            from unnest(write_change, write_kind, write_id) with ordinality as w (change, kind, id, write)
            where w.id = '' and w.change <> all (refused)
        ), given as (
            insert into grantwright.numbers as s (kind, last) select distinct w.kind, w.all from wanted w order by w.kind
            on conflict (kind) do update set last = s.last + excluded.last returning s.kind, s.last
        )
        select array_agg(coalesce(lpad((g.last - n.all + n.n)::text, 19, '0'), w.id) order by w.write) into write_id
        from unnest(write_id) with ordinality as w (id, write)
        left join wanted n on n.write = w.write left join given g on g.kind = n.kind;
    end if;

    with w as materialized (
        select * from unnest(write_change, write_kind, write_id, write_version, write_body) as w (change, kind, id, version, body)
        where w.change <> all (refused)
    ), gone as (
        delete from grantwright.records s using w where s.kind = w.kind and s.id = w.id and w.body is null
    ), changed as (
        update grantwright.records s set version = w.version + 1, body = w.body
        from w where s.kind = w.kind and s.id = w.id and w.version > 0 and w.body is not null
    )
    insert into grantwright.records (kind, id, version, body)
    select w.kind, w.id, 1, w.body from w where w.version = 0;

    with w as materialized (
        select * from unnest(write_change, write_kind, write_id, write_version) with ordinality as w (change, kind, id, version, write)
        where w.change <> all (refused)
    ), e as materialized (
        select w.kind, n.name, n.value, n.ord, w.id, w.version
        from unnest(entry_write, entry_name, entry_value, entry_ord) as n (write, name, value, ord) join w on w.write = n.write
    ), old as (
        delete from grantwright.entries s using w where w.version > 0 and s.kind = w.kind and s.id = w.id
            and (s.kind, s.id, s.name, s.value, s.ord) not in (select e.kind, e.id, e.name, e.value, e.ord from e) -- is hashed, however many there are
    )
    insert into grantwright.entries (kind, name, value, ord, id)
    select e.kind, e.name, e.value, e.ord, e.id from e
    on conflict do nothing;

    delete from grantwright.unique_values s
    using unnest(write_change, write_kind, write_id, write_version) as w (change, kind, id, version)
    where w.version > 0 and w.change <> all (refused) and s.kind = w.kind and s.id = w.id;
    if cardinality(unique_write) > 0 then
        insert into grantwright.unique_values (kind, name, value, id)
        select w.kind, n.name, n.value, w.id
        from unnest(unique_write, unique_name, unique_value) as n (write, name, value)
        join unnest(write_change, write_kind, write_id) with ordinality as w (change, kind, id, write) on w.write = n.write
        where w.change <> all (refused);
    end if;
end $$;
