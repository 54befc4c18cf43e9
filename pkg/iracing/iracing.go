// Package iracing asks iRacing's /data API.
//
// A [Request] names one endpoint of the table [Endpoints] and its parameters. A [Source] answers it: a [Client] asks
// iRacing (sign-in comes from package oauth), a [Cached] keeps answers for as long as their endpoint's [Class] allows.
// [API] puts Go types on the answers: tolerant ones, as fields come and go with every season.
//
// Units are the API's own and are converted at the edge of each typed answer: lap times and intervals there are
// 1/10000 s. Ids and such times are int64, every other number float64.
package iracing

import (
	"context"
	"encoding/json"
	"time"
)

// Source answers requests. Its errors are of type [*Error] wherever iRacing or the way to it is to blame.
type Source interface {
	Get(ctx context.Context, r Request) (*Answer, error)
}

// Answer is what an endpoint answered, whichever way it was delivered.
type Answer struct {
	// Header is what came before the body: the header object of a chunked answer or the data of one that pointed to a
	// data_url. It is nil for the other deliveries.
	Header json.RawMessage
	// Body is the content: one JSON value, which for a chunked answer is the array of all chunks' rows (empty where there
	// were none), or the text of a CSV file. It may be kept for others and must not be changed.
	Body []byte
	// CSV tells that the body is a CSV file.
	CSV bool
	// At is when iRacing answered.
	At time.Time
	// Cached tells that the answer was kept from an earlier request.
	Cached bool
	// Stale is why an answer that is older than it should be was given; nil for one that is fresh.
	Stale error
}

// API puts Go types on the answers of a source.
type API struct{ Source }

// Observer is told what a client does, for metrics. Its methods are called by many goroutines at once and must not
// block. Endpoints are given by their [Endpoint.Label].
type Observer interface {
	// Request is one HTTP request to the API: code is the HTTP status or a short word for what came instead of one.
	Request(endpoint, code string, took time.Duration)
	// Limit is what the last answer said of the rate limit.
	Limit(limit, remaining int)
	// Limited is called when iRacing refused a request for having been asked too often.
	Limited()
	// TokenExpiry is when the access token expires, and when the refresh token does, after which a person may have to sign
	// in again; zero for one that there is not.
	TokenExpiry(access, refresh time.Time)
	// Login is one exchange with the OAuth service; outcome is a short word.
	Login(grant, outcome string)
	// Cache is one look into the cache.
	Cache(result CacheResult)
}

// CacheResult is what came of a look into the cache.
type CacheResult string

// The results of a look into the cache.
const (
	CacheHit    CacheResult = "hit"    // a fresh answer was kept
	CacheMiss   CacheResult = "miss"   // iRacing was asked
	CacheShared CacheResult = "shared" // an equal request was under way, and its answer served both
	CacheStale  CacheResult = "stale"  // iRacing could not answer; an older answer was given
)
