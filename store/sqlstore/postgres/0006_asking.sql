-- Pending reviews are found by whom they ask. Those of the release before are found by
-- everybody, until they are written again.

insert into grantwright.entries (kind, name, value, ord, id)
select 'reviews', 'asking', 'anybody', e.ord, e.id
from grantwright.entries e
join grantwright.records r on r.kind = 'reviews' and r.id = e.id
where e.kind = 'requests' and e.name = 'status' and e.value = 'PENDING'
on conflict do nothing;

-- Whoever still writes as the release before did finds no function. Its successor needs
-- fewer statements: what is inserted needs no look for what stands already, numbers are
-- counted without a query, and of a record that is updated only those entries are touched
-- that differ.
drop function grantwright.commit_5;

-- commit_6 does some changes, each wholly or not at all, and returns those that it
-- has not done, with the record that is not as it was read, or the holder of what is
-- taken. A write belongs to a change, and an entry or unique value to a write, by its
-- place from 1 on. A body that is null deletes; an empty id asks for a number, and
-- number_kind lists the kinds of those.
create function grantwright.commit_6(
    write_change int[], write_kind text[], write_id text[], write_version bigint[], write_body text[],
    entry_write int[], entry_name text[], entry_value text[], entry_ord text[],
    unique_write int[], unique_name text[], unique_value text[],
    number_kind text[], hold_change int[], hold_kind text[], hold_id text[], hold_version bigint[])
returns table (change int, kind text, name text, value text, id text)
language plpgsql
set plan_cache_mode = force_generic_plan
set jit = off
as $$
#variable_conflict use_column
declare
    refused int[] := '{}';
    r record;
    numbered text;
    n int;
    given bigint;
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

    -- Who is refused writes nothing.
    if cardinality(refused) > 0 then
        for i in 1 .. cardinality(write_change) loop
            if write_change[i] = any (refused) then
                write_version[i] := -1;
            end if;
        end loop;
    end if;

    foreach numbered in array number_kind loop
        n := 0;
        for i in 1 .. cardinality(write_id) loop
            if write_id[i] = '' and write_version[i] = 0 and write_kind[i] = numbered then
                n := n + 1;
            end if;
        end loop;
        continue when n = 0;
        update grantwright.numbers s set last = s.last + n where s.kind = numbered returning s.last - n into given;
        if not found then
            insert into grantwright.numbers (kind, last) values (numbered, n);
            given := 0;
        end if;
        for i in 1 .. cardinality(write_id) loop
            if write_id[i] = '' and write_version[i] = 0 and write_kind[i] = numbered then
                given := given + 1;
                write_id[i] := lpad(given::text, 19, '0');
            end if;
        end loop;
    end loop;

    insert into grantwright.records (kind, id, version, body)
    select w.kind, w.id, 1, w.body from unnest(write_kind, write_id, write_version, write_body) as w (kind, id, version, body) where w.version = 0;

    insert into grantwright.entries (kind, name, value, ord, id)
    select write_kind[n.write], n.name, n.value, n.ord, write_id[n.write]
    from unnest(entry_write, entry_name, entry_value, entry_ord) as n (write, name, value, ord)
    where write_version[n.write] = 0;

    if 0 < any (write_version) then
        if array_position(write_body, null) > 0 then
            delete from grantwright.records s using unnest(write_kind, write_id, write_version, write_body) as w (kind, id, version, body)
            where w.version > 0 and w.body is null and s.kind = w.kind and s.id = w.id;
        end if;
        update grantwright.records s set version = w.version + 1, body = w.body
        from unnest(write_kind, write_id, write_version, write_body) as w (kind, id, version, body)
        where w.version > 0 and w.body is not null and s.kind = w.kind and s.id = w.id;

        -- A list that is compared by not in is hashed, however long it is.
        with w as materialized (
            select * from unnest(write_kind, write_id, write_version) as w (kind, id, version) where w.version > 0
        ), had as materialized (
            select s.* from w cross join lateral (select s.ctid as place, s.* from grantwright.entries s
                where s.kind = w.kind and s.id = w.id offset 0) as s
        ), has as materialized (
            select write_kind[n.write] as kind, n.name, n.value, n.ord, write_id[n.write] as id
            from unnest(entry_write, entry_name, entry_value, entry_ord) as n (write, name, value, ord) where write_version[n.write] > 0
        ), gone as (
            delete from grantwright.entries s using (select h.place from had h
                where (h.kind, h.name, h.value, h.ord, h.id) not in (select n.kind, n.name, n.value, n.ord, n.id from has n)) as g
            where s.ctid = g.place
        )
        insert into grantwright.entries (kind, name, value, ord, id)
        select n.kind, n.name, n.value, n.ord, n.id from has n
        where (n.kind, n.name, n.value, n.ord, n.id) not in (select h.kind, h.name, h.value, h.ord, h.id from had h);

        delete from grantwright.unique_values s
        using unnest(write_kind, write_id, write_version) as w (kind, id, version)
        where w.version > 0 and s.kind = w.kind and s.id = w.id;
    end if;

    if cardinality(unique_write) > 0 then
        insert into grantwright.unique_values (kind, name, value, id)
        select write_kind[n.write], n.name, n.value, write_id[n.write]
        from unnest(unique_write, unique_name, unique_value) as n (write, name, value)
        where write_version[n.write] >= 0;
    end if;
end $$;
