package models_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
)

func TestStringList(t *testing.T) {
	for _, c := range []struct {
		json string
		want []string
	}{
		{`null`, nil},
		{`[]`, nil},
		{`""`, nil},
		{`"best"`, []string{"best"}},
		{`12`, []string{"12"}},
		{`12.2`, []string{"12.2"}},
		{`[3, "4", 5.2]`, []string{"3", "4", "5.2"}},
		{`"3,4, 5 "`, []string{"3", "4", "5"}},
		{`"{3,4}"`, []string{"3", "4"}},
		{`["{Speed,Brake}", "Gear", ""]`, []string{"Speed", "Brake", "Gear"}},
		{`"${lap}"`, []string{"${lap}"}},
	} {
		var l models.StringList
		if err := json.Unmarshal([]byte(c.json), &l); err != nil || !slices.Equal(l, c.want) {
			t.Errorf("%s is %q, %v; want %q", c.json, l, err, c.want)
		}
	}
	for _, bad := range []string{`{}`, `true`, `[[1]]`, `[null, {}]`} {
		var l models.StringList
		if err := json.Unmarshal([]byte(bad), &l); err == nil {
			t.Errorf("%s is taken for %q", bad, l)
		}
	}
}

// Whatever stands in a saved query, it is read or refused, and what was read is read again from what it is written as.
func FuzzTraceQuery(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"session":"latest","laps":["best",3,"4.2"],"channels":"Speed,Brake","x":"distance"}`,
		`{"reference":{"session":"a","lap":"best"},"delta":false}`, `{"laps":{"a":[]}}`, `[`, `{"channels":[1e400]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var q, again models.TraceQuery
		if json.Unmarshal(b, &q) != nil {
			return
		}
		written, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(written, &again); err != nil {
			t.Fatalf("%s was written and cannot be read: %v", written, err)
		}
		if !slices.Equal(q.Laps, again.Laps) || !slices.Equal(q.Channels, again.Channels) {
			t.Fatalf("%s became %+v", written, again)
		}
	})
}
