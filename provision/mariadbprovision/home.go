package mariadbprovision

import (
	"strings"

	"github.com/grantwright/grantwright/provision"
)

// homeVersion rises whenever what stands below changes: Setup then lists it anew.
const homeVersion = 1

// homeTables hold what MariaDB has no place for: whose a role is, which sessions are
// still to be ended, which records we act by, and the identity of the server.
var homeTables = []string{
	"create database if not exists {home} character set utf8mb4 collate utf8mb4_bin",
	"create user if not exists {definer} identified via mysql_native_password using 'invalid' account lock",
	"create table if not exists {home}.installation (only_one tinyint primary key check (only_one = 1), id char(36) not null, version int not null, store varchar(64) not null, generation bigint not null) engine = innodb",
	"insert ignore into {home}.installation values (1, uuid(), 0, '', 0)",
	"create table if not exists {home}.asset_roles (role varchar(128) primary key, path varchar(1024) not null, object varchar(200) not null, privilege varchar(16) not null, key (path(255))) engine = innodb",
	"create table if not exists {home}.person_roles (role varchar(128) primary key, user varchar(128) not null, host varchar(255) not null, unique (user, host)) engine = innodb",
	"create table if not exists {home}.ending (user varchar(128) not null, host varchar(255) not null, primary key (user, host)) engine = innodb",
}

// homeRights are those of the account that the procedures run as. Nobody can log in
// to it: MariaDB gives the making of roles (CREATE USER) and of default roles
// (UPDATE on mysql) only to those who could make themselves root as well.
var homeRights = []string{
	"grant select, insert, update, delete, create user, process, connection admin, show databases, show view on *.* to {definer} with grant option",
	"grant execute on {homePattern}.* to {definer}",
}

// homeViews show who may do what, without what proves who somebody is. Names are
// compared by their bytes, as MariaDB compares them here.
var homeViews = []string{
	"create or replace definer = {definer} sql security definer view {home}.accounts as select " + text("User") + " as user, " + text("Host") + " as host, " +
		"json_value(Priv, '$.is_role') is not null as is_role, coalesce(" + text("json_value(Priv, '$.default_role')") + ", '') as default_role, " +
		"cast(coalesce(json_value(Priv, '$.access'), 0) as unsigned) as access, coalesce(json_value(Priv, '$.account_locked'), 'false') in ('1', 'true') as locked, " +
		"cast(coalesce(json_value(Priv, '$.password_last_changed'), -1) as signed) as changed, cast(coalesce(json_value(Priv, '$.password_lifetime'), -1) as signed) as lifetime from mysql.global_priv",
	"create or replace definer = {definer} sql security definer view {home}.memberships as select " + text("Host") + " as host, " + text("User") + " as user, " + text("Role") + " as role from mysql.roles_mapping",
	"create or replace definer = {definer} sql security definer view {home}.table_rights as select " + text("Host") + " as host, " + text("User") + " as user, " + text("Db") + " as db, " +
		text("Table_name") + " as name, Grantor as grantor, Table_priv as privileges, Column_priv as columns from mysql.tables_priv",
	"create or replace definer = {definer} sql security definer view {home}.column_rights as select " + text("Host") + " as host, " + text("User") + " as user, " + text("Db") + " as db, " +
		text("Table_name") + " as name, " + text("Column_name") + " as `column`, Column_priv as privileges from mysql.columns_priv",
	"create or replace definer = {definer} sql security definer view {home}.database_rights as select " + text("Host") + " as host, " + text("User") + " as user, " + text("Db") + " as pattern, " +
		"Select_priv = 'Y' as may_read, Insert_priv = 'Y' or Update_priv = 'Y' or Delete_priv = 'Y' as may_write from mysql.db",
}

func text(column string) string { return "convert(" + column + " using utf8mb4) collate utf8mb4_bin" }

// A routine is a procedure of the home. Its body holds no single quote: it stands in
// a literal, so that a client that ends statements at semicolons can run it.
type routine struct{ name, parameters, body string }

const (
	aName  = "varchar(64) character set utf8mb4 collate utf8mb4_bin"
	aRole  = "varchar(128) character set utf8mb4 collate utf8mb4_bin"
	aText  = "varchar(1024) character set utf8mb4 collate utf8mb4_bin"
	anHour = "decimal(20,6)" // seconds since 1970
)

