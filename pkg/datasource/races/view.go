package races

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// view is the part of a result that a query is about.
type view struct {
	*ask.Query
	result *iracing.Result
	part   *iracing.SimSession // nil where the subsession had none
	class  *iracing.Ref        // nil for all
	rows   []iracing.Row       // of the class, in finishing order
	me     int64               // 0 where nobody knows
}

// open reads the result that a query names.
func open(ctx context.Context, q *ask.Query, id models.ID, part models.Part, class string) (*view, error) {
	find := (*iracing.Result).Race
	switch part {
	case models.PartRace, "":
	case models.PartQualify:
		find = (*iracing.Result).Qualify
	case models.PartPractice:
		find = (*iracing.Result).Practice
	default:
		return nil, frames.BadQuery("there is no part %.40q; choose race, qualify or practice", part)
	}
	subsession, err := q.Subsession(ctx, id)
	if err != nil {
		return nil, err
	}
	v := &view{Query: q}
	if v.result, err = q.API.Result(ctx, subsession); err != nil {
		return nil, err
	}
	// Who does not say who they are can still look at a race.
	if v.me, err = q.Me(ctx); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		v.me = 0
	}
	if v.part = find(v.result); v.part == nil {
		q.Info("This subsession had no %s.", partName(part))
	} else {
		v.rows = v.part.Rows
	}
	return v, v.keepClass(class)
}

// partName is what a part is called in a sentence.
func partName(part models.Part) string {
	switch part {
	case models.PartQualify:
		return "qualifying"
	case models.PartPractice:
		return "practice"
	}
	return "race"
}

// race tells that the part is one in which laps are counted.
func (v *view) race() bool { return v.part != nil && v.part == v.result.Race() }

// classes are the car classes of the part, the best placed first.
func (v *view) classes() []iracing.Ref {
	var list []iracing.Ref
	if v.part == nil {
		return nil
	}
	for i := range v.part.Rows {
		class := v.part.Rows[i].Class
		if !slices.ContainsFunc(list, func(c iracing.Ref) bool { return c.ID == class.ID }) {
			list = append(list, class)
		}
	}
	return list
}

// keepClass keeps the rows of one class, by its id, name or short name.
func (v *view) keepClass(text string) error {
	if text = strings.TrimSpace(text); text == "" || isAll(text) || v.part == nil {
		return nil
	}
	list := v.classes()
	for i, c := range list {
		short := ""
		for _, known := range v.result.Classes {
			if known.ID == c.ID {
				short = known.Short
			}
		}
		if strconv.FormatInt(c.ID, 10) == text || strings.EqualFold(c.Name, text) || strings.EqualFold(short, text) {
			v.class = &list[i]
		}
	}
	if v.class == nil {
		names := make([]string, len(list))
		for i, c := range list {
			names[i] = c.Name
		}
		return frames.BadQuery("the race has no car class %.40q; it has %s", text, strings.Join(names, ", "))
	}
	var kept []iracing.Row
	for i := range v.rows {
		if v.rows[i].Class.ID == v.class.ID {
			kept = append(kept, v.rows[i])
		}
	}
	v.rows = kept
	return nil
}

// isAll recognises what a dashboard variable sends for all of its values.
func isAll(text string) bool {
	return strings.EqualFold(text, "$__all") || strings.EqualFold(text, "all")
}

// own tells whether a row is the own driver's, alone or in a team.
func (v *view) own(row *iracing.Row) bool {
	return row.Has(v.me) || slices.ContainsFunc(append([]iracing.Row{*row}, row.Drivers...), func(d iracing.Row) bool { return v.People.Own(d.Cust) })
}

// ownRow is the own driver's row; nil where there is none.
func (v *view) ownRow() *iracing.Row {
	for i := range v.rows {
		if v.own(&v.rows[i]) {
			return &v.rows[i]
		}
	}
	return nil
}

// name is what a row is called: its driver or its team.
func (v *view) name(row *iracing.Row) string { return v.nameOf(row.ID(), row.Name) }

func (v *view) nameOf(id int64, name string) string {
	if id < 0 {
		return v.People.Team(id, name)
	}
	return v.People.Driver(id, name)
}

// position is a row's place among those that the query keeps.
func (v *view) position(row *iracing.Row) int {
	if v.class != nil && row.ClassPosition > 0 {
		return row.ClassPosition
	}
	return row.Position
}

// names are all names of the subsession, by id, for hiding them in texts.
func (v *view) names() map[int64]string {
	names := map[int64]string{}
	for _, s := range v.result.Sessions {
		for i := range s.Rows {
			names[s.Rows[i].ID()] = s.Rows[i].Name
			for _, d := range s.Rows[i].Drivers {
				names[d.Cust] = d.Name
			}
		}
	}
	return names
}

// filter is which of the cars a query keeps.
type filter struct {
	drivers models.StringList // customer ids, keys of drivers or teams, or the word me
	top     int
}

// choose is the rows that a filter keeps. The own one is always among the first.
func (v *view) choose(ctx context.Context, f filter) ([]iracing.Row, error) {
	if f.top < 0 {
		return nil, frames.BadQuery("top is %d; it says how many of the first cars are kept, 0 for all", f.top)
	}
	var ids []int64
	for _, text := range f.drivers {
		if isAll(text) {
			ids = nil
			break
		}
		id, err := v.Driver(ctx, models.ID(text))
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	var kept []iracing.Row
	found := map[int64]bool{}
	for i := range v.rows {
		row := &v.rows[i]
		in := len(ids) == 0
		for _, id := range ids {
			if row.Has(id) || row.ID() == id {
				in, found[id] = true, true
			}
		}
		if in && (f.top == 0 || i < f.top || v.own(row)) {
			kept = append(kept, *row)
		}
	}
	if missing := len(slices.Compact(slices.Sorted(slices.Values(ids)))) - len(found); missing > 0 {
		v.Warn("%s of those chosen did not take part.", frames.Plural(missing, "driver"))
	}
	return kept, nil
}
