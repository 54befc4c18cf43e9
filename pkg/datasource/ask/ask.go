// Package ask is what the kinds of queries over iRacing's /data API have in common: the table that names them, one query
// under way with what it has read, who "me" and "latest" are, and the pseudonyms of other people.
//
// The kinds themselves are in packages races (one race), drivers (one driver) and seasons (championships, schedules,
// leagues and the rest).
package ask

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/people"
)

// Source is what all queries of one data source share.
type Source struct {
	// API answers requests.
	API iracing.Source
	// Units are the units that values are shown in.
	Units models.Units
	// People names drivers and teams.
	People *people.People
	// Me is the customer id of the own driver. Its error says what to do when nobody knows.
	Me func(ctx context.Context) (int64, error)
	// Imported lists the results that were imported, newest first; nil where there are none.
	Imported func(ctx context.Context) ([]Import, error)
	// Now is the clock.
	Now func() time.Time
}

// Import is one imported result.
type Import struct {
	Subsession int64
	Start      time.Time
	Series     string
	Track      string
}

// Query is one query under way. It is a source of the API's answers that remembers what was read, for the remarks that
// the answer carries.
type Query struct {
	*Source
	// Range is the dashboard's time range.
	Range backend.TimeRange
	// API puts types on what the query reads through it.
	API iracing.API

	mu      sync.Mutex
	read    []string
	cached  int
	stale   error
	staleAt time.Time
	notices []data.Notice
}

// Get answers a request and remembers it.
func (q *Query) Get(ctx context.Context, r iracing.Request) (*iracing.Answer, error) {
	a, err := q.Source.API.Get(ctx, r)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.read = append(q.read, r.Key())
	if err != nil {
		return nil, err
	}
	if a.Cached {
		q.cached++
	}
	if a.Stale != nil && (q.stale == nil || a.At.Before(q.staleAt)) {
		q.stale, q.staleAt = a.Stale, a.At
	}
	return a, nil
}

// Remark adds a remark that Grafana shows at the corner of the panel.
func (q *Query) Remark(severity data.NoticeSeverity, format string, args ...any) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := data.Notice{Severity: severity, Text: fmt.Sprintf(format, args...)}
	if !slices.Contains(q.notices, n) {
		q.notices = append(q.notices, n)
	}
}

// Info adds a remark without alarm.
func (q *Query) Info(format string, args ...any) { q.Remark(data.NoticeSeverityInfo, format, args...) }

// Warn adds a remark about something that is missing or wrong.
func (q *Query) Warn(format string, args ...any) {
	q.Remark(data.NoticeSeverityWarning, format, args...)
}

// finish puts the remarks and what was read into the first frame.
func (q *Query) finish(answer data.Frames) {
	if len(answer) == 0 {
		return
	}
	first := answer[0]
	if first.Meta == nil {
		first.Meta = &data.FrameMeta{}
	}
	first.Meta.ExecutedQueryString = q.executed()
	if q.stale != nil {
		first.AppendNotices(data.Notice{Severity: data.NoticeSeverityWarning, Text: fmt.Sprintf(
			"These figures are of %s. %s", q.staleAt.UTC().Format("2 January 15:04 UTC"), frames.Sentence(q.stale.Error()),
		)})
	}
	first.AppendNotices(q.notices...)
}

// maxListed bounds the requests that are listed in an answer.
const maxListed = 40

func (q *Query) executed() string {
	// What is asked side by side arrives in any order.
	read := slices.Sorted(slices.Values(q.read))
	more := ""
	if len(read) > maxListed {
		more = fmt.Sprintf("\nand %s more", frames.Plural(len(read)-maxListed, "request"))
		read = read[:maxListed]
	}
	text := strings.Join(read, "\n") + more
	if !q.People.Names {
		text = hideIDs(text)
	}
	if len(q.read) > 0 {
		text += fmt.Sprintf("\n%d of %s from the cache", q.cached, frames.Plural(len(q.read), "answer"))
	}
	return text
}

// Kinds are kinds of queries and the functions that answer them.
type Kinds map[models.Kind]Answer

// Answer reads a query's JSON and answers it in frames.
type Answer func(ctx context.Context, q *Query, body []byte) (data.Frames, error)