// The rights that we give on a table, and on the sequence that a column of it takes its
// value from.
const (
	toRead  = "select"
	toWrite = "select, insert, update, delete"
	toCount = "select, insert"
)

// fence keeps whatever follows from happening after in_until: neither the statement
// nor its waiting for locks may outlast it, because the server ends every call when
// its max_statement_time is over.
const fence = `
	if in_until is null or @@max_statement_time <= 0 or unix_timestamp(sysdate(6)) + @@max_statement_time > in_until then
		signal sqlstate "` + tooLate + `" set message_text = "the time for this was over";
	end if;`

// onlyRole refuses names that are none of ours.
func onlyRole(parameter, kinds string) string {
	return `
	if ` + parameter + ` is null or ` + parameter + ` not regexp "^{maker}_` + kinds + `_[a-z2-7]{26}$" or char_length(` + parameter + `) <> char_length("{maker}_p_") + 26 then
		signal sqlstate "` + notOurs + `" set message_text = "not a role of this installation of Grantwright";
	end if;`
}

const onlyData = `
	if in_db is null or in_table is null or lower(in_db) in ("mysql", "information_schema", "performance_schema", "sys") or lower(left(in_db, 3)) = "gw_" then
		signal sqlstate "` + notOurs + `" set message_text = "not a database of data";
	end if;`

const quotedTable = "\"`\", replace(in_db, \"`\", \"``\"), \"`.`\", replace(in_table, \"`\", \"``\"), \"`\""

const quotedAccount = "quote(in_user), \"@\", quote(in_host)"

