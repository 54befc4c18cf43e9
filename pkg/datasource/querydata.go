package datasource

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"
	"github.com/grafana/grafana-plugin-sdk-go/experimental/concurrent"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/metrics"
)

// queriesAtOnce bounds the queries of one request that run side by side.
const queriesAtOnce = 4

// QueryData answers every query on its own: one that fails does not take the others with it.
func (d *Datasource) QueryData(ctx context.Context, req *backend.QueryDataRequest) (*backend.QueryDataResponse, error) {
	leave, err := d.enter()
	if err != nil {
		return nil, err
	}
	defer leave()
	return concurrent.QueryData(ctx, req, func(ctx context.Context, q concurrent.Query) backend.DataResponse {
		begin := time.Now()
		kind, answer, err := d.answer(ctx, &q.DataQuery)
		metrics.QuerySeconds.WithLabelValues(string(kind)).Observe(time.Since(begin).Seconds())
		if err != nil {
			metrics.Queries.WithLabelValues(string(kind), metrics.Failed).Inc()
			return failure(err)
		}
		metrics.Queries.WithLabelValues(string(kind), metrics.OK).Inc()
		for _, f := range answer {
			f.RefID = q.DataQuery.RefID
		}
		return backend.DataResponse{Frames: answer, Status: backend.StatusOK}
	}, queriesAtOnce)
}

// request is one query with what Grafana tells about the panel.
type request[T any] struct {
	query  T
	rng    backend.TimeRange
	points int
}

// answer is where the kinds of queries meet the functions that answer them. A query without a kind is a trace.
func (d *Datasource) answer(ctx context.Context, q *backend.DataQuery) (kind models.Kind, answer data.Frames, err error) {
	switch kind = models.Kind(q.QueryType); kind {
	case models.KindSessions:
		answer, err = run(ctx, q, d.sessions)
	case models.KindLaps:
		answer, err = run(ctx, q, d.laps)
	case models.KindTrace, "":
		kind = models.KindTrace
		answer, err = run(ctx, q, d.trace)
	default:
		api, ok := d.kinds[kind]
		switch {
		case !ok:
			// What a query may be called is for others to write, so it does not become a label.
			kind, err = "unknown", frames.BadQuery("there is no query kind %.40q; choose one of those that the editor lists", q.QueryType)
		case d.account == nil:
			err = d.accountErr
		default:
			answer, err = d.account.ask(ctx).Run(ctx, api, q.TimeRange, bytes.TrimSpace(q.JSON))
		}
	}
	return kind, answer, err
}

func run[T any](ctx context.Context, q *backend.DataQuery, answer func(context.Context, request[T]) (data.Frames, error)) (data.Frames, error) {
	r := request[T]{rng: q.TimeRange, points: clampPoints(q.MaxDataPoints)}
	if body := bytes.TrimSpace(q.JSON); len(body) > 0 {
		if err := json.Unmarshal(body, &r.query); err != nil {
			return nil, frames.BadQuery("the query cannot be read: %s", frames.JSONProblem(err))
		}
	}
	return answer(ctx, r)
}

// Panels ask for about as many points as they have pixels. More than a screen has helps nobody.
const (
	defaultPoints = 1000
	minPoints     = 32
	maxPoints     = 20_000
)

func clampPoints(n int64) int {
	if n <= 0 {
		return defaultPoints
	}
	return int(min(max(n, minPoints), maxPoints))
}

// failure is the response to a query that failed. Nothing that can go wrong here is Grafana's fault or that of the
// plugin's code: it is the query, the settings, the file or iRacing.
func failure(err error) backend.DataResponse {
	status := statusOf(err)
	if status == http.StatusGatewayTimeout {
		err = errors.New("the answer took longer than Grafana waits; try again or ask for less")
	}
	return backend.DataResponse{Error: err, Status: backend.Status(status), ErrorSource: backend.ErrorSourceDownstream}
}

// statusOf is the HTTP status that says what kind of error it is.
func statusOf(err error) int {
	if api, ok := errors.AsType[*iracing.Error](err); ok {
		switch api.Kind {
		case iracing.NoCredentials, iracing.BadRequest:
			return http.StatusBadRequest
		case iracing.Forbidden:
			return http.StatusForbidden
		case iracing.NotFound:
			return http.StatusNotFound
		case iracing.Limited:
			return http.StatusTooManyRequests
		}
		return http.StatusBadGateway
	}
	_, bad := errors.AsType[*frames.QueryError](err)
	switch {
	case refusal(err) != 0:
		return refusal(err)
	case bad:
		return http.StatusBadRequest
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusGatewayTimeout
	case isNotFound(err):
		return http.StatusNotFound
	}
	return http.StatusInternalServerError
}
