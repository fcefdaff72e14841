create database if not exists {home} character set utf8mb4 collate utf8mb4_bin
//
create user if not exists {definer} identified via mysql_native_password using 'invalid' account lock
//
-- One row: the identity of the server, which stays with its data, the version of all that stands here, and the mark.
create table if not exists {home}.installation (
	only_one tinyint primary key check (only_one = 1), id char(36) not null, version int not null, store varchar(64) not null, generation bigint not null
) engine = innodb
//
insert ignore into {home}.installation values (1, uuid(), 0, '', 0)
//
-- What each role of ours is for: MariaDB keeps no comment on a role.
create table if not exists {home}.asset_roles (
	role varchar(128) primary key, path varchar(1024) not null, object varchar(200) not null, privilege varchar(16) not null, key (path(255))
) engine = innodb
//
create table if not exists {home}.person_roles (
	role varchar(128) primary key, user varchar(128) not null, host varchar(255) not null, unique (user, host)
) engine = innodb
//
-- A set of columns is a privilege too, and names them all.
alter table {home}.asset_roles modify privilege mediumtext not null
//
-- Whose sessions are still to be ended.
create table if not exists {home}.ending (user varchar(128) not null, host varchar(255) not null, primary key (user, host)) engine = innodb
//
-- Nobody can log in to this account, which the procedures run as: MariaDB gives the making of roles (CREATE USER) and
-- of default roles (UPDATE on mysql) only to those who could make themselves root as well.
grant select, insert, update, delete, create user, process, connection admin, show databases, show view, trigger on *.* to {definer} with grant option
//
grant execute on {homePattern}.* to {definer}
//
-- Views of who may do what, without what proves who somebody is. MariaDB finds a row by the names in its own character
-- set alone: the columns that begin with indexed.
create or replace definer = {definer} sql security definer view {home}.accounts as
select
	{text User} as user, {text Host} as host, json_value(Priv, '$.is_role') is not null as is_role,
	coalesce({text json_value(Priv, '$.default_role')}, '') as default_role,
	cast(coalesce(json_value(Priv, '$.access'), 0) as unsigned) as access,
	coalesce(json_value(Priv, '$.account_locked'), 'false') in ('1', 'true') as locked,
	cast(coalesce(json_value(Priv, '$.password_last_changed'), -1) as signed) as changed,
	cast(coalesce(json_value(Priv, '$.password_lifetime'), -1) as signed) as lifetime,
	cast(coalesce(json_value(Priv, '$.max_user_connections'), 0) as signed) as connections,
	cast(coalesce(json_value(Priv, '$.ssl_type'), 0) as signed) > 0 as encrypted,
	json_value(Priv, '$.authentication_string') = 'invalid' and not json_exists(Priv, '$.auth_or') and not exists (
		select 1 from mysql.proxies_priv p where p.Proxied_user = User and p.Proxied_host = Host
	) as closed,
	User as indexed_user, Host as indexed_host
from mysql.global_priv
//
create or replace definer = {definer} sql security definer view {home}.memberships as
select
	{text Host} as host, {text User} as user, {text Role} as role,
	Host as indexed_host, User as indexed_user, Role as indexed_role
from mysql.roles_mapping
//
create or replace definer = {definer} sql security definer view {home}.table_rights as
select {text Host} as host, {text User} as user, {text Db} as db, {text Table_name} as name, Grantor as grantor, Table_priv as privileges, Column_priv as columns
from mysql.tables_priv
//
create or replace definer = {definer} sql security definer view {home}.column_rights as
select {text Host} as host, {text User} as user, {text Db} as db, {text Table_name} as name, {text Column_name} as column_name, Column_priv as rights
from mysql.columns_priv
//
create or replace definer = {definer} sql security definer view {home}.database_rights as
select
	{text Host} as host, {text User} as user, {text Db} as pattern,
	Select_priv = 'Y' as may_read, Insert_priv = 'Y' or Update_priv = 'Y' or Delete_priv = 'Y' as may_write, Execute_priv = 'Y' as may_execute