var homeRoutines = []routine{
	{"list_databases", "", `
	select schema_name, coalesce(schema_comment, "") from information_schema.schemata
	where lower(schema_name) not in ("mysql", "information_schema", "performance_schema", "sys") and lower(left(schema_name, 3)) <> "gw_";`},
	{"list_objects", "in in_db " + aName + ", in in_table " + aName, `
	if in_table is null then` + listObjects("") + `
	else` + listObjects("and t.table_name = in_table") + `
	end if;`},
	{"list_columns", "in in_db " + aName + ", in in_table " + aName, `
	if in_table is null then` + listColumns("") + `
	else` + listColumns("and table_name = in_table") + `
	end if;`},
	{"list_sequences", "in in_db " + aName + ", in in_table " + aName, `
	if exists (select 1 from information_schema.columns where table_schema = in_db and (in_table is null or table_name = in_table) and column_default like "nextval(%") then
		select c.table_name, t.table_name from information_schema.columns c
		join information_schema.tables t on t.table_schema = in_db and t.table_type = "SEQUENCE"
			and c.column_default = concat("nextval(` + "`\", replace(in_db, \"`\", \"``\"), \"`.`\", replace(t.table_name, \"`\", \"``\"), \"`)" + `")
		where c.table_schema = in_db and (in_table is null or c.table_name = in_table);
	end if;`},
	{"list_views_over", "in in_db " + aName + ", in over_db " + aName + ", in over_table " + aName, `
	select table_name from information_schema.views where table_schema = in_db and security_type = "DEFINER"
		and locate(concat("` + "`\", replace(over_db, \"`\", \"``\"), \"`.`\", replace(over_table, \"`\", \"``\"), \"`" + `"), view_definition collate utf8mb3_bin) > 0;`},

	{"make_role", "in in_role " + aRole + ", in in_path " + aText + ", in in_object " + aText + ", in in_privilege " + aName + ", in in_until " + anHour, fence + onlyRole("in_role", "[rw]") + `
	if exists (select 1 from {home}.accounts where user = in_role) and not exists (select 1 from {home}.asset_roles where role = in_role) then
		signal sqlstate "` + notOurs + `" set message_text = "a role of that name stands that we have not made";
	end if;
	insert ignore into {home}.asset_roles values (in_role, in_path, in_object, in_privilege);
	execute immediate concat("create role if not exists ` + "`\", in_role, \"`" + `");`},
	{"give_right", "in in_role " + aRole + ", in in_db " + aName + ", in in_table " + aName + ", in in_rights " + aName + ", in in_until " + anHour, fence + onlyRole("in_role", "[rw]") + onlyData + `
	if in_rights is null or in_rights not in ("` + toRead + `", "` + toWrite + `", "` + toCount + `") then
		signal sqlstate "` + notOurs + `" set message_text = "not rights that we give";
	end if;
	execute immediate concat("grant ", in_rights, " on ", ` + quotedTable + `, " to ` + "`\", in_role, \"`" + `");`},
	{"take_right", "in in_role " + aRole + ", in in_db " + aName + ", in in_table " + aName + ", in in_until " + anHour, `
	declare continue handler for 1147 begin end;` + fence + onlyRole("in_role", "[rw]") + onlyData + `
	execute immediate concat("revoke select, insert, update, delete on ", ` + quotedTable + `, " from ` + "`\", in_role, \"`" + `");`},
	{"narrow_right", "in in_role " + aRole + ", in in_db " + aName + ", in in_table " + aName + ", in in_until " + anHour, `
	declare continue handler for 1147 begin end;` + fence + onlyRole("in_role", "[rw]") + onlyData + `
	execute immediate concat("revoke insert, update, delete on ", ` + quotedTable + `, " from ` + "`\", in_role, \"`" + `");`},
	{"drop_role", "in in_role " + aRole + ", in in_until " + anHour, fence + onlyRole("in_role", "[rw]") + `
	if exists (select 1 from {home}.memberships where role = in_role and not (user = "{maker}" and host = "localhost")) then
		signal sqlstate "` + notOurs + `" set message_text = "somebody is in the role";
	end if;
	execute immediate concat("drop role if exists ` + "`\", in_role, \"`" + `");
	delete from {home}.asset_roles where role = in_role;`},

	{"make_person", "in in_role " + aRole + ", in in_user " + aRole + ", in in_host " + aText + ", in in_until " + anHour, fence + onlyRole("in_role", "p") + `
	if not exists (select 1 from {home}.accounts where user = in_user and host = in_host and not is_role and default_role in ("", in_role)) then
		signal sqlstate "` + notOurs + `" set message_text = "there is no such account, or it has a default role of its own";
	end if;
	delete from {home}.person_roles where user = in_user and host = in_host and role <> in_role;
	insert ignore into {home}.person_roles values (in_role, in_user, in_host);
	execute immediate concat("create or replace role ` + "`\", in_role, \"`" + `");
	execute immediate concat("grant ` + "`\", in_role, \"` to \", " + quotedAccount + `);
	execute immediate concat("set default role ` + "`\", in_role, \"` for \", " + quotedAccount + `);`},
	{"drop_person", "in in_role " + aRole + ", in in_user " + aRole + ", in in_host " + aText + ", in in_until " + anHour, fence + onlyRole("in_role", "p") + `
	if exists (select 1 from {home}.memberships where user = in_role and host = "") then
		signal sqlstate "` + notOurs + `" set message_text = "the person has something of ours";
	end if;
	if exists (select 1 from {home}.accounts where user = in_user and host = in_host and default_role = in_role) then
		execute immediate concat("set default role none for ", ` + quotedAccount + `);
	end if;
	execute immediate concat("drop role if exists ` + "`\", in_role, \"`" + `");
	delete from {home}.person_roles where role = in_role;`},

	{"admit", "in in_role " + aRole + ", in in_person " + aRole + ", in in_until " + anHour, fence + onlyRole("in_role", "[rw]") + onlyRole("in_person", "p") + `
	execute immediate concat("grant ` + "`\", in_role, \"` to `\", in_person, \"`" + `");`},
	{"expel", "in in_role " + aRole + ", in in_person " + aRole + ", in in_ending boolean, in in_until " + anHour, fence + onlyRole("in_role", "[rw]") + onlyRole("in_person", "p") + `
	if in_ending then
		insert ignore into {home}.ending select user, host from {home}.person_roles where role = in_person;
	end if;
	execute immediate concat("revoke ` + "`\", in_role, \"` from `\", in_person, \"`" + `");`},
	{"end_sessions", "in in_user " + aRole + ", in in_host " + aText + ", in in_until " + anHour, fence + `
	if not exists (select 1 from {home}.ending where user = in_user and host = in_host) then
		signal sqlstate "` + notOurs + `" set message_text = "nothing was taken from this account";
	end if;
	for s in (select p.id from information_schema.processlist p where p.command <> "Killed" and ` + text("p.user") + ` = in_user
		and not exists (select 1 from {home}.accounts a where a.user = in_user and a.host <> in_host and a.host = ` + text(`left(p.host, char_length(p.host) - locate(":", reverse(p.host)))`) + `)) do
		begin
			declare continue handler for 1094 begin end;
			execute immediate concat("kill connection ", s.id);
		end;
	end for;
	delete from {home}.ending where user = in_user and host = in_host;`},

	{"put_mark", "in was_store " + aName + ", in was_generation bigint, in in_store " + aName + ", in in_generation bigint", `
	update {home}.installation set store = in_store, generation = in_generation where store = was_store and generation = was_generation;
	select row_count();`},
}

