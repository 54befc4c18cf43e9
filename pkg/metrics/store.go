package metrics

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// The metrics of the PostgreSQL database.
var (
	StoreErrors = promauto.NewCounterVec(prometheus.CounterOpts{
		Name: "iracing_store_errors_total",
		Help: "Calls to the PostgreSQL database that failed, by what was wrong.",
	}, []string{"kind"})

	// Stores are the databases in use.
	Stores = newStores(prometheus.DefaultRegisterer)
)

// StoreState is how a database stands.
type StoreState struct {
	// Tried tells that it was used at all, and Up that it worked the last time.
	Tried, Up bool
	// Idle, Used and Opening are connections; Max is how many there may be.
	Idle, Used, Opening, Max int
}

// StoreGroup measures all databases of a process together: a plugin may have several data sources.
type StoreGroup struct {
	up, connections, limit *prometheus.Desc

	mu     sync.Mutex
	next   int
	states map[int]func() StoreState
}

func newStores(r prometheus.Registerer) *StoreGroup {
	g := &StoreGroup{
		up: prometheus.NewDesc("iracing_store_up",
			"Whether the PostgreSQL database worked when it was last used: 1, or 0 when it, or one of several, did not.", nil, nil),
		connections: prometheus.NewDesc("iracing_store_connections",
			"Connections to the PostgreSQL database, by state: idle, used or opening.", []string{"state"}, nil),
		limit: prometheus.NewDesc("iracing_store_connections_limit",
			"Connections to the PostgreSQL database that this process may open.", nil, nil),
		states: map[int]func() StoreState{},
	}
	r.MustRegister(g)
	return g
}

// Add measures one more database until remove is called. state must not block.
func (g *StoreGroup) Add(state func() StoreState) (remove func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	id := g.next
	g.next++
	g.states[id] = state
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		delete(g.states, id)
	}
}

// Describe implements [prometheus.Collector].
func (g *StoreGroup) Describe(descs chan<- *prometheus.Desc) {
	descs <- g.up
	descs <- g.connections
	descs <- g.limit
}

// Collect implements [prometheus.Collector]. A process without a database has none of these metrics.
func (g *StoreGroup) Collect(out chan<- prometheus.Metric) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.states) == 0 {
		return
	}
	var sum StoreState
	up := 1.0
	for _, state := range g.states {
		s := state()
		sum.Tried = sum.Tried || s.Tried
		sum.Idle, sum.Used, sum.Opening, sum.Max = sum.Idle+s.Idle, sum.Used+s.Used, sum.Opening+s.Opening, sum.Max+s.Max
		if s.Tried && !s.Up {
			up = 0
		}
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	if sum.Tried {
		gauge(g.up, up)
	}
	gauge(g.connections, float64(sum.Idle), "idle")
	gauge(g.connections, float64(sum.Used), "used")
	gauge(g.connections, float64(sum.Opening), "opening")
	gauge(g.limit, float64(sum.Max))
}