// Kind makes the answer of one kind from a function of its query type.
func Kind[T any](answer func(ctx context.Context, q *Query, query T) (data.Frames, error)) Answer {
	return func(ctx context.Context, q *Query, body []byte) (data.Frames, error) {
		var query T
		if len(body) > 0 {
			if err := json.Unmarshal(body, &query); err != nil {
				return nil, frames.BadQuery("the query cannot be read: %s", frames.JSONProblem(err))
			}
		}
		return answer(ctx, q, query)
	}
}

// Run answers one query.
func (s *Source) Run(ctx context.Context, answer Answer, rng backend.TimeRange, body []byte) (data.Frames, error) {
	q := s.Query(rng)
	frames, err := answer(ctx, q, body)
	if err != nil {
		return nil, err
	}
	q.finish(frames)
	return frames, nil
}

// Query begins a query.
func (s *Source) Query(rng backend.TimeRange) *Query {
	q := &Query{Source: s, Range: rng}
	q.API = iracing.API{Source: q}
	return q
}

// Driver is the customer id that a query names: a number, a key that an answer gave in place of one, or the word me,
// which is also what empty means.
func (q *Query) Driver(ctx context.Context, id models.ID) (int64, error) {
	switch text := strings.TrimSpace(string(id)); {
	case text == "" || strings.EqualFold(text, models.DriverMe):
		return q.Me(ctx)
	case strings.HasPrefix(text, people.KeyMark):
		n, ok := q.People.Find(text)
		if !ok {
			return 0, frames.BadQuery("the driver %.20s is not known any more; open the race again from which it was chosen", text)
		}
		return n, nil
	default:
		return Number("the driver", id)
	}
}

// Number is an id that must be a number; what names it in the error.
func Number(what string, id models.ID) (int64, error) {
	text := strings.TrimSpace(string(id))
	if text == "" {
		return 0, frames.BadQuery("%s is not chosen; choose one or enter its id", what)
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, frames.BadQuery("%s is %.40q, which is not a number", what, text)
	}
	return n, nil
}

// Subsession is the subsession that a query names: a number, or the word latest, which is also what empty means: the own
// driver's newest race, or the newest that was imported.
func (q *Query) Subsession(ctx context.Context, id models.ID) (int64, error) {
	text := strings.TrimSpace(string(id))
	if text != "" && !strings.EqualFold(text, models.SubsessionLatest) {
		return Number("the subsession", id)
	}
	newest, start, err := q.newestRace(ctx)
	if q.Imported != nil {
		list, failed := q.Imported(ctx)
		if failed != nil && err != nil {
			return 0, failed
		}
		if len(list) > 0 && (newest == 0 || list[0].Start.After(start)) {
			return list[0].Subsession, nil
		}
	}
	if newest == 0 && err == nil {
		err = frames.BadQuery("there is no race of yours yet; choose a subsession")
	}
	return newest, err
}

// newestRace asks for the last official races. The answer's own type is used here, as everything else of it is no
// concern of this package.
func (q *Query) newestRace(ctx context.Context) (subsession int64, start time.Time, err error) {
	me, err := q.Me(ctx)
	if err != nil {
		return 0, time.Time{}, err
	}
	r, err := iracing.NewRequest("/data/stats/member_recent_races", iracing.Params{}.Set("cust_id", me))
	if err != nil {
		return 0, time.Time{}, err
	}
	a, err := q.Get(ctx, r)
	if err != nil {
		return 0, time.Time{}, err
	}
	var recent struct {
		Races []struct {
			Subsession int64     `json:"subsession_id"`
			Start      time.Time `json:"session_start_time"`
		} `json:"races"`
	}
	if err := json.Unmarshal(a.Body, &recent); err != nil {
		return 0, time.Time{}, &iracing.Error{Kind: iracing.BadAnswer, Endpoint: r.Endpoint.Path}
	}
	for _, race := range recent.Races {
		if race.Start.After(start) {
			subsession, start = race.Subsession, race.Start
		}
	}
	return subsession, start, nil
}

// Is tells whether an error is of one of the kinds.
func Is(err error, kinds ...iracing.Kind) bool {
	e, ok := errors.AsType[*iracing.Error](err)
	return ok && slices.Contains(kinds, e.Kind)
}

// idParams are the parameters of requests that tell who somebody is.
var idParams = regexp.MustCompile(`\b((?:cust_id|cust_ids|team_id|host_cust_id|search_term)=)[^&\s]+`)

// hideIDs takes the ids of people out of the list of requests.
func hideIDs(text string) string { return idParams.ReplaceAllString(text, "${1}…") }
