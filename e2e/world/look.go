package world

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/lib/pq"
)

// denied is in the reason why a login could not do something, where a right is missing.
const denied = "permission denied"

// values are what the world writes into its columns, as they are read in any text.
var values = regexp.MustCompile(`d(\d{4})r(\d)x|77(\d{4})(\d)9999`)

// tokens finds the values of the world in a text.
func tokens(text string) []Token {
	var all []Token
	for _, m := range values.FindAllStringSubmatch(text, -1) {
		data, _ := strconv.Atoi(m[1] + m[3])
		row, _ := strconv.Atoi(m[2] + m[4])
		all = append(all, Token{data, row})
	}
	return all
}

// object is a relation on the platform, with the columns that it has there.
type object struct {
	name    string
	columns []string
	insert  int // the key of a row that fits into it
}

// objects are all relations of the world, and all that is ours: masked views, and what they
// read.
func (w *World) objects(ctx context.Context, super *sql.DB) ([]object, error) {
	rows, err := super.QueryContext(ctx, `
		select n.nspname || '.' || c.relname, array(select attname::text from pg_attribute a where a.attrelid = c.oid and attnum > 0 and not attisdropped order by attnum)
		from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where c.relkind in ('r', 'p', 'v', 'm', 'f') and (n.nspname = any($1) or n.nspname like 'gw\_%') order by 1`, pq.Array(Schemas))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var all []object
	for rows.Next() {
		var o object
		if err := rows.Scan(&o.name, pq.Array(&o.columns)); err != nil {
			return nil, err
		}
		o.insert = w.fitting(o.name)
		all = append(all, o)
	}
	return all, rows.Err()
}

// fitting is the key of a row that fits into a relation: that of its partition, or of one of
// its partitions.
func (w *World) fitting(name string) int {
	if r := w.relation(name); r != nil {
		for _, o := range w.family(r) {
			if o.Value > 0 {
				return o.Value
			}
		}
	}
	return 1
}

// Look logs in as everybody, by their addresses, and tries. Super is a superuser's pool on
// the database, which sees what there is to be seen.
func (w *World) Look(ctx context.Context, super *sql.DB, address func(login string) string) (Sights, error) {
	all, err := w.objects(ctx, super)
	if err != nil {
		return nil, err
	}
	sights := Sights{}
	if sights[Superuser], err = try(ctx, super, all, false); err != nil {
		return nil, err
	}
	for _, login := range w.People.Logins {
		if sights[login], err = tryAs(ctx, address(login), all); err != nil {
			return nil, err
		}
	}
	return sights, nil
}

// tryAs logs in and tries everything.
func tryAs(ctx context.Context, url string, all []object) (map[string]Sight, error) {
	db, err := sql.Open("postgres", url)
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	return try(ctx, db, all, true)
}

func try(ctx context.Context, db *sql.DB, all []object, writes bool) (map[string]Sight, error) {
	sights := map[string]Sight{}
	for _, o := range all {
		seen := Sight{Columns: map[string][]Token{}, Refused: map[string]string{}}
		if err := seen.read(ctx, db, o); err != nil {
			return nil, err
		}
		if writes {
			if err := seen.write(ctx, db, o); err != nil {
				return nil, err
			}
		}
		sights[o.name] = seen
	}
	return sights, nil
}

// read reads a relation whole, or column by column where that is refused. Whoever cannot
// even count its rows cannot read any column of them.
func (s *Sight) read(ctx context.Context, db *sql.DB, o object) error {
	why, err := s.query(ctx, db, o.name, o.columns...)
	if err != nil || why == "" {
		return err
	}
	_, err = db.ExecContext(ctx, "select 1 from "+o.name)
	none, err := refusal(err)
	if err != nil {
		return err
	}
	for _, column := range o.columns {
		if why = none; none == "" {
			why, err = s.query(ctx, db, o.name, column)
		}
		if err != nil {
			return err
		}
		if why != "" {
			s.Refused[column] = why
		}
	}
	return nil
}

// query reads some columns, and says why the platform refuses it.
func (s *Sight) query(ctx context.Context, db *sql.DB, from string, columns ...string) (why string, err error) {
	rows, err := db.QueryContext(ctx, "select "+strings.Join(columns, ", ")+" from "+from)
	if err != nil {
		return refusal(err)
	}
	defer func() { _ = rows.Close() }()
	found := map[string][]Token{}
	values, into := make([]sql.NullString, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return "", err
		}
		for i, v := range values {
			found[columns[i]] = append(found[columns[i]], tokens(v.String)...)
		}
	}
	if why, err := refusal(rows.Err()); err != nil || why != "" {
		return why, err
	}
	for _, column := range columns {
		s.Columns[column] = found[column]
	}
	return "", nil
}

// over ends a message to the server, and takes back all that came before it there.
const over, divided = "; select 1/0", "22012"

// write tries to insert, to update and to delete, and takes all of it back.
func (s *Sight) write(ctx context.Context, db *sql.DB, o object) error {
	s.Writes = map[string]string{}
	for op, statement := range map[string]string{
		"insert": fmt.Sprintf("insert into %s (n) values (%d)", o.name, o.insert),
		"update": "update " + o.name + " set n = n",
		"delete": "delete from " + o.name,
	} {
		_, err := db.ExecContext(ctx, statement+over)
		why, err := refusal(err)
		switch {
		case err != nil:
			return err
		case why == "":
			return fmt.Errorf("%s was not taken back", statement)
		case strings.HasPrefix(why, divided):
			why = ""
		}
		s.Writes[op] = why
	}
	return nil
}

// refusal is the platform's own reason for an error. Any other error is returned.
func refusal(err error) (why string, rest error) {
	if refused := (*pq.Error)(nil); errors.As(err, &refused) {
		return string(refused.Code) + " " + refused.Message, nil
	}
	return "", err
}