from mysql.db
//
-- As whom accounts may sign in beside themselves.
create or replace definer = {definer} sql security definer view {home}.proxies as
select {text Host} as host, {text User} as user, {text Proxied_host} as proxied_host, {text Proxied_user} as proxied_user, User as indexed_user
from mysql.proxies_priv
//
procedure list_databases()
	select schema_name, coalesce(schema_comment, "") from information_schema.schemata
	where lower(schema_name) not in ("mysql", "information_schema", "performance_schema", "sys") and lower(left(schema_name, 3)) <> "gw_";
//
-- An id changes when its object is made anew: InnoDB's own; that of the second in which any other table was made; for
-- a view, which has none, what it says and as whom. The limit keeps the server from merging the query about views into
-- the other one: then it would open those of all databases.
procedure list_objects(in in_db {name}, in in_table {name})
	select t.table_name,
		case when t.table_type = "VIEW" then "VIEW" when t.engine in ("FEDERATED", "CONNECT", "SPIDER") then "FOREIGN_TABLE"
			when locate("partitioned", t.create_options) > 0 then "PARTITIONED_TABLE" else "TABLE" end,
		case when t.table_type = "VIEW" then concat("v", left(sha2(concat_ws(char(0), in_db, t.table_name, v.definer, v.security_type, v.view_definition), 256), 24))
			when i.id is not null then concat("t", i.id)
			else concat("c", coalesce(unix_timestamp(t.create_time), 0), "-", left(sha2(concat_ws(char(0), in_db, t.table_name), 256), 16)) end,
		coalesce(v.definer, ""), coalesce(v.security_type, ""), coalesce(v.is_updatable, "YES") = "YES",
		if(t.table_type = "VIEW", "", coalesce(t.table_comment, ""))
	from information_schema.tables t
	left join (
		select v.table_name, v.definer, v.security_type, v.view_definition, v.is_updatable from information_schema.views v
		where v.table_schema = in_db and {the table v.table_name} limit 18446744073709551615
	) v on binary v.table_name = binary t.table_name
	left join (
		select binary convert(convert(binary substring_index(replace(substring_index(s.name, "/", -1), "#p#", "#P#"), "#P#", 1) using filename) using utf8mb4) as name, min(s.table_id) as id
		from information_schema.innodb_sys_tables s
		where binary convert(convert(binary substring_index(s.name, "/", 1) using filename) using utf8mb4) = binary in_db
		group by 1
	) i on i.name = binary convert(t.table_name using utf8mb4)
	where t.table_schema = in_db and {the table t.table_name} and t.table_type in ("BASE TABLE", "SYSTEM VERSIONED", "VIEW");
//
procedure list_columns(in in_db {name}, in in_table {name})
	select table_name, column_name, column_type, column_comment, if(is_generated = "ALWAYS", coalesce(generation_expression, ""), null) from information_schema.columns
	where table_schema = in_db and {the table table_name} order by table_name, ordinal_position;
//
procedure list_sequences(in in_db {name}, in in_table {name})
	if exists (select 1 from information_schema.columns where table_schema = in_db and {the table table_name} and column_default like "nextval(%") then
		select c.table_name, t.table_name from information_schema.columns c
		join information_schema.tables t on t.table_schema = in_db and t.table_type = "SEQUENCE" and c.column_default = concat("nextval(", {quoted in_db t.table_name}, ")")
		where c.table_schema = in_db and {the table c.table_name};
	end if;
//
-- What views read: the text of a view names each table with its database. The limit is that of list_objects.
procedure list_reads(in in_db {name}, in in_table {name})
	select v.table_name, v.security_type = "INVOKER", left(sha2(concat_ws(char(0), v.definer, v.security_type, v.view_definition), 256), 24),
		coalesce(t.table_schema, ""), coalesce(t.table_name, ""), coalesce(t.table_type, "") = "VIEW"
	from (
		select v.table_name, v.definer, v.security_type, v.view_definition from information_schema.views v
		where v.table_schema = in_db and {the table v.table_name} limit 18446744073709551615
	) v
	left join information_schema.tables t on t.table_type in ("BASE TABLE", "SYSTEM VERSIONED", "VIEW") and locate({quoted t.table_schema t.table_name}, v.view_definition collate utf8mb3_bin) > 0;
