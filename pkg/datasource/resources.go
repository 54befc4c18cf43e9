package datasource

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
)

// resources serves the pick lists of the editors and the variables.
func (d *Datasource) resources() http.Handler {
	mux := http.NewServeMux()
	for kind, list := range map[models.PickKind]func(*http.Request) ([]models.Option, error){
		models.PickSessions: d.pickSessions,
		models.PickLaps:     d.pickLaps,
		models.PickChannels: d.pickChannels,
	} {
		mux.HandleFunc("GET /"+string(kind), func(w http.ResponseWriter, r *http.Request) {
			leave, err := d.enter()
			if err != nil {
				reply(w, http.StatusServiceUnavailable, err)
				return
			}
			defer leave()
			options, err := list(r)
			_, bad := errors.AsType[*frames.QueryError](err)
			switch {
			case err == nil:
				reply(w, http.StatusOK, options)
			case isNotFound(err):
				reply(w, http.StatusNotFound, err)
			case bad:
				reply(w, http.StatusBadRequest, err)
			default:
				reply(w, http.StatusBadGateway, err)
			}
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		reply(w, http.StatusNotFound, fmt.Errorf("there is no resource %.100q; there are sessions, laps and channels", r.URL.Path))
	})
	return mux
}

// reply writes an answer, or an error as {"message": …}, which Grafana shows.
func reply(w http.ResponseWriter, status int, body any) {
	if err, ok := body.(error); ok {
		body = map[string]string{"message": frames.Sentence(err.Error())}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the response has begun: there is nobody left to tell
}

func (d *Datasource) pickSessions(r *http.Request) ([]models.Option, error) {
	lib, err := d.openLibrary()
	if err != nil {
		return nil, err
	}
	sessions, _, err := lib.Sessions(r.Context())
	if err != nil {
		return nil, err
	}
	options := make([]models.Option, 0, len(sessions))
	for _, s := range sessions {
		if s.Problem != "" {
			continue
		}
		o := models.Option{
			Value:       s.ID,
			Label:       fmt.Sprintf("%s · %s · %s", s.Start.Format("2006-01-02 15:04"), s.Car, s.Track),
			Description: s.Type,
		}
		if s.Analysed {
			o.Description += ", " + frames.Plural(s.TimedLaps, "timed lap")
		}
		if best := analysis.FormatLapTime(s.Best); best != "" {
			o.Description += ", best " + best
		}
		options = append(options, o)
	}
	return options, nil
}

func (d *Datasource) pickLaps(r *http.Request) ([]models.Option, error) {
	rec, err := d.open(r.Context(), r.URL.Query().Get("session"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rec.Close() }() // reading leaves nothing to lose
	best := rec.Table.Best()
	options := make([]models.Option, 0, len(rec.Table.Laps))
	for i := range rec.Table.Laps {
		l := &rec.Table.Laps[i]
		o := models.Option{Value: l.ID(), Label: "Lap " + l.ID(), Description: l.Notes()}
		if l.Timed() {
			o.Label += " · " + analysis.FormatLapTime(l.Time)
		} else {
			o.Label += " · " + l.Kind.String()
		}
		if l == best {
			o.Description = strings.TrimPrefix(o.Description+", fastest", ", ")
		}
		options = append(options, o)
	}
	return options, nil
}

func (d *Datasource) pickChannels(r *http.Request) ([]models.Option, error) {
	rec, err := d.open(r.Context(), r.URL.Query().Get("session"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rec.Close() }() // reading leaves nothing to lose
	var options []models.Option
	add := func(name string) {
		s, err := analysis.FindSignal(rec.File, &rec.Table.Info, name)
		if err != nil {
			return
		}
		o := models.Option{Value: name, Label: name, Description: title(name)}
		if s.Var != nil {
			o.Description = describe(s.Var)
		}
		options = append(options, o)
	}
	for _, c := range mainChannels {
		add(c.name)
	}
	var rest []string
	for _, v := range rec.File.Vars() {
		if _, main := titles[v.Name]; !main {
			rest = append(rest, v.Name)
		}
	}
	slices.Sort(rest)
	for _, name := range rest {
		add(name)
	}
	return options, nil
}

// describe is what the file says of a channel, with its unit.
func describe(v *ibt.Var) string {
	text := v.Desc
	if text == "" {
		text = title(v.Name)
	}
	if v.Unit != "" && !strings.HasPrefix(v.Unit, "irsdk_") {
		text += " (" + v.Unit + ")"
	}
	return text
}
