select 1 + nextval('m') % 20000 as u \gset
select nextval('s') as id \gset
begin;
insert into req values (:id, 1, 'PENDING', '{"answers": {"why": "quarterly revenue report", "duration": {"count": 30, "unit": "DAYS"}}, "form": "standard", "formVersion": 3}', 'u' || :id, 'warehouse-sales.public.orders');
insert into rev values (:id, 1, '{"stages": [{"all": [{"type": "GROUP", "name": "finance"}, {"type": "PERMISSION", "permission": "GOVERNANCE"}]}], "determinations": []}');
insert into event (request, kind, at, body) values (:id, 'access_request.created', now(), '{"by": "eve"}');
end;
select * from req where id = :id;
select * from rev where request = :id;
begin;
update req set version = 2, status = 'APPROVED' where id = :id and version = 1;
update rev set version = 2, body = '{"stages": [{"all": [{"type": "GROUP", "name": "finance"}, {"type": "PERMISSION", "permission": "GOVERNANCE"}]}], "determinations": [{"by": "bob", "approve": true}]}' where request = :id and version = 1;
insert into grants values (:id, :id, 1, 'PENDING', now(), '{"principal": "u1", "asset": "warehouse-sales.public.orders"}');
insert into event (request, kind, at, body) values (:id, 'access_request.determined', now(), '{"by": "bob"}');
end;
begin;
grant ROLE to u:u;
end;
begin;
update grants set version = 2, state = 'ACTIVE', due = null where id = :id and version = 1;
insert into event (request, kind, at, body) values (:id, 'grant.active', now(), '{}');
end;