//
-- What is called, or changed, without a right of whoever uses a table or a view: triggers, the functions that views call,
-- and the tables whose foreign keys change their rows with those that they point to, at any depth. MariaDB names a
-- function with its database where the view did so.
procedure list_touched(in in_db {name}, in in_table {name})
	select t.event_object_table, "TRIGGER", "", concat({quoted in_db t.trigger_name}, " (", t.definer, ")"), false
	from information_schema.triggers t where t.event_object_schema = in_db and {the table t.event_object_table}
	union all
	select v.table_name, "FUNCTION", "", {quoted p.db p.name}, p.security_type = "INVOKER"
	from (
		select v.table_name, v.view_definition from information_schema.views v
		where v.table_schema = in_db and {the table v.table_name} limit 18446744073709551615
	) v
	join mysql.proc p on p.type = "FUNCTION" and (locate(concat({quoted p.db p.name}, "("), v.view_definition collate utf8mb3_general_ci) > 0
		or binary p.db = binary in_db and locate(concat("`", replace(p.name, "`", "``"), "`("), v.view_definition collate utf8mb3_general_ci) > 0)
	union all
	select c.root, "CASCADE", c.db, c.name, false from (
		with recursive points as (
			select {filed k.for_name 1} as db, {filed k.for_name -1} as name, {filed k.ref_name 1} as to_db, {filed k.ref_name -1} as to_name
			from information_schema.innodb_sys_foreign k where k.type & 15 <> 0
		), changed(root, db, name) as (
			select p.to_name, p.db, p.name from points p where p.to_db = in_db and {the table p.to_name}
			union
			select c.root, p.db, p.name from changed c join points p on p.to_db = c.db and p.to_name = c.name
		)
		select root, db, name from changed
	) c;
//
-- What of tables and views does not work for want of somebody or something: a view, a function that one calls and a
-- trigger run as an account, which may be gone; that of a trigger needs a right on the table.
procedure list_broken(in in_db {name}, in in_table {name})
	select t.event_object_table, "TRIGGER", {quoted in_db t.trigger_name}, t.definer, a.user is null
	from information_schema.triggers t left join {home}.accounts a on concat(a.user, "@", a.host) = {text t.definer}
	where t.event_object_schema = in_db and {the table t.event_object_table} and (a.user is null or not (
		exists (select 1 from {home}.accounts r where (r.user = a.user and r.host = a.host or r.user = "PUBLIC" and r.host = "") and r.access & 134217728)
		or exists (select 1 from mysql.db d where {text d.User} in ("", "PUBLIC", a.user) and d.Trigger_priv = "Y" and in_db like {text d.Db})
		or exists (select 1 from mysql.tables_priv r where {text r.User} in ("PUBLIC", a.user) and find_in_set("Trigger", r.Table_priv)
			and {text r.Db} = in_db and {text r.Table_name} = {text t.event_object_table})
	))
	union all
	select v.table_name, w.way, if(w.way = "FUNCTION", {quoted p.db p.name}, ""), coalesce(p.definer, v.definer), true
	from (
		select v.table_name, v.view_definition, v.definer, v.security_type from information_schema.views v
		where v.table_schema = in_db and {the table v.table_name} limit 18446744073709551615
	) v
	join (select "VIEW" as way union all select "FUNCTION") w
	left join mysql.proc p on w.way = "FUNCTION" and p.type = "FUNCTION" and p.security_type = "DEFINER" and (
		locate(concat({quoted p.db p.name}, "("), v.view_definition collate utf8mb3_general_ci) > 0
		or binary p.db = binary in_db and locate(concat("`", replace(p.name, "`", "``"), "`("), v.view_definition collate utf8mb3_general_ci) > 0
			and locate(concat(".`", replace(p.name, "`", "``"), "`("), v.view_definition collate utf8mb3_general_ci) = 0)
	where (w.way = "VIEW" and v.security_type = "DEFINER" or p.name is not null)
		and not exists (select 1 from {home}.accounts a where concat(a.user, "@", a.host) = {text coalesce(p.definer, v.definer)});
//
-- The server says itself whether a view can be read: it opens the view and all that lies beneath, with the rights of
-- whoever each view reads as, and reads no row.
-- Of one that somebody has locked nothing is known, and it is not waited for.
procedure check_views(in in_db {name}, in in_names {list})
	declare named longtext;
	declare waits bigint default @@session.lock_wait_timeout;
	{all names}
	select group_concat({quoted in_db c.name} separator ", ") into named from {names};
	set session lock_wait_timeout = 1;
	execute immediate concat("check table ", named);
	set session lock_wait_timeout = waits;
