package main

import (
	"context"
	"errors"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

const (
	// introduceEvery is how often a database that is away is told who the own drivers are.
	introduceEvery = time.Second
	// introduceAtLast is how long the end waits for a database that was away all the time.
	introduceAtLast = 5 * time.Second
)

// checked refuses what cannot be a customer id.
func (f *ownFlags) checked() error {
	for _, cust := range f.CustID {
		if cust <= 0 {
			return usageError{errors.New("--cust-id is a customer id, such as 123456")}
		}
	}
	return nil
}

// introduce tells the database who the own drivers are, as no job of iRacing's does that where there is no account. A
// database that is away is told once it is back; who works with it says that it is away.
func (w *works) introduce(ctx context.Context, own []int64) error {
	if len(own) == 0 || w.db == nil {
		return nil
	}
	if err := (&ownFlags{CustID: own}).checked(); err != nil {
		return err
	}
	err := w.addOwn(ctx, own)
	if err == nil || !later(err) {
		return err
	}
	retrying, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(introduceEvery)
		defer tick.Stop()
		for later(err) {
			select {
			case <-retrying.Done():
				return
			case <-tick.C:
			}
			err = w.addOwn(retrying, own)
		}
	}()
	w.later(func() {
		stop()
		<-done
		if err == nil {
			return
		}
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), introduceAtLast)
		defer cancel()
		if err := w.addOwn(last, own); err != nil {
			w.log.Warn("The database does not know the own drivers yet; the next run tells it", "error", err)
		}
	})
	return nil
}

// addOwn tells it once.
func (w *works) addOwn(ctx context.Context, own []int64) error {
	if w.source == nil {
		return w.db.AddOwnOfFiles(ctx, own...)
	}
	for _, cust := range own {
		err := w.db.AddOwn(ctx, cust)
		if e, ok := errors.AsType[*store.Error](err); ok && e.Kind == store.OtherRealm {
			return nil // the jobs tell, and telemetry goes into either
		}
		if err != nil {
			return err
		}
	}
	return nil
}
