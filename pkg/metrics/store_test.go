package metrics_test

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/apexobs/iracing-grafana-observability/pkg/metrics"
)

// gauges are the values of the databases' metrics; the state of connections follows the name.
func gauges(t *testing.T) map[string]float64 {
	t.Helper()
	r := prometheus.NewPedanticRegistry()
	if err := r.Register(metrics.Stores); err != nil {
		t.Fatal(err)
	}
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			if l := m.GetLabel(); len(l) == 1 {
				name = f.GetName() + " " + l[0].GetValue()
			}
			all[name] = m.GetGauge().GetValue()
		}
	}
	return all
}

func TestStores(t *testing.T) {
	if g := gauges(t); len(g) != 0 {
		t.Errorf("a process without a database has %v", g)
	}
	state := metrics.StoreState{Max: 8}
	remove := metrics.Stores.Add(func() metrics.StoreState { return state })
	if g := gauges(t); len(g) != 4 || g["iracing_store_connections_limit"] != 8 {
		t.Errorf("before its first use a database has %v", g)
	}
	state = metrics.StoreState{Tried: true, Up: true, Idle: 2, Used: 1, Max: 8}
	other := metrics.Stores.Add(func() metrics.StoreState { return metrics.StoreState{Tried: true, Used: 3, Opening: 1, Max: 4} })
	g := gauges(t)
	for name, want := range map[string]float64{
		"iracing_store_up": 0, "iracing_store_connections idle": 2, "iracing_store_connections used": 4,
		"iracing_store_connections opening": 1, "iracing_store_connections_limit": 12,
	} {
		if v, ok := g[name]; !ok || v != want {
			t.Errorf("%s is %v, want %v", name, v, want)
		}
	}
	other()
	if g := gauges(t); g["iracing_store_up"] != 1 {
		t.Errorf("with the one that works there is %v", g)
	}
	remove()
	remove()
	if g := gauges(t); len(g) != 0 {
		t.Errorf("after the last one there is %v", g)
	}
}