//
-- And whether it could be written to: a statement that is prepared has its rights checked, and is not executed.
procedure try_writes(in in_db {name}, in in_names {list})
	declare found longtext default "[]";
	declare number int;
	declare says text;
	declare waits bigint default @@session.lock_wait_timeout;
	{all names}
	set session lock_wait_timeout = 1;
	for v in (
		select c.name, {quoted in_db c.name} as quoted, (
			select concat("`", replace(l.column_name, "`", "``"), "`") from information_schema.columns l
			where l.table_schema = in_db and l.table_name = c.name order by l.ordinal_position limit 1
		) as first from {names}
	) do
		for w in (
			select concat("insert into ", v.quoted, " select * from ", v.quoted) as tried
			union all select concat("update ", v.quoted, " set ", v.first, " = ", v.first)
			union all select concat("delete from ", v.quoted)
		) do
			begin
				declare continue handler for sqlexception begin
					get diagnostics condition 1 number = mysql_errno, says = message_text;
					if number in (1142, 1143, 1356, 1370, 1449) then
						set found = json_array_append(found, "$", json_object("view", v.name, "says", says));
					end if;
				end;
				prepare tried from w.tried;
				deallocate prepare tried;
			end;
		end for;
	end for;
	set session lock_wait_timeout = waits;
	select found;
//
-- The views that read a table, or one of a database, with the rights of whoever made them.
procedure list_views_over(in in_db {name}, in over_db {name}, in over_table {name})
	select table_name from information_schema.views
	where table_schema = in_db and security_type = "DEFINER"
		and locate(if(over_table is null, concat("`", replace(over_db, "`", "``"), "`.`"), {quoted over_db over_table}), view_definition collate utf8mb3_bin) > 0;
//
-- The tables that show the rows of others. For each the server asks for no right on these.
procedure list_relays(in in_db {name})
	select table_name, engine from information_schema.tables
	where table_schema = in_db and engine in ("MRG_MyISAM", "FEDERATED", "CONNECT", "SPIDER");
//
-- A statement that makes such a table, of those that hold no password.
procedure show_merged(in in_db {name}, in in_table {name})
	if exists (select 1 from information_schema.tables where table_schema = in_db and table_name = in_table and engine = "MRG_MyISAM") then
		execute immediate concat("show create table ", {quoted in_db in_table});
	end if;
//
-- The routines that have the rights of whoever made them, and who may call each by its name. Whether one names the table
-- is said, and its text is not.
procedure list_definers(in in_db {name}, in in_table {name})
	select {text p.db}, {text p.name}, p.type, {text p.definer}, coalesce({text r.User}, ""), coalesce({text r.Host}, ""),
		locate(convert(coalesce(in_table, in_db) using utf8mb4) collate utf8mb4_general_ci, convert(coalesce(p.body_utf8, p.body) using utf8mb4) collate utf8mb4_general_ci) > 0
			or in_table is null and {text p.db} = in_db
	from mysql.proc p
	left join mysql.procs_priv r on r.Db = p.db and r.Routine_name = p.name and find_in_set("Execute", r.Proc_priv)
		and (r.Routine_type = p.type or p.type = "PACKAGE BODY" and r.Routine_type = "PACKAGE")
	where p.security_type = "DEFINER" and p.type <> "PACKAGE" and lower(p.db) not in ("mysql", "sys") and lower(left(p.db, 3)) <> "gw_";
//
procedure make_role(in in_role {role}, in in_path {long}, in in_object {long}, in in_privilege {list}, in in_until {moment})
	{in time}
	{ours in_role [rw]}
	if exists (select 1 from {home}.accounts where user = in_role) and not exists (select 1 from {home}.asset_roles where role = in_role) then
		{refuse a role of that name stands that we have not made}
	end if;
	insert ignore into {home}.asset_roles values (in_role, in_path, in_object, in_privilege);
	execute immediate concat("create role if not exists ", in_role);
