package mariadbprovision

import (
	_ "embed" // of home.sql
	"fmt"
	"regexp"
	"strings"

	"github.com/grantwright/grantwright/internal/mariadbwire"
	"github.com/grantwright/grantwright/provision"
)

// homeVersion rises whenever home.sql changes: Setup then lists it anew.
const homeVersion = 8

// homeSQL holds the statements that Setup lists. They make the database of our records,
// the account that has the rights that we lack, and the procedures by which we look and
// act as that account. Lines of // separate the statements; a comment has a line of its
// own. Words in braces are those of wordings, or are replaced by homeStatements.
//
//go:embed home.sql
var homeSQL string

// The rights that we give on a table, and on the sequence that a column of it takes its
// value from.
const (
	toRead  = "select"
	toWrite = "select, insert, update, delete"
	toCount = "select, insert"
)

// The types of the parameters of the procedures. Names are compared by their bytes, as
// MariaDB compares them here.
var types = map[string]string{
	"name": "varchar(64)" + byBytes, "role": "varchar(128)" + byBytes, "long": "varchar(1024)" + byBytes,
	"list":   "longtext" + byBytes, // of objects in JSON
	"moment": "decimal(20,6)",      // seconds since 1970
}

const byBytes = " character set utf8mb4 collate utf8mb4_bin"

// wordings are the macros of home.sql, by their first word; $1 and so on are the words
// that follow.
var wordings = []struct {
	from *regexp.Regexp
	to   string
}{
	{regexp.MustCompile(`\{text (.+?)\}`), "convert($1 using utf8mb4) collate utf8mb4_bin"},
	{regexp.MustCompile(`\{quoted (\S+) (\S+)\}`), "concat(\"`\", replace($1, \"`\", \"``\"), \"`.`\", replace($2, \"`\", \"``\"), \"`\")"},
	// A part of the name by which InnoDB files a table.
	{regexp.MustCompile(`\{filed (\S+) (\S+)\}`), "convert(convert(binary substring_index($1, \"/\", $2) using filename) using utf8mb4) collate utf8mb4_bin"},
	// What follows does not happen after in_until: neither the call nor its waiting for
	// locks outlasts it, because the server ends a call when its max_statement_time is over.
	{regexp.MustCompile(`\{in time\}`), `if in_until is null or @@max_statement_time <= 0 or unix_timestamp(sysdate(6)) + @@max_statement_time > in_until then
		signal sqlstate "` + tooLate + `" set message_text = "the time for this was over";
	end if;`},

	// Parameters become parts of statements: the name of a role of ours needs no quotes.
	{regexp.MustCompile(`\{ours (\S+) (\S+)\}`), `if $1 is null or $1 not regexp "^{maker}_${2}_[a-z2-7]{26}$$" or char_length($1) <> char_length("{maker}_p_") + 26 then
		{refuse not a role of this installation of Grantwright}
	end if;`},
	{regexp.MustCompile(`\{all ours\}`), `if char_length(in_people) > @@group_concat_max_len then
		{refuse group_concat_max_len is too small for so many people}
	end if;
	if coalesce(json_type(in_people), "") <> "ARRAY" or json_length(in_people) = 0 or exists (select 1 from {people} where p.role is null or p.role not regexp "^{maker}_p_[a-z2-7]{26}$$" or char_length(p.role) <> char_length("{maker}_p_") + 26) then
		{refuse not roles of people of this installation of Grantwright}
	end if;`},
	{regexp.MustCompile(`\{all columns\}`), `if char_length(in_columns) > @@group_concat_max_len then
		{refuse group_concat_max_len is too small for so many columns}
	end if;
	if coalesce(json_type(in_columns), "") <> "ARRAY" or json_length(in_columns) = 0 or exists (select 1 from {columns} where c.name is null or c.name = "") then
		{refuse these are no columns}
	end if;`},
	{regexp.MustCompile(`\{all names\}`), `if coalesce(json_type(in_names), "") <> "ARRAY" or json_length(in_names) = 0 or json_length(in_names) * 300 > @@group_concat_max_len
		or exists (select 1 from {names} where c.name is null or c.name = "") then
		{refuse these are no names, or too many}
	end if;`},
	{regexp.MustCompile(`\{names\}`), `json_table(in_names, "$$[*]" columns (name {name} path "$$")) c`},
	{regexp.MustCompile(`\{columns\}`), `json_table(in_columns, "$$[*]" columns (name {name} path "$$")) c`},
	{regexp.MustCompile(`\{people\}`), `json_table(in_people, "$$[*]" columns (role {role} path "$$.role", user {role} path "$$.user", host {long} path "$$.host", ending boolean path "$$.ending")) p`},
	{regexp.MustCompile(`\{indexed (\S+)\}`), "convert($1 using utf8mb3) collate utf8mb3_bin"},
	{regexp.MustCompile(`\{data\}`), `if in_db is null or in_table is null or lower(in_db) in ("mysql", "information_schema", "performance_schema", "sys") or lower(left(in_db, 3)) = "gw_" then
		{refuse not a database of data}
	end if;`},
	{regexp.MustCompile(`\{refuse (.+?)\}`), `signal sqlstate "` + notOurs + `" set message_text = "$1";`},
}

var commentLines = regexp.MustCompile(`(?m)^--.*\n`)

// homeStatements lists all of the home, for an administrator to run. Running it again
// changes nothing that is known there.
func homeStatements(installation string, login account) []provision.Statement {
	home := homeOf(installation)
	pairs := []string{"{home}", quote(home), "{homePattern}", quote(mariadbwire.Pattern(home)), "{definer}", quote(home) + "@`localhost`", "{maker}", home,
		"{login}", login.quoted(), "{version}", fmt.Sprint(homeVersion)}
	for name, is := range types {
		pairs = append(pairs, "{"+name+"}", is)
	}
	fill := strings.NewReplacer(pairs...)
	var all []provision.Statement
	for s := range strings.SplitSeq(commentLines.ReplaceAllString(homeSQL, ""), "//\n") {
		all = append(all, provision.Statement(fill.Replace(spelled(strings.TrimSpace(s)))))
	}
	return all
}

// spelled writes out the wordings. A procedure becomes one literal, with no single quote
// in it, so that a client that ends statements at semicolons can run it.
func spelled(s string) string {
	header, body, procedure := strings.Cut(s, "\n")
	procedure = procedure && strings.HasPrefix(header, "procedure ")
	if procedure {
		s = "set statement sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION' for execute immediate 'create or replace definer = {definer} procedure {home}." +
			strings.TrimPrefix(header, "procedure ") + " sql security definer\nbegin\n" + oneOrAll(body) + "\nend'"
	}
	for _, w := range wordings {
		s = w.from.ReplaceAllString(s, w.to)
	}
	return s
}

var theTable = regexp.MustCompile(`\{the table (\S+)\}`)

// oneOrAll writes a query for one table and for all. Where a name is a literal to it, the
// server opens no other table.
func oneOrAll(body string) string {
	if !theTable.MatchString(body) {
		return body
	}
	return "	if in_table is null then\n" + theTable.ReplaceAllString(body, "true") + "\n	else\n" + theTable.ReplaceAllString(body, "$1 = in_table") + "\n	end if;"
}
