package drivers

import (
	"context"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/data"
	"golang.org/x/sync/errgroup"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// charts are the histories that iRacing keeps.
var charts = map[models.Rating]struct {
	of      iracing.ChartType
	display frames.Display
	now     func(iracing.Ratings) float64
}{
	models.RatingIRating: {iracing.ChartIRating, frames.Rating, func(r iracing.Ratings) float64 { return r.IRating }},
	models.RatingTT:      {iracing.ChartTT, frames.Rating, func(r iracing.Ratings) float64 { return r.TTRating }},
	models.RatingSafety:  {iracing.ChartSafety, scale, func(r iracing.Ratings) float64 { return onScale(r.Licence) }},
}

// scale shows licences as numbers: 1 to 7 for the classes rookie to world championship, and the safety rating within the
// class as a fifth of it. So D 2.50 is 2.5, C 0.00 follows on D 4.99, and more is always better.
var scale = frames.Display{Unit: "none", Decimals: 1}

// onScale is a licence as a number; NaN where there is none.
func onScale(l iracing.Licence) float64 {
	if l.Group() == 0 {
		return math.NaN()
	}
	return math.Round((float64(l.Group())+l.SR/5)*1000) / 1000
}

// ofScale is the licence that a number stands for.
func ofScale(v float64) iracing.Licence {
	group := math.Floor(v)
	return iracing.RatingPoint{Value: math.Round(group*1000 + (v-group)*500)}.Licence()
}

// licenceScale makes a field of numbers on the scale of licences read as licences: every value that it holds and every
// tick that an axis may have is mapped to its text and the colour of its class.
func licenceScale(field *data.Field) *data.Field {
	m := data.ValueMapper{}
	for i := range field.Len() {
		if v, ok := field.ConcreteAt(i); ok {
			n := v.(float64)
			l := ofScale(n)
			m[strconv.FormatFloat(n, 'f', -1, 64)] = frames.Mapped(l.String(), frames.LicenceColour(l))
		}
	}
	// Axes have a tick every 1, 0.5, 0.25, 0.2, 0.1 or 0.05, and are labelled by their first field, whatever it holds.
	for tick := 20.0; tick < 8*20; tick++ {
		v := tick / 20
		l := ofScale(v)
		if key := strconv.FormatFloat(v, 'f', -1, 64); l.Group() > 0 && m[key].Text == "" {
			m[key] = frames.Mapped(l.String(), frames.LicenceColour(l))
		}
	}
	if len(m) > 0 {
		field.Config.Mappings = data.ValueMappings{m}
	}
	field.Config.Description = "Licence class and safety rating in one number: 1 rookie, 2 D, 3 C, 4 B, 5 A, 6 pro, plus a fifth of the safety rating."
	return field
}

// ratingHistory is how a driver's ratings moved, or what they are.
func ratingHistory(ctx context.Context, q *ask.Query, query models.RatingHistoryQuery) (data.Frames, error) {
	view, err := choose("view", query.View, models.RatingSeries, models.RatingCurrent)
	if err != nil {
		return nil, err
	}
	rating, err := choose("rating", query.Rating, models.RatingIRating, models.RatingSafety, models.RatingTT)
	if err != nil {
		return nil, err
	}
	var categories []int64
	for _, c := range query.Categories {
		id, err := categoryOf(c)
		if err != nil {
			return nil, err
		}
		if id != 0 && !slices.Contains(categories, id) {
			categories = append(categories, id)
		}
	}
	driver, err := q.Driver(ctx, query.Driver)
	if err != nil {
		return nil, err
	}
	if view == models.RatingCurrent {
		return currentRatings(ctx, q, driver, categories)
	}
	return ratingSeries(ctx, q, driver, rating, categories)
}

// line is the history of a rating in one category.
type line struct {
	category int64
	hidden   bool
	points   []iracing.RatingPoint // on the scale that is shown, in the order of time
	ends     time.Time             // where the line ends; zero where it goes on
}

// ratingSeries reads the histories of a rating and puts them on one time axis. A rating stays what it is until the next
// point, so each line begins with the value it had at the begin of the time range and ends with the one it has at its end.
func ratingSeries(ctx context.Context, q *ask.Query, driver int64, rating models.Rating, categories []int64) (data.Frames, error) {
	chart := charts[rating]
	chosen := len(categories) > 0
	if !chosen {
		for _, c := range iracing.LicenceCategories {
			categories = append(categories, c.ID)
		}
	}
	lines := make([]line, len(categories))
	failures := make([]error, len(categories))
	var member *iracing.Member
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for i, category := range categories {
		group.Go(func() error {
			lines[i].category = category
			history, err := q.API.RatingChart(groupCtx, driver, category, chart.of)
			if ask.Is(err, iracing.NotFound, iracing.BadRequest) {
				// One category that iRacing does not have is no reason to show none.
				failures[i] = err
				return nil
			}
			if err != nil {
				return err
			}
			lines[i].hidden, lines[i].points = history.Hidden, history.Points
			if rating == models.RatingSafety {
				for j := range lines[i].points {
					lines[i].points[j].Value = onScale(history.Points[j].Licence())
				}
			}
			return nil
		})
	}
	from, to, now := q.Range.From.UTC(), q.Range.To.UTC(), q.Now().UTC()
	if !to.Before(now) {
		to = now
		group.Go(func() error {
			// A history may lag behind the licence itself. Where that cannot be read, the history ends as it does.
			member, _ = q.API.Member(groupCtx, driver)
			return groupCtx.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if !slices.Contains(failures, nil) {
		return nil, failures[0]
	}
	var hidden []string
	for i := range lines {
		if lines[i].hidden {
			hidden = append(hidden, iracing.CategoryName(lines[i].category))
		}
	}
	if len(hidden) > 0 {
		q.Info("The driver hides the history of %s.", list(hidden))
	}
	if !chosen {
		lines = moved(lines)
	}
	join(lines, rating)
	if member != nil {
		for i := range lines {
			l := &lines[i]
			if licence := member.In(l.category); licence != nil && !l.hidden && len(l.points) > 0 {
				if v := chart.now(licence.Ratings); !math.IsNaN(v) && v != l.points[len(l.points)-1].Value {
					l.points = append(l.points, iracing.RatingPoint{Day: now, Value: v})
				}
			}
		}
	}
	return drawLines(q, lines, rating, from, to), nil
}

// moved keeps the lines that are more than the point they begin with, where there are any.
func moved(lines []line) []line {
	lively := func(l line) bool { return len(l.points) > 1 }
	if !slices.ContainsFunc(lines, lively) {
		return slices.DeleteFunc(lines, func(l line) bool { return len(l.points) == 0 })
	}
	return slices.DeleteFunc(lines, func(l line) bool { return !lively(l) })
}

// split is the day on which iRacing split the category road into sports car and formula car.
var split = time.Date(2024, 3, 5, 0, 0, 0, 0, time.UTC)

// join lets the former category road end where it was split. The two that it was split into began with copies of its
// iRating and safety rating; their time trial ratings began anew.
func join(lines []line, rating models.Rating) {
	i := slices.IndexFunc(lines, func(l line) bool { return l.category == iracing.Road && len(l.points) > 0 })
	if i < 0 {
		return
	}
	road := &lines[i]
	road.ends = split
	if last := road.points[len(road.points)-1].Day; last.After(split) {
		road.ends = last
	}
	copied := iracing.RatingPoint{Day: split, Value: road.at(split)}
	if math.IsNaN(copied.Value) || rating == models.RatingTT {
		return
	}
	for i := range lines {
		l := &lines[i]
		if (l.category == iracing.SportsCar || l.category == iracing.FormulaCar) && len(l.points) > 0 && l.points[0].Day.After(split) {
			l.points = slices.Insert(l.points, 0, copied)
		}
	}
}

// drawLines puts lines on one axis of time, each value carried on to the next.
func drawLines(q *ask.Query, lines []line, rating models.Rating, from, to time.Time) data.Frames {
	var times []time.Time
	if !to.Before(from) {
		times = append(times, from, to)
		for _, l := range lines {
			for _, p := range l.points {
				if p.Day.After(from) && p.Day.Before(to) {
					times = append(times, p.Day)
				}
			}
			if l.ends.After(from) && l.ends.Before(to) {
				// A line that ends needs a last point, and none after it.
				times = append(times, l.ends)
			}
		}
	}
	slices.SortFunc(times, time.Time.Compare)
	times = slices.CompactFunc(times, time.Time.Equal)
	values := make([][]float64, len(lines))
	drawn := false
	for i, l := range lines {
		values[i] = make([]float64, len(times))
		for j, t := range times {
			values[i][j] = l.at(t)
			drawn = drawn || !math.IsNaN(values[i][j])
		}
	}
	if !drawn {
		times = nil
	}
	fields := []*data.Field{frames.Column("time", "Time", times)}
	display := charts[rating].display
	for i, l := range lines {
		if drawn && !slices.ContainsFunc(values[i], func(v float64) bool { return !math.IsNaN(v) }) {
			continue
		}
		name := iracing.LicenceCategories[slices.IndexFunc(iracing.LicenceCategories, func(c iracing.LicenceCategory) bool { return c.ID == l.category })]
		title := name.Name
		if l.category == iracing.Road {
			title = "Road (until the split of 2024)"
		}
		field := frames.NullableNumbers(name.Key, title, values[i][:len(times)], display)
		if rating == models.RatingSafety {
			// The scale has three decimals of which a reader sees none: each value reads as its licence.
			licenceScale(field)
		}
		fields = append(fields, field)
	}
	if !drawn {
		q.Info("iRacing has no history of this rating for the driver in the time range.")
	}
	return data.Frames{frames.New(string(rating), data.FrameTypeTimeSeriesWide, "", fields...)}
}

// at is the value of a line at a time; NaN before it begins and after it ends.
func (l *line) at(t time.Time) float64 {
	if !l.ends.IsZero() && t.After(l.ends) {
		return math.NaN()
	}
	after, _ := slices.BinarySearchFunc(l.points, t, func(p iracing.RatingPoint, t time.Time) int {
		if p.Day.After(t) {
			return 1
		}
		return -1
	})
	if after == 0 {
		return math.NaN()
	}
	return l.points[after-1].Value
}

// current is a licence now and at the end of the last season.
type current struct {
	now    iracing.MemberLicence
	before *iracing.MemberLicence
}

// currentRatings lists a driver's licences.
func currentRatings(ctx context.Context, q *ask.Query, driver int64, categories []int64) (data.Frames, error) {
	profile, err := q.API.Profile(ctx, driver)
	if err != nil {
		return nil, err
	}
	var rows []current
	for _, l := range profile.Licences {
		if len(categories) == 0 || slices.Contains(categories, l.Category) {
			rows = append(rows, current{l, profile.Last(l.Category)})
		}
	}
	if len(rows) == 0 {
		q.Info("iRacing tells no licence of this driver%s.", in(categories))
	}
	c := frames.Of(rows)
	c.Text("category", "Category", func(r *current) string { return iracing.CategoryName(r.now.Category) })
	c.Licence("licence", "Licence", func(r *current) iracing.Licence { return r.now.Licence })
	c.Number("irating", "iRating", frames.Rating, func(r *current) float64 { return r.now.IRating })
	since := func(of func(iracing.Ratings) float64) func(*current) float64 {
		return func(r *current) float64 {
			if r.before == nil {
				return math.NaN()
			}
			return of(r.now.Ratings) - of(r.before.Ratings)
		}
	}
	frames.Signed(c.Number("iratingSeason", "iRating this season", frames.Rating, since(func(r iracing.Ratings) float64 { return r.IRating })))
	c.Number("safetyRating", "Safety rating", frames.SafetyRating, func(r *current) float64 { return r.now.Licence.SR })
	c.Text("class", "Licence class", func(r *current) string { return r.now.Name })
	c.Number("ttRating", "TT rating", frames.Rating, func(r *current) float64 { return r.now.TTRating })
	c.Number("cpi", "Corners per incident", frames.Mean, func(r *current) float64 { return r.now.CPI })
	c.Number("promotionRaces", "Races towards promotion", frames.Count, func(r *current) float64 { return r.now.PromotionRaces })
	c.Number("promotionTrials", "Time trials towards promotion", frames.Count, func(r *current) float64 { return r.now.PromotionTrials })
	licenceScale(c.Number("licenceLevel", "Licence level", scale, func(r *current) float64 { return onScale(r.now.Licence) }))
	c.ID("categoryId", "Category id", func(r *current) int64 { return r.now.Category })
	return c.Frames("licences", data.FrameTypeTable), nil
}

func in(categories []int64) string {
	if len(categories) == 0 {
		return ""
	}
	names := make([]string, len(categories))
	for i, id := range categories {
		names[i] = iracing.CategoryName(id)
	}
	return " in " + list(names)
}