//
procedure give_right(in in_role {role}, in in_db {name}, in in_table {name}, in in_rights {name}, in in_until {moment})
	{in time}
	{ours in_role [rw]}
	{data}
	if in_rights is null or in_rights not in ("select", "select, insert", "select, insert, update, delete") then
		{refuse these are not rights that we give}
	end if;
	execute immediate concat("grant ", in_rights, " on ", {quoted in_db in_table}, " to ", in_role);
//
procedure give_columns(in in_role {role}, in in_db {name}, in in_table {name}, in in_columns {list}, in in_until {moment})
	declare named longtext;
	{in time}
	{ours in_role r}
	{data}
	{all columns}
	select group_concat(concat("`", replace(c.name, "`", "``"), "`") separator ", ") into named from {columns};
	execute immediate concat("grant select (", named, ") on ", {quoted in_db in_table}, " to ", in_role);
//
-- A right that is gone already (1147) is what was wanted.
procedure take_right(in in_role {role}, in in_db {name}, in in_table {name}, in in_until {moment})
	declare continue handler for 1147 begin end;
	{in time}
	{ours in_role [rw]}
	{data}
	execute immediate concat("revoke select, insert, update, delete on ", {quoted in_db in_table}, " from ", in_role);
//
procedure narrow_right(in in_role {role}, in in_db {name}, in in_table {name}, in in_until {moment})
	declare continue handler for 1147 begin end;
	{in time}
	{ours in_role [rw]}
	{data}
	execute immediate concat("revoke insert, update, delete on ", {quoted in_db in_table}, " from ", in_role);
//
procedure drop_role(in in_role {role}, in in_until {moment})
	{in time}
	{ours in_role [rw]}
	if exists (select 1 from {home}.memberships where role = in_role and not (user = "{maker}" and host = "localhost")) then
		{refuse somebody is in the role}
	end if;
	execute immediate concat("drop role if exists ", in_role);
	delete from {home}.asset_roles where role = in_role;
//
procedure make_person(in in_role {role}, in in_user {role}, in in_host {long}, in in_until {moment})
	{in time}
	{ours in_role p}
	if not exists (select 1 from {home}.accounts where user = in_user and host = in_host and not is_role and default_role in ("", in_role)) then
		{refuse there is no such account, or it has a default role of its own}
	end if;
	delete from {home}.person_roles where user = in_user and host = in_host and role <> in_role;
	insert ignore into {home}.person_roles values (in_role, in_user, in_host);
	execute immediate concat("create or replace role ", in_role);
	execute immediate concat("grant ", in_role, " to ", quote(in_user), "@", quote(in_host));
	execute immediate concat("set default role ", in_role, " for ", quote(in_user), "@", quote(in_host));
//
procedure drop_person(in in_role {role}, in in_user {role}, in in_host {long}, in in_until {moment})
	{in time}
	{ours in_role p}
	if exists (select 1 from {home}.memberships where user = in_role and host = "") then
		{refuse the person has something of ours}
	end if;
	if exists (select 1 from {home}.accounts where user = in_user and host = in_host and default_role = in_role) then
		execute immediate concat("set default role none for ", quote(in_user), "@", quote(in_host));
	end if;
	execute immediate concat("drop role if exists ", in_role);
	delete from {home}.person_roles where role = in_role;
//
procedure admit(in in_role {role}, in in_person {role}, in in_until {moment})
	{in time}
	{ours in_role [rw]}
	{ours in_person p}
	execute immediate concat("grant ", in_role, " to ", in_person);
//
procedure expel(in in_role {role}, in in_person {role}, in in_ending boolean, in in_until {moment})
	{in time}
	{ours in_role [rw]}
	{ours in_person p}
	if in_ending then
		insert ignore into {home}.ending select user, host from {home}.person_roles where role = in_person;
	end if;
	execute immediate concat("revoke ", in_role, " from ", in_person);
