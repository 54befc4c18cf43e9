package collect

import (
	"context"
	"errors"
	"math"
	"slices"
	"strconv"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
	"github.com/apexobs/iracing-grafana-observability/pkg/metrics"
)

// drivers are whose data is collected.
type drivers struct {
	own, followed []int64 // nobody is in both
	account       bool    // own is the account that signs in
	unknown       []int64 // that the log was told iRacing does not know; guarded by Collector.mu
}

func (d *drivers) all() []int64 { return slices.Concat(d.own, d.followed) }

func (d *drivers) isOwn(cust int64) bool { return slices.Contains(d.own, cust) }

// who finds out whose data is collected, and tells the store, whose views show own drivers by their names.
func (w *work) who(ctx context.Context) (*drivers, error) {
	w.Collector.mu.Lock()
	known := w.drivers
	w.Collector.mu.Unlock()
	if known != nil {
		return known, nil
	}
	d := &drivers{own: slices.Clone(w.Own)}
	if len(d.own) == 0 {
		account, err := w.api().Account(ctx)
		if err != nil {
			return nil, err
		}
		if account.Cust == 0 {
			return nil, &iracing.Error{Kind: iracing.BadAnswer, Endpoint: "/data/member/info", Detail: "it does not tell who the account is"}
		}
		d.own, d.account = []int64{account.Cust}, true
	}
	for _, cust := range w.Followed {
		if !slices.Contains(d.all(), cust) {
			d.followed = append(d.followed, cust)
		}
	}
	if err := w.Store.SetDrivers(ctx, d.own, d.followed); err != nil {
		return nil, err
	}
	w.Collector.mu.Lock()
	defer w.Collector.mu.Unlock()
	w.drivers = d
	return d, nil
}

// me is the job of that name.
func (c *Collector) me(ctx context.Context, w *work) error {
	if err := w.ask(ctx, "/data/member/info", nil); err != nil {
		return err
	}
	who, err := w.who(ctx)
	if err != nil {
		return err
	}
	members, err := w.api().Members(ctx, who.all()...)
	if err := w.leave(err); err != nil {
		return err
	}
	for i := range members {
		if who.isOwn(members[i].Cust) {
			showMember(&members[i])
		}
	}
	for _, cust := range who.all() {
		if err := w.askOf(ctx, who, cust, "/data/stats/member_recent_races", ofDriver(cust)); err != nil {
			return err
		}
	}
	return nil
}

// askOf is ask for what there is of every driver. Where there is nothing the customer id is mistyped, and said to be.
func (w *work) askOf(ctx context.Context, who *drivers, cust int64, path string, params iracing.Params) error {
	r, err := iracing.NewRequest(path, params)
	if err != nil {
		return err
	}
	_, err = w.Get(ctx, r)
	if e, ok := errors.AsType[*iracing.Error](err); !ok || e.Kind != iracing.NotFound || who.account && who.isOwn(cust) {
		return w.leave(err)
	}
	option := "--follow"
	if who.isOwn(cust) {
		option = "--cust-id"
	}
	w.Collector.mu.Lock()
	told := slices.Contains(who.unknown, cust)
	if !told {
		who.unknown = append(who.unknown, cust)
	}
	w.Collector.mu.Unlock()
	if !told {
		w.Log.Warn("iRacing knows no driver with a customer id of the settings; check it", "option", option, "cust_id", cust)
	}
	// Whoever reads the runs may see less than the operator, who reads the log.
	w.note(errors.New("iRacing knows no driver with a customer id of " + option + "; the log says which"))
	return nil
}

func ofDriver(cust int64) iracing.Params { return iracing.Params{}.Set("cust_id", cust) }

// showMember sets the gauges of an own driver.
func showMember(m *iracing.Member) {
	cust := strconv.FormatInt(m.Cust, 10)
	for _, category := range iracing.LicenceCategories {
		l := m.In(category.ID)
		if l == nil {
			continue
		}
		if !math.IsNaN(l.IRating) {
			metrics.IRating.WithLabelValues(cust, category.Key).Set(l.IRating)
		}
		if !math.IsNaN(l.Licence.SR) {
			metrics.SafetyRating.WithLabelValues(cust, category.Key).Set(l.Licence.SR)
		}
		if g := l.Licence.Group(); g > 0 {
			metrics.LicenceClass.WithLabelValues(cust, category.Key).Set(float64(g))
		}
	}
}

// ratings is the job of that name.
func (c *Collector) ratings(ctx context.Context, w *work) error {
	who, err := w.who(ctx)
	if err != nil {
		return err
	}
	for _, cust := range who.all() {
		for _, category := range iracing.LicenceCategories {
			charts := []iracing.ChartType{iracing.ChartIRating, iracing.ChartSafety}
			if who.isOwn(cust) {
				charts = append(charts, iracing.ChartTT)
			}
			for _, chart := range charts {
				p := ofDriver(cust).Set("category_id", category.ID).Set("chart_type", int64(chart))
				if err := w.askOf(ctx, who, cust, "/data/member/chart_data", p); err != nil {
					return err
				}
			}
		}
	}
	for _, cust := range who.own {
		for _, path := range []string{"/data/member/profile", "/data/stats/member_career", "/data/stats/member_yearly", "/data/stats/member_summary"} {
			if err := w.askOf(ctx, who, cust, path, ofDriver(cust)); err != nil {
				return err
			}
		}
		if err := w.askOf(ctx, who, cust, "/data/stats/member_recap", ofDriver(cust).Set("year", w.Now().UTC().Year())); err != nil {
			return err
		}
	}
	return nil
}
