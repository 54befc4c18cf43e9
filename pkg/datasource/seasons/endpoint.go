package seasons

import (
	"cmp"
	"context"
	"strings"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// Bounds of the table of any endpoint.
const (
	defaultRows = 1000
	maxRows     = 10_000
	maxColumns  = 200
	maxCells    = 500_000
	// maxTree is the largest answer that is taken apart: in memory it takes about ten times as much.
	maxTree = 48 << 20
)

// endpoint is any endpoint of the API as a table: a row for each item of a list, a column for each field of it, with the
// fields of objects in it by dotted names. See [columns] for what becomes of values, and [hider] for people.
func endpoint(ctx context.Context, q *ask.Query, query models.EndpointQuery) (data.Frames, error) {
	e := iracing.Lookup(query.Path)
	if e == nil {
		return nil, frames.BadQuery("iRacing's /data API has no endpoint %.80q; choose one of the list", query.Path)
	}
	if e.Path == "/data/lookup/drivers" && !q.People.Names {
		// Its answer would tell who is behind a pseudonym to anybody who can guess a name.
		return nil, frames.BadQuery("drivers can be searched by name only where the data source's settings show names")
	}
	limit := query.Limit
	switch {
	case limit < 0:
		return nil, frames.BadQuery("the limit is %d, which is no number of rows", limit)
	case limit == 0:
		limit = defaultRows
	case limit > maxRows:
		q.Info("At most %d rows are answered.", maxRows)
		limit = maxRows
	}
	params, err := endpointParams(ctx, q, query.Params)
	if err != nil {
		return nil, err
	}
	r, err := iracing.NewRequest(e.Path, params)
	if err != nil {
		return nil, err
	}
	a, err := q.Get(ctx, r)
	if err != nil {
		return nil, err
	}
	var root *node
	total := 0
	switch {
	case a.CSV:
		root, total, err = parseCSV(a.Body, limit)
	case len(a.Body) > maxTree && !isList(a.Body):
		return nil, frames.BadQuery("the answer has %d MB, which no table can show", len(a.Body)>>20)
	default:
		root, total, err = parse(a.Body, limit)
	}
	if err != nil {
		return nil, &iracing.Error{Kind: iracing.BadAnswer, Endpoint: e.Path}
	}
	h := &hider{people: q.People}
	h.hide(e.Path, root)
	if h.hidden {
		q.Info("Other people are pseudonyms here, and keys stand for their ids; the data source's settings can show their names.")
	}
	found, err := rowsOf(root, query.Rows)
	if err != nil {
		return nil, err
	}
	total = max(total, len(found.rows))
	found.rows = found.rows[:min(len(found.rows), limit)]
	t := newGrid(found)
	if err := t.choose(q, query.Columns); err != nil {
		return nil, err
	}
	if n := maxCells / max(len(t.columns), 1); len(found.rows) > n {
		t.cut(n)
	}
	switch {
	case t.rows == 0:
		q.Info("The answer has no rows.")
	case total > t.rows:
		q.Info("The answer has %d rows; the first %d are shown.", total, t.rows)
	}
	c := converter{
		csv: a.CSV, fromZero: strings.HasPrefix(e.Path, "/data/results/") || e.Path == "/data/member/profile", result: e.Path == "/data/results/get",
	}
	fields := make([]*data.Field, 0, len(t.columns))
	for i := range t.columns {
		fields = append(fields, c.field(&t.columns[i]))
	}
	return data.Frames{frames.New(cmp.Or(found.path, e.Label()), data.FrameTypeTable, "", fields...)}, nil
}

// endpointParams are the parameters of a request. The id of a person may be the word me, or the key that an answer gave
// in place of it.
func endpointParams(ctx context.Context, q *ask.Query, list []models.EndpointParam) (iracing.Params, error) {
	params := iracing.Params{}
	for _, p := range list {
		name, value := strings.TrimSpace(p.Name), strings.TrimSpace(p.Value)
		if name == "" || value == "" {
			continue
		}
		switch name {
		case "cust_id", "host_cust_id", "cust_ids", "team_id":
			ids := strings.Split(value, ",")
			for i, one := range ids {
				one = strings.TrimSpace(one)
				if !strings.EqualFold(one, models.DriverMe) && !strings.HasPrefix(one, "~") {
					continue
				}
				n, err := q.Driver(ctx, models.ID(one))
				if err != nil {
					return nil, err
				}
				ids[i] = frames.ID(n)
			}
			value = strings.Join(ids, ",")
		}
		params[name] = value
	}
	return params, nil
}
