package races

import (
	"context"
	"math"

	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

func answerResults(ctx context.Context, q *ask.Query, query models.RaceResultsQuery) (data.Frames, error) {
	v, err := open(ctx, q, query.Subsession, query.Part, query.Class)
	if err != nil {
		return nil, err
	}
	var frame *data.Frame
	switch query.View {
	case models.ResultsRows, "":
		frame = v.classification()
	case models.ResultsSummary:
		frame = v.summary()
	case models.ResultsDrivers:
		frame = v.crews()
	case models.ResultsSplits:
		frame = v.splits()
	default:
		return nil, frames.BadQuery("there is no view %.40q of results; choose rows, summary, drivers or splits", query.View)
	}
	if v.part != nil && len(v.part.Rows) == 0 {
		q.Info("The result has no rows yet; results appear some minutes after a race.")
	}
	return data.Frames{frame}, nil
}

// place is one row of a classification with what is told of it from elsewhere.
type place struct {
	iracing.Row
	team    *iracing.Row // of a driver who shared the car
	name    string
	gap     float64 // s; NaN where there is none
	down    int     // laps
	qualify float64 // s
	sof     float64 // of the class
	own     bool
}

// places are the rows with their gaps.
func (v *view) places() []place {
	list := make([]place, 0, len(v.rows))
	leaders := map[int64]int{} // laps of the first of each class, or of all
	for i := range v.rows {
		row := &v.rows[i]
		p := place{Row: *row, name: v.name(row), gap: row.Interval, qualify: v.result.QualifyLap(row), sof: v.sof(row.Class.ID), own: v.own(row)}
		group := int64(0)
		if v.class != nil {
			p.gap, group = row.ClassInterval, row.Class.ID
		}
		if _, ok := leaders[group]; !ok {
			leaders[group] = row.Laps
		}
		if v.race() && math.IsNaN(p.gap) {
			p.down = max(leaders[group]-row.Laps, 0)
		}
		list = append(list, p)
	}
	return list
}

// sof is the strength of a class, or of the field where the result does not tell that.
func (v *view) sof(class int64) float64 {
	for _, c := range v.result.Classes {
		if c.ID == class && c.SoF > 0 {
			return c.SoF
		}
	}
	return v.result.SoF
}

func (v *view) classification() *data.Frame {
	rows := v.places()
	gained := func(p *place) float64 {
		if v.class != nil {
			return frames.Place(p.ClassStart) - frames.Place(p.ClassPosition)
		}
		return frames.Place(p.Start) - frames.Place(p.Position)
	}
	cols := frames.Of(rows)
	cols.Place("position", "Pos", func(p *place) int { return p.Position })
	cols.Place("classPosition", "Class pos", func(p *place) int { return p.ClassPosition })
	cols.Text("number", "Car no.", func(p *place) string { return p.Number })
	cols.Text("driver", v.title(), func(p *place) string { return p.name })
	cols.Text("car", "Car", func(p *place) string { return p.Car.Name })
	cols.Text("class", "Class", func(p *place) string { return p.Class.Name })
	cols.Twin("gap", "Gap", func(p *place) string { return gapText(p.gap, p.down) }, func(p *place) float64 { return p.gap })
	cols.Count("laps", "Laps", func(p *place) int { return p.Laps })
	cols.Count("lapsLed", "Laps led", func(p *place) int { return p.LapsLed })
	cols.Number("startPosition", "Start", frames.Count, func(p *place) float64 {
		if v.class != nil {
			return frames.Place(p.ClassStart)
		}
		return frames.Place(p.Start)
	})
	frames.Signed(cols.Number("gained", "Gained", frames.Count, gained))
	cols.Lap("bestLap", "Best lap", func(p *place) float64 { return p.BestLap })
	cols.Place("bestLapNumber", "On lap", func(p *place) int { return p.BestLapNumber })
	cols.Lap("averageLap", "Average lap", func(p *place) float64 { return p.AverageLap })
	cols.Lap("qualifyLap", "Qualifying lap", func(p *place) float64 { return p.qualify })
	cols.Number("incidents", "Incidents", frames.Count, func(p *place) float64 { return p.Incidents })
	ratingColumns(cols)
	cols.Number("sof", "SoF", frames.Count, func(p *place) float64 { return p.sof })
	cols.Number("points", "Points", frames.Count, func(p *place) float64 { return p.Points })
	if v.result.Hosted != nil {
		cols.Number("leaguePoints", "League points", frames.Count, func(p *place) float64 { return p.LeaguePoints })
	}
	cols.Text("reasonOut", "Out", func(p *place) string { return p.ReasonOut })
	cols.Text("division", "Division", func(p *place) string { return division(p.Division) })
	cols.Text("flair", "Flair", func(p *place) string { return p.Flair })
	cols.Text("driverKey", "Driver id", func(p *place) string { return v.People.Key(p.ID()) })
	cols.Flag("own", "Mine", func(p *place) bool { return p.own })
	if v.result.Teams {
		cols.Text("drivers", "Drivers", func(p *place) string { return v.crew(&p.Row) })
	}
	return cols.Frame("results", data.FrameTypeTable)
}

// title is what the column of the names is called.
func (v *view) title() string {
	if v.result.Teams {
		return "Team"
	}
	return "Driver"
}

// ratingColumns are what the race did to the ratings; of a team they are empty.
func ratingColumns(cols *frames.Columns[place]) {
	cols.Number("iratingOld", "iRating before", frames.Rating, func(p *place) float64 { return p.IRating.Old })
	cols.Number("iratingNew", "iRating", frames.Rating, func(p *place) float64 { return p.IRating.New })
	frames.Signed(cols.Number("iratingChange", "iRating change", frames.Rating, func(p *place) float64 { return p.IRating.Diff() }))
	cols.Text("licenceOld", "Licence before", func(p *place) string { return p.OldLicence.String() })
	cols.Licence("licence", "Licence", func(p *place) iracing.Licence { return p.NewLicence })
	cols.Number("safetyRating", "Safety rating", frames.SafetyRating, func(p *place) float64 { return p.NewLicence.SR })
	frames.Signed(cols.Number("safetyRatingChange", "SR change", frames.SafetyRating, func(p *place) float64 { return safetyChange(&p.Row) }))
	cols.Number("cpi", "Corners per incident", frames.Count, func(p *place) float64 { return p.CPI.New })
}

// safetyChange is NaN where the licence class changed, as the rating jumps then.
func safetyChange(row *iracing.Row) float64 {
	if row.OldLicence.Group() != row.NewLicence.Group() {
		return math.NaN()
	}
	return row.NewLicence.SR - row.OldLicence.SR
}

// crews are the drivers of a team race; in another race each drove alone.
func (v *view) crews() *data.Frame {
	var rows []place
	for i := range v.rows {
		row := &v.rows[i]
		drivers := row.Drivers
		if row.Team == 0 {
			drivers = []iracing.Row{*row}
		}
		for _, d := range drivers {
			p := place{Row: d, name: v.People.Driver(d.Cust, d.Name), sof: v.sof(row.Class.ID), own: d.Has(v.me) || v.People.Own(d.Cust)}
			if row.Team != 0 {
				p.team = row
			}
			p.Position, p.ClassPosition, p.Number, p.Car, p.Class = row.Position, row.ClassPosition, row.Number, row.Car, row.Class
			rows = append(rows, p)
		}
	}
	ofTeam := func(p *place) float64 {
		if p.team == nil || p.team.Laps == 0 {
			return math.NaN()
		}
		return float64(p.Laps) / float64(p.team.Laps)
	}
	cols := frames.Of(rows)
	cols.Place("position", "Pos", func(p *place) int { return p.Position })
	cols.Place("classPosition", "Class pos", func(p *place) int { return p.ClassPosition })
	cols.Text("number", "Car no.", func(p *place) string { return p.Number })
	cols.Text("driver", "Driver", func(p *place) string { return p.name })
	cols.Text("team", "Team", func(p *place) string {
		if p.team == nil {
			return ""
		}
		return v.name(p.team)
	})
	cols.Text("car", "Car", func(p *place) string { return p.Car.Name })
	cols.Text("class", "Class", func(p *place) string { return p.Class.Name })
	cols.Count("laps", "Laps", func(p *place) int { return p.Laps })
	cols.Number("lapShare", "Share of the team's laps", frames.Share, ofTeam)
	cols.Count("lapsLed", "Laps led", func(p *place) int { return p.LapsLed })
	cols.Lap("bestLap", "Best lap", func(p *place) float64 { return p.BestLap })
	cols.Place("bestLapNumber", "On lap", func(p *place) int { return p.BestLapNumber })
	cols.Lap("averageLap", "Average lap", func(p *place) float64 { return p.AverageLap })
	cols.Number("incidents", "Incidents", frames.Count, func(p *place) float64 { return p.Incidents })
	ratingColumns(cols)
	cols.Number("points", "Points", frames.Count, func(p *place) float64 { return p.Points })
	cols.Text("division", "Division", func(p *place) string { return division(p.Division) })
	cols.Text("flair", "Flair", func(p *place) string { return p.Flair })
	cols.Text("driverKey", "Driver id", func(p *place) string { return v.People.Key(p.Cust) })
	cols.Flag("own", "Mine", func(p *place) bool { return p.own })
	if !v.result.Teams {
		v.Info("In this race every driver had a car.")
	}
	return cols.Frame("drivers", data.FrameTypeTable)
}

func (v *view) splits() *data.Frame {
	type split struct {
		iracing.Split
		number int
	}
	var rows []split
	for i, s := range v.result.Splits {
		rows = append(rows, split{s, i + 1})
	}
	if len(rows) == 0 {
		v.Info("This result does not tell of splits; hosted and league races have none.")
	}
	cols := frames.Of(rows)
	cols.Count("split", "Split", func(s *split) int { return s.number })
	cols.Number("sof", "SoF", frames.Count, func(s *split) float64 { return s.SoF })
	cols.ID("subsession", "Subsession", func(s *split) int64 { return s.Subsession })
	cols.Flag("this", "This one", func(s *split) bool { return s.Subsession == v.result.Subsession })
	return cols.Frame("splits", data.FrameTypeTable)
}