//
-- A session is known by its user alone. One that comes from just the host of another account of that user is that one's:
-- the server takes the account of a literal host first. One that is gone already (1094) is what was wanted.
procedure end_sessions(in in_user {role}, in in_host {long}, in in_until {moment})
	{in time}
	if not exists (select 1 from {home}.ending where user = in_user and host = in_host) then
		{refuse nothing was taken from this account}
	end if;
	for s in (
		select p.id from information_schema.processlist p
		where p.command <> "Killed" and {text p.user} = in_user and not exists (
			select 1 from {home}.accounts a where a.user = in_user and a.host <> in_host
				and a.host = {text left(p.host, char_length(p.host) - locate(":", reverse(p.host)))}
		)
	) do
		begin
			declare continue handler for 1094 begin end;
			execute immediate concat("kill connection ", s.id);
		end;
	end for;
	delete from {home}.ending where user = in_user and host = in_host;
//
-- The same for many people at once, as a list of JSON: each thing in one statement where MariaDB has one for many.
procedure make_people(in in_people {list}, in in_until {moment})
	declare roles longtext;
	{in time}
	{all ours}
	select group_concat(p.role) into roles from {people};
	if exists (select 1 from {people} left join {home}.accounts a on a.indexed_user = {indexed p.user} and a.indexed_host = {indexed p.host}
			and a.user = p.user and a.host = p.host and not a.is_role and a.default_role in ("", p.role)
			where a.user is null) then
		{refuse one of them is no account, or has a default role of its own}
	end if;
	delete r from {home}.person_roles r join {people} on r.user = p.user and r.host = p.host where r.role <> p.role;
	insert ignore into {home}.person_roles select p.role, p.user, p.host from {people};
	execute immediate concat("create or replace role ", roles);
	for one in (select p.role, concat(quote(p.user), "@", quote(p.host)) as account from {people}) do
		execute immediate concat("grant ", one.role, " to ", one.account);
		execute immediate concat("set default role ", one.role, " for ", one.account);
	end for;
//
procedure drop_people(in in_people {list}, in in_until {moment})
	declare roles longtext;
	{in time}
	{all ours}
	select group_concat(p.role) into roles from {people};
	if exists (select 1 from {people} join {home}.memberships m on m.indexed_host = "" and m.indexed_user = {indexed p.role}) then
		{refuse one of them has something of ours}
	end if;
	for one in (
		select concat(quote(p.user), "@", quote(p.host)) as account from {people} join {home}.accounts a
			on a.indexed_user = {indexed p.user} and a.indexed_host = {indexed p.host} and a.user = p.user and a.host = p.host and a.default_role = p.role
	) do
		execute immediate concat("set default role none for ", one.account);
	end for;
	execute immediate concat("drop role if exists ", roles);
	delete r from {home}.person_roles r join {people} on r.role = p.role;
//
procedure admit_people(in in_role {role}, in in_people {list}, in in_until {moment})
	declare roles longtext;
	{in time}
	{ours in_role [rw]}
	{all ours}
	select group_concat(p.role) into roles from {people};
	execute immediate concat("grant ", in_role, " to ", roles);
//
procedure expel_people(in in_role {role}, in in_people {list}, in in_until {moment})
	declare roles longtext;
	{in time}
	{ours in_role [rw]}
	{all ours}
	select group_concat(p.role) into roles from {people};
	insert ignore into {home}.ending select r.user, r.host from {home}.person_roles r join {people} on r.role = p.role where p.ending;
	execute immediate concat("revoke ", in_role, " from ", roles);
//
procedure end_sessions_of(in in_people {list}, in in_until {moment})
	{in time}
	if exists (select 1 from {people} left join {home}.ending e on e.user = p.user and e.host = p.host where e.user is null) then
		{refuse nothing was taken from one of these accounts}
	end if;
	for s in (
		select distinct l.id from information_schema.processlist l join {people} on p.user = {text l.user}
		where l.command <> "Killed" and not exists (
			select 1 from {home}.accounts a where a.user = p.user and a.host <> p.host
				and a.host = {text left(l.host, char_length(l.host) - locate(":", reverse(l.host)))}
		)
	) do
		begin
			declare continue handler for 1094 begin end;
			execute immediate concat("kill connection ", s.id);
		end;
	end for;
	delete e from {home}.ending e join {people} on e.user = p.user and e.host = p.host;
//
procedure put_mark(in was_store {name}, in was_generation bigint, in in_store {name}, in in_generation bigint)
	update {home}.installation set store = in_store, generation = in_generation where store = was_store and generation = was_generation;
	select row_count();
//
grant select, execute on {homePattern}.* to {login}
//
update {home}.installation set version = {version}