// listObjects gives everything an id that changes when it is made anew: InnoDB's
// own; that of the second in which any other table was made; for a view, which has
// none, what it says and as whom.
func listObjects(only string) string {
	return `
		select t.table_name,
			case when t.table_type = "VIEW" then "VIEW" when t.engine in ("FEDERATED", "CONNECT", "SPIDER") then "FOREIGN_TABLE"
				when locate("partitioned", t.create_options) > 0 then "PARTITIONED_TABLE" else "TABLE" end,
			case when t.table_type = "VIEW" then concat("v", left(sha2(concat_ws(char(0), in_db, t.table_name, v.definer, v.security_type, v.view_definition), 256), 24))
				when i.id is not null then concat("t", i.id)
				else concat("c", coalesce(unix_timestamp(t.create_time), 0), "-", left(sha2(concat_ws(char(0), in_db, t.table_name), 256), 16)) end,
			coalesce(v.definer, ""), coalesce(v.security_type, ""), coalesce(v.is_updatable, "YES") = "YES",
			if(t.table_type = "VIEW", "", coalesce(t.table_comment, ""))
		from information_schema.tables t
		left join information_schema.views v on v.table_schema = in_db and binary v.table_name = binary t.table_name
		left join (
			select binary convert(convert(binary substring_index(replace(substring_index(s.name, "/", -1), "#p#", "#P#"), "#P#", 1) using filename) using utf8mb4) as name, min(s.table_id) as id
			from information_schema.innodb_sys_tables s
			where binary convert(convert(binary substring_index(s.name, "/", 1) using filename) using utf8mb4) = binary in_db
			group by 1
		) i on i.name = binary convert(t.table_name using utf8mb4)
		where t.table_schema = in_db and t.table_type in ("BASE TABLE", "SYSTEM VERSIONED", "VIEW") ` + only + `;`
}

func listColumns(only string) string {
	return `
		select table_name, column_name, column_type, column_comment from information_schema.columns
		where table_schema = in_db ` + only + ` order by table_name, ordinal_position;`
}

// homeStatements lists all of the home, for an administrator to run. Running it
// again changes nothing that is known there.
func homeStatements(installation, account string) []provision.Statement {
	fill := filler(installation)
	var all []provision.Statement
	for _, s := range append(append(append([]string(nil), homeTables...), homeRights...), homeViews...) {
		all = append(all, provision.Statement(fill.Replace(s)))
	}
	for _, r := range homeRoutines {
		all = append(all, provision.Statement(fill.Replace("set statement sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION' for execute immediate "+
			"'create or replace definer = {definer} procedure {home}."+r.name+"("+r.parameters+") sql security definer\nbegin"+r.body+"\nend'")))
	}
	return append(all,
		provision.Statement(fill.Replace("grant select, execute on {homePattern}.* to ")+account),
		provision.Statement(fill.Replace("update {home}.installation set version = ")+itoa(homeVersion)))
}

func filler(installation string) *strings.Replacer {
	home := homeOf(installation)
	return strings.NewReplacer("{home}", quote(home), "{homePattern}", quote(pattern(home)), "{definer}", quote(home)+"@`localhost`", "{maker}", home)
}
