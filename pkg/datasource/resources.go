package datasource

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"

	"github.com/apexobs/iracing-grafana-observability/pkg/analysis"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/picks"
	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
)

// maxUpload bounds what a request may carry. Grafana's own way to a plugin ends at 16 MiB.
const maxUpload = 12 << 20

// resources serves the pick lists of the editors and the variables, the parameters of an endpoint, the import of results
// and the upload of telemetry.
func (d *Datasource) resources() http.Handler {
	mux := http.NewServeMux()
	serve := func(pattern string, answer func(*http.Request) (any, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			leave, err := d.enter()
			if err != nil {
				reply(w, http.StatusServiceUnavailable, err)
				return
			}
			defer leave()
			body, err := answer(r)
			if err != nil {
				// An error that is nobody's here came from the folder or the network behind it.
				status := statusOf(err)
				if status == http.StatusInternalServerError {
					status = http.StatusBadGateway
				}
				reply(w, status, err)
				return
			}
			reply(w, http.StatusOK, body)
		})
	}
	for kind, list := range map[models.PickKind]func(*http.Request) ([]models.Option, error){
		models.PickSessions: d.pickSessions,
		models.PickLaps:     d.pickLaps,
		models.PickChannels: d.pickChannels,
	} {
		serve("GET /"+string(kind), func(r *http.Request) (any, error) { return list(r) })
	}
	for kind, list := range picks.Lists() {
		serve("GET /"+string(kind), func(r *http.Request) (any, error) { return d.pick(r, kind, list) })
	}
	serve("GET /endpointParams", func(r *http.Request) (any, error) {
		return picks.EndpointParams(r.URL.Query().Get("path")), nil
	})
	serve("POST /import", d.importResult)
	serve("GET /uploads", d.uploads)
	serve("POST /uploads", d.beginUpload)
	serve("PUT /uploads/{id}", d.putPart)
	serve("DELETE /uploads/{id}", d.deleteUpload)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		reply(w, http.StatusNotFound, fmt.Errorf("there is no resource %.100q; there are the pick lists, endpointParams, import and uploads", r.URL.Path))
	})
	return mux
}

// pick answers a pick list over iRacing's API.
func (d *Datasource) pick(r *http.Request, kind models.PickKind, list func(context.Context, *ask.Query, models.VariableQuery) ([]models.Option, error)) ([]models.Option, error) {
	if d.account == nil {
		return nil, d.accountErr
	}
	v := models.VariableQuery{
		Kind: kind, Session: r.URL.Query().Get("session"), Search: r.URL.Query().Get("search"), Of: models.ID(r.URL.Query().Get("of")),
	}
	now := time.Now()
	q := d.account.ask(r.Context()).Query(backend.TimeRange{From: now.Add(-recent), To: now})
	options, err := list(r.Context(), q, v)
	if options == nil {
		options = []models.Option{}
	}
	return options, err
}

// recent is how far back a pick list looks for races.
const recent = 90 * 24 * time.Hour

// imported is the answer to an import.
type imported struct {
	Subsession models.ID `json:"subsession"`
	Title      string    `json:"title"`
}

// importResult keeps a result that was exported from the member site. It takes the rights of an editor, as others see
// what was imported.
func (d *Datasource) importResult(r *http.Request) (any, error) {
	if d.account == nil {
		return nil, d.accountErr
	}
	if err := editor(r, "importing results"); err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxUpload+1))
	if err != nil {
		return nil, frames.BadQuery("the file did not arrive whole; try again")
	}
	if len(raw) > maxUpload {
		return nil, frames.BadQuery("the file is larger than %d MB; put it into the folder of exported results instead", maxUpload>>20)
	}
	info, err := d.account.imports.add(r.Context(), raw)
	if err != nil {
		return nil, frames.BadQuery("%s", err)
	}
	return imported{Subsession: models.ID(strconv.FormatInt(info.Subsession, 10)), Title: info.Title()}, nil
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
		o := models.Option{Value: name, Label: name, Description: analysis.ChannelTitle(name)}
		if s.Var != nil {
			o.Description = describe(s.Var)
		}
		options = append(options, o)
	}
	for _, c := range analysis.MainChannels() {
		add(c.Name)
	}
	var rest []string
	for _, v := range rec.File.Vars() {
		if !analysis.MainChannel(v.Name) {
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
		text = analysis.ChannelTitle(v.Name)
	}
	if v.Unit != "" && !strings.HasPrefix(v.Unit, "irsdk_") {
		text += " (" + v.Unit + ")"
	}
	return text
}
