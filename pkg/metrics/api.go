package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// The metrics of iRacing's API. An endpoint is labelled with its path: results_get.
var (
	APIRequests = promauto.NewCounterVec(prometheus.CounterOpts{
		Name: "iracing_api_requests_total",
		Help: "Requests to iRacing's /data API, by endpoint and by HTTP status or what came instead of one.",
	}, []string{"endpoint", "code"})

	APISeconds = promauto.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "iracing_api_request_duration_seconds",
		Help:    "Time that a request to iRacing's /data API took, by endpoint.",
		Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10},
		// Beside these, buckets of 10 % each, for a Prometheus that asks for native histograms.
		NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 100, NativeHistogramMinResetDuration: time.Hour,
	}, []string{"endpoint"})

	APILimit = promauto.NewGauge(prometheus.GaugeOpts{
		Name: "iracing_api_rate_limit",
		Help: "Requests that iRacing allows in a minute, as it last said.",
	})

	APIRemaining = promauto.NewGauge(prometheus.GaugeOpts{
		Name: "iracing_api_rate_limit_remaining",
		Help: "Requests that are left in the current minute, as iRacing last said.",
	})

	APILimited = promauto.NewCounter(prometheus.CounterOpts{
		Name: "iracing_api_rate_limited_total",
		Help: "Requests that iRacing refused because too many had come.",
	})

	TokenExpiry = promauto.NewGaugeVec(prometheus.GaugeOpts{
		Name: "iracing_oauth_token_expiry_timestamp_seconds",
		Help: "When the token expires, in seconds since 1970: the access token, which is renewed by itself, or the refresh token.",
	}, []string{"token"})

	Logins = promauto.NewCounterVec(prometheus.CounterOpts{
		Name: "iracing_oauth_logins_total",
		Help: "Exchanges with iRacing's OAuth service, by grant and outcome.",
	}, []string{"grant", "outcome"})

	CacheRequests = promauto.NewCounterVec(prometheus.CounterOpts{
		Name: "iracing_cache_requests_total",
		Help: "Looks into the cache of iRacing's answers, by result.",
	}, []string{"result"})
)

// API observes a client of iRacing's API.
type API struct{}

var _ iracing.Observer = API{}

// Request counts one HTTP request.
func (API) Request(endpoint, code string, took time.Duration) {
	APIRequests.WithLabelValues(endpoint, code).Inc()
	APISeconds.WithLabelValues(endpoint).Observe(took.Seconds())
}

// Limit keeps what iRacing said of its rate limit.
func (API) Limit(limit, remaining int) {
	APILimit.Set(float64(limit))
	APIRemaining.Set(float64(remaining))
}

// Limited counts a refusal for asking too often.
func (API) Limited() { APILimited.Inc() }

// TokenExpiry keeps when the tokens expire.
func (API) TokenExpiry(access, refresh time.Time) {
	for token, at := range map[string]time.Time{"access": access, "refresh": refresh} {
		if at.IsZero() {
			TokenExpiry.DeleteLabelValues(token)
			continue
		}
		TokenExpiry.WithLabelValues(token).Set(float64(at.Unix()))
	}
}

// Login counts an exchange with the OAuth service.
func (API) Login(grant, outcome string) { Logins.WithLabelValues(grant, outcome).Inc() }

// Cache counts a look into the cache.
func (API) Cache(result iracing.CacheResult) { CacheRequests.WithLabelValues(string(result)).Inc() }
