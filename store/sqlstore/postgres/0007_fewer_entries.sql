-- Records have fewer entries: what nobody looks for is gone, and of some indexes each
-- record is in one only.

-- Events about a request, its review and its grant are found by the request.
delete from grantwright.entries e using grantwright.entries q
where e.kind = 'events' and e.name = 'about' and q.kind = 'events' and q.name = 'request' and q.id = e.id
    and e.value in ('requests/' || q.value, 'reviews/' || q.value, 'grants/' || q.value);

delete from grantwright.entries where kind = 'requests' and name in ('asset', 'form') or kind = 'grants' and name = 'active';

-- A notice is either unread or read.
delete from grantwright.entries e using grantwright.entries u
where e.kind = 'notices' and e.name = 'person' and u.kind = 'notices' and u.name = 'unread' and u.id = e.id;
update grantwright.entries set name = 'read' where kind = 'notices' and name = 'person';

-- The grants of a principal: first those that have ended, then those that may stand.
update grantwright.entries e set ord = case when l.id is null then 'gone ' else 'live ' end || e.ord
from grantwright.entries p left join grantwright.entries l on l.kind = 'grants' and l.name = 'live' and l.id = p.id
where p.kind = 'grants' and p.name = 'pair' and e.kind = p.kind and e.name = p.name and e.value = p.value and e.ord = p.ord and e.id = p.id;

-- A digest of the entries and unique values of a record, by which a commit sees whether
-- they are to be written; null until the record is written again.
alter table grantwright.records add column digest bigint;

-- Whoever still writes as the release before did finds no function. Its successor has
-- fewer statements: each takes about as long as ten rows.
drop function grantwright.commit_6;

-- commit_7 does some changes, each wholly or not at all, and returns those that it
-- has not done, with the record that is not as it was read, or the holder of what is
-- taken. A write is a hold (h), an insert (i), an update (u) or a delete (d). It belongs to
-- a change, and an entry or unique value to a write, by its place from 1 on. An empty id
-- asks for a number, and number_kind lists the kinds of those.
create function grantwright.commit_7(
    write_change int[], write_act text[], write_kind text[], write_id text[], write_version bigint[], write_body text[], write_digest bigint[],
    entry_write int[], entry_name text[], entry_value text[], entry_ord text[],
    unique_write int[], unique_name text[], unique_value text[], number_kind text[])
returns table (change int, kind text, name text, value text, id text)
language plpgsql
set plan_cache_mode = force_generic_plan
set jit = off
set enable_seqscan = off -- a plan that was made for a small table stays when it has grown
as $$
#variable_conflict use_column
declare
    refused int[] := '{}';
    moved int[] := '{}'; -- writes of records whose entries are others by now
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
        select w.change, w.kind, w.id
        from unnest(write_change, write_kind, write_id, write_version) as w (change, kind, id, version)
        where w.id <> '' and w.version <> coalesce((select s.version from grantwright.records s where s.kind = w.kind and s.id = w.id), 0)
    loop
        continue when r.change = any (refused);
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
                and not exists (select from unnest(write_change, write_act, write_kind, write_id) as o (change, act, kind, id)
                    where o.change = w.change and o.act <> 'h' and o.kind = u.kind and o.id = u.id)
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
                write_act[i] := 'h';
            end if;
        end loop;
    end if;

    foreach numbered in array number_kind loop
        n := 0;
        for i in 1 .. cardinality(write_id) loop
            if write_id[i] = '' and write_act[i] = 'i' and write_kind[i] = numbered then
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
            if write_id[i] = '' and write_act[i] = 'i' and write_kind[i] = numbered then
                given := given + 1;
                write_id[i] := lpad(given::text, 19, '0');
            end if;
        end loop;
    end loop;

    if 'i' = any (write_act) then
        insert into grantwright.records (kind, id, version, body, digest)
        select w.kind, w.id, 1, w.body, w.digest
        from unnest(write_act, write_kind, write_id, write_body, write_digest) as w (act, kind, id, body, digest) where w.act = 'i';
    end if;
    if 'u' = any (write_act) then
        with changed as (
            update grantwright.records s set version = w.version + 1, body = w.body, digest = w.digest
            from unnest(write_act, write_kind, write_id, write_version, write_body, write_digest) with ordinality as w (act, kind, id, version, body, digest, write)
            cross join lateral (select o.digest from grantwright.records o where o.kind = w.kind and o.id = w.id offset 0) as had
            where w.act = 'u' and s.kind = w.kind and s.id = w.id
            returning w.write, had.digest is distinct from w.digest as moved
        )
        select coalesce(array_agg(c.write), '{}') into moved from changed c where c.moved;
    end if;
    if 'd' = any (write_act) then
        with gone as (
            delete from grantwright.records s
            using unnest(write_act, write_kind, write_id) with ordinality as w (act, kind, id, write)
            where w.act = 'd' and s.kind = w.kind and s.id = w.id
            returning w.write
        )
        select moved || array_agg(g.write::int) into moved from gone g;
    end if;

    if cardinality(moved) > 0 then
        foreach n in array moved loop
            write_act[n] := 'm';
        end loop;
        -- A list that is compared by not in is hashed, however long it is.
        with w as materialized (
            select write_kind[m.write] as kind, write_id[m.write] as id from unnest(moved) as m (write)
        ), had as materialized (
            select s.* from w cross join lateral (select s.ctid as place, s.* from grantwright.entries s
                where s.kind = w.kind and s.id = w.id offset 0) as s
        ), has as materialized (
            select write_kind[n.write] as kind, n.name, n.value, n.ord, write_id[n.write] as id
            from unnest(entry_write, entry_name, entry_value, entry_ord) as n (write, name, value, ord)
            where write_act[n.write] in ('i', 'm')
        ), gone as (
            delete from grantwright.entries s where s.ctid = any (array(select h.place from had h
                where (h.kind, h.name, h.value, h.ord, h.id) not in (select n.kind, n.name, n.value, n.ord, n.id from has n)))
        ), freed as (
            delete from grantwright.unique_values s using w where s.kind = w.kind and s.id = w.id
        )
        insert into grantwright.entries (kind, name, value, ord, id)
        select n.kind, n.name, n.value, n.ord, n.id from has n
        where (n.kind, n.name, n.value, n.ord, n.id) not in (select h.kind, h.name, h.value, h.ord, h.id from had h);
    elsif cardinality(entry_write) > 0 then
        insert into grantwright.entries (kind, name, value, ord, id)
        select write_kind[n.write], n.name, n.value, n.ord, write_id[n.write]
        from unnest(entry_write, entry_name, entry_value, entry_ord) as n (write, name, value, ord)
        where write_act[n.write] = 'i';
    end if;

    if cardinality(unique_write) > 0 then
        insert into grantwright.unique_values (kind, name, value, id)
        select write_kind[n.write], n.name, n.value, write_id[n.write]
        from unnest(unique_write, unique_name, unique_value) as n (write, name, value)
        where write_act[n.write] in ('i', 'm');
    end if;
end $$;
