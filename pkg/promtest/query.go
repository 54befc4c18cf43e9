package promtest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Result is one series of an answer.
type Result struct {
	Labels map[string]string // the name of the metric as __name__
	Points []Point           // one for an instant
}

// Key writes the labels as a selector, so that results can be compared.
func (r *Result) Key() string {
	parts := make([]string, 0, len(r.Labels))
	for _, name := range slices.Sorted(maps.Keys(r.Labels)) {
		if name != "__name__" {
			parts = append(parts, name+"="+strconv.Quote(r.Labels[name]))
		}
	}
	return r.Labels["__name__"] + "{" + strings.Join(parts, ",") + "}"
}

// Point is one value of a series.
type Point struct {
	Time  time.Time // to the millisecond
	Value float64
}

// Query evaluates an expression at a time. An expression that selects a range, such as up[1h], answers the samples
// themselves with the times that they have. The results are sorted by their labels.
func (s *Server) Query(t testing.TB, expr string, at time.Time) []Result {
	t.Helper()
	q := url.Values{"query": {expr}, "time": {seconds(at)}}
	return s.ask(t, "/api/v1/query?"+q.Encode())
}

// QueryRange evaluates an expression at every step from from to to.
func (s *Server) QueryRange(t testing.TB, expr string, from, to time.Time, step time.Duration) []Result {
	t.Helper()
	q := url.Values{
		"query": {expr}, "start": {seconds(from)}, "end": {seconds(to)},
		"step": {strconv.FormatFloat(step.Seconds(), 'f', -1, 64)},
	}
	return s.ask(t, "/api/v1/query_range?"+q.Encode())
}

func seconds(t time.Time) string { return fmt.Sprintf("%d.%03d", t.Unix(), t.Nanosecond()/1_000_000) }

func (s *Server) ask(t testing.TB, path string) []Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	body, err := get(ctx, s.URL+path)
	if err != nil {
		t.Fatal(err)
	}
	results, err := decode(body)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

// answer is what the HTTP API answers to a query.
type answer struct {
	Data struct {
		Result []struct {
			Metric map[string]string `json:"metric"`
			Value  *point            `json:"value"`
			Values []point           `json:"values"`
		} `json:"result"`
	} `json:"data"`
}

func decode(body []byte) ([]Result, error) {
	var a answer
	if err := json.Unmarshal(body, &a); err != nil {
		return nil, fmt.Errorf("the answer of Prometheus: %w", err)
	}
	results := make([]Result, 0, len(a.Data.Result))
	for _, r := range a.Data.Result {
		out := Result{Labels: r.Metric}
		if r.Value != nil {
			r.Values = append(r.Values, *r.Value)
		}
		for _, p := range r.Values {
			out.Points = append(out.Points, Point(p))
		}
		results = append(results, out)
	}
	slices.SortFunc(results, func(a, b Result) int { return cmp.Compare(a.Key(), b.Key()) })
	return results, nil
}

// point reads a pair of a time in seconds and a value as text.
type point Point

func (p *point) UnmarshalJSON(b []byte) error {
	var at float64
	var value string
	if err := json.Unmarshal(b, &[]any{&at, &value}); err != nil {
		return err
	}
	v, err := strconv.ParseFloat(value, 64)
	*p = point{Time: time.UnixMilli(int64(at*1000 + 0.5)).UTC(), Value: v}
	return err
}
