package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Outcome is how a run ended.
type Outcome string

// The outcomes of runs.
const (
	Running     Outcome = "running"
	Succeeded   Outcome = "ok"
	RunFailed   Outcome = "failed"
	Interrupted Outcome = "interrupted" // its process ended, or was told to
)

// Run is one run of a job.
type Run struct {
	store *Store
	id    int64
}

// RunInfo is the last run of a job, and the last one that succeeded.
type RunInfo struct {
	ID             int64
	Job            string
	Started, Ended time.Time // Ended is zero while it runs
	Outcome        Outcome
	Rows, Requests int64
	Problem        string
	// Success is when the last run that succeeded ended; zero when there was none.
	Success time.Time
}

const (
	// endFor bounds the noting of a run's end.
	endFor = 10 * time.Second
	// maxProblem is how much of a problem is kept, in bytes.
	maxProblem = 2000
)

// BeginRun notes that a job begins. Whoever calls it holds the job's lock: earlier runs that have not ended died with their
// process, and are marked so.
func (s *Store) BeginRun(ctx context.Context, job string) (*Run, error) {
	r := &Run{store: s}
	err := s.tx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			update iracing.job_runs set outcome = 'interrupted', ended_at = now(), problem = 'its process ended'
			where job = $1 and outcome = 'running'`, job)
		if err != nil {
			return err
		}
		return tx.QueryRow(ctx, "insert into iracing.job_runs (job) values ($1) returning run_id", job).Scan(&r.id)
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// End notes how a run ended, even if ctx has. problem is why it failed, without any secret.
func (r *Run) End(ctx context.Context, outcome Outcome, rows, requests int64, problem string) error {
	switch outcome {
	case Succeeded, RunFailed, Interrupted:
	default:
		return fmt.Errorf("a run cannot end as %q", string(outcome))
	}
	problem = strings.ToValidUTF8(problem[:min(len(problem), maxProblem)], "")
	problem = strings.ReplaceAll(problem, "\x00", "")
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endFor)
	defer cancel()
	return r.store.query(ctx, func(q querier) error {
		_, err := q.Exec(ctx, `
			update iracing.job_runs set ended_at = now(), outcome = $2, rows_written = $3, requests = $4, problem = $5
			where run_id = $1`, r.id, string(outcome), rows, requests, problem)
		return err
	})
}

// LastRuns are the last runs of all jobs by the names of the jobs.
func (s *Store) LastRuns(ctx context.Context) ([]RunInfo, error) {
	var all []RunInfo
	err := s.query(ctx, func(q querier) error {
		rows, err := q.Query(ctx, `
			select distinct on (r.job) r.run_id, r.job, r.started_at, r.ended_at, r.outcome, r.rows_written, r.requests, r.problem,
				(select max(ended_at) from iracing.job_runs where job = r.job and outcome = 'ok')
			from iracing.job_runs r order by r.job, r.run_id desc`)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (RunInfo, error) {
			var i RunInfo
			var ended, success *time.Time
			err := row.Scan(&i.ID, &i.Job, &i.Started, &ended, &i.Outcome, &i.Rows, &i.Requests, &i.Problem, &success)
			i.Started, i.Ended, i.Success = i.Started.UTC(), utc(ended), utc(success)
			return i, err
		})
		return err
	})
	return all, err
}

// utc is a time that may be null.
func utc(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}
