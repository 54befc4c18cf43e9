package store_test

import (
	"regexp"
	"testing"

	"github.com/jackc/pgx/v5"
)

// column is a column of a table or a view.
type column struct {
	Relation, Kind, Column, Type, About, TableAbout string
	Nullable                                        bool
}

func columns(t *testing.T) []column {
	t.Helper()
	conn := connect(t, fresh(t))
	rows, err := conn.Query(t.Context(), `
		select c.relname::text, c.relkind::text, a.attname::text, format_type(a.atttypid, null),
			coalesce(col_description(c.oid, a.attnum), ''), coalesce(obj_description(c.oid, 'pg_class'), ''), not a.attnotnull
		from pg_class c join pg_attribute a on a.attrelid = c.oid
		where c.relnamespace = 'iracing'::regnamespace and c.relkind in ('r', 'p', 'v', 'm') and a.attnum > 0 and not a.attisdropped
		order by c.relname, a.attnum`)
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[column])
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 20 {
		t.Fatalf("there are %d columns", len(all))
	}
	return all
}

// What a dashboard builder sees of the schema explains itself.
func TestEverythingHasAComment(t *testing.T) {
	for _, c := range columns(t) {
		if c.TableAbout == "" {
			t.Errorf("%s has no comment", c.Relation)
		}
		if c.About == "" {
			t.Errorf("%s.%s has no comment", c.Relation, c.Column)
		}
	}
}

func TestColumnsFollowTheRules(t *testing.T) {
	name := regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	for _, c := range columns(t) {
		at := c.Relation + "." + c.Column
		if !name.MatchString(c.Relation) || !name.MatchString(c.Column) {
			t.Errorf("%s: names are lower-case", at)
		}
		if regexp.MustCompile(`^sim_.*_at$`).MatchString(c.Column) && c.Type == "timestamp without time zone" {
			continue // the time of day at a track in the simulation has no zone
		}
		switch c.Type {
		case "timestamp without time zone", "time with time zone", "interval", "money", "json", "character varying", "numeric":
			t.Errorf("%s is of type %s", at, c.Type)
		}
		if regexp.MustCompile(`_seconds$`).MatchString(c.Column) && c.Type != "double precision" && c.Type != "real[]" && c.Type != "double precision[]" {
			t.Errorf("%s is of type %s: durations are double precision", at, c.Type)
		}
		if regexp.MustCompile(`_at$`).MatchString(c.Column) && c.Type != "timestamp with time zone" {
			t.Errorf("%s is of type %s: times are timestamptz", at, c.Type)
		}
	}
}

func TestTablesHaveNaturalKeys(t *testing.T) {
	url := fresh(t)
	without := ask[[]string](t, url, `select coalesce(array_agg(relname::text), '{}') from pg_class c
		where relnamespace = 'iracing'::regnamespace and relkind in ('r', 'p') and relname <> 'schema_version'
			and not exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary)`)
	if len(without) > 0 {
		t.Errorf("%q have no primary key", without)
	}
	// Two columns of a key find few enough rows.
	unindexed := ask[[]string](t, url, `select coalesce(array_agg(format('%s(%s)', k.conrelid::regclass, k.conname)), '{}') from pg_constraint k
		where k.contype = 'f' and k.connamespace = 'iracing'::regnamespace and k.confdeltype = 'c' and not exists (
			select from pg_index i where i.indrelid = k.conrelid and (i.indkey::smallint[])[0:least(cardinality(k.conkey), 2) - 1] <@ k.conkey)`)
	if len(unindexed) > 0 {
		t.Errorf("%q delete with what they refer to, and have no index to find that by", unindexed)
	}
}
