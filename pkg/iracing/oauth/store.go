package oauth

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// TokenStore keeps the record of one sign-in. It is what makes one owner of a refresh token out of several processes.
type TokenStore interface {
	// Update calls f with the record that is kept, the zero one when there is none, and keeps what f answers in its place.
	// When f fails, the old record stays and f's error is answered as it is.
	//
	// From before the record is read until after the new one is written nobody else, in this process or another, is
	// inside Update. The new record is durable when Update returns it; an error that is not f's means that it may not be.
	// The end of ctx ends the wait for the lock. It must end nothing more: f may have used up the old record's refresh
	// token, so that what it answers is written even when ctx has ended meanwhile.
	Update(ctx context.Context, f func(old Stored) (Stored, error)) (Stored, error)
}

// Stored is the record of one sign-in. It prints without its secrets; [Seal] makes it fit for keeping.
type Stored struct {
	// Generation counts the records that were written one after the other.
	Generation uint64 `json:"generation,omitempty"`
	// Key is random, made with the first record. The fingerprints in the record are keyed with it.
	Key []byte `json:"key,omitempty"`
	// Account is a fingerprint of the client and account that the tokens belong to.
	Account string `json:"account,omitempty"`
	// Spent are fingerprints of pasted refresh tokens that were used. A pasted one that is not among them is newer than
	// the tokens here.
	Spent []string `json:"spent,omitempty"`

	AccessToken  string    `json:"access_token,omitempty"`
	AccessIssued time.Time `json:"access_issued,omitzero"`
	AccessExpiry time.Time `json:"access_expiry,omitzero"`

	RefreshToken string `json:"refresh_token,omitempty"`
	// RefreshExpiry is zero when nobody has said.
	RefreshExpiry time.Time `json:"refresh_expiry,omitzero"`

	// Refused are the times at which a fresh access token was wanted in place of one that the API had refused.
	Refused []time.Time `json:"refused,omitempty"`
	// Failure is what iRacing refused and is not to be asked again.
	Failure *Failure `json:"failure,omitempty"`

	// Hold is not secret, and readable without the key that the rest is sealed with.
	Hold Hold `json:"-"`
	// Lost is why the record that was kept cannot be read, for the function of an Update: it then begins anew.
	Lost error `json:"-"`
	// Others tells the function of an Update that tokens of other accounts are kept beside these, if these are none.
	Others bool `json:"-"`
}

// Failure is a refusal that is remembered.
type Failure struct {
	Kind iracing.Kind `json:"kind"`
	// Until is when to ask again; zero means not until the settings change.
	Until  time.Time `json:"until,omitzero"`
	Detail string    `json:"detail,omitempty"`
	// RequestID is iRacing's name for the request that failed.
	RequestID string `json:"request_id,omitempty"`
	// Settings is a fingerprint of the settings that were refused.
	Settings string `json:"settings"`
}

func (f *Failure) err() *iracing.Error {
	return &iracing.Error{Kind: f.Kind, Until: f.Until, Detail: f.Detail, RequestID: f.RequestID}
}

// Hold is what must be known even to those who cannot read the rest, so that a changed secret does not end a lock-out.
type Hold struct {
	// Client is a digest of the client that the hold is on.
	Client string `json:"client,omitempty"`
	// Until is when the client may ask for tokens again.
	Until time.Time `json:"until,omitzero"`
	// Logins are the times of the full logins in the last hour.
	Logins []time.Time `json:"logins,omitempty"`
}

// String tells what there is, and nothing of the tokens.
func (r Stored) String() string {
	access, refresh := "none", "none"
	if r.AccessToken != "" {
		access = "until " + r.AccessExpiry.UTC().Format(time.RFC3339)
	}
	if r.RefreshToken != "" {
		refresh = "until " + r.RefreshExpiry.UTC().Format(time.RFC3339)
	}
	return fmt.Sprintf("{generation %d, access token %s, refresh token %s}", r.Generation, access, refresh)
}

// GoString is String.
func (r Stored) GoString() string { return r.String() }

// LogValue is String.
func (r Stored) LogValue() slog.Value { return slog.StringValue(r.String()) }

// Format prints String whatever the verb.
func (r Stored) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(r.String())) }

// same tells that two records would be kept alike.
func (r Stored) same(other Stored) bool {
	a, errA := encode(r)
	b, errB := encode(other)
	return errA == nil && errB == nil && bytes.Equal(a, b)
}

// encode writes a record with all its secrets.
func encode(r Stored) ([]byte, error) {
	return json.Marshal(struct {
		Secret plainStored `json:"secret"`
		Hold   Hold        `json:"hold"`
	}{plainStored(r), r.Hold})
}

// plainStored is a record that is encoded as it is.
type plainStored Stored

// MarshalJSON keeps a record out of whatever encodes it by the way; [Seal] is how to keep one.
func (r Stored) MarshalJSON() ([]byte, error) { return json.Marshal(r.String()) }

// clone shares nothing with r.
func (r Stored) clone() Stored {
	r.Key = slices.Clone(r.Key)
	r.Spent = slices.Clone(r.Spent)
	r.Refused = slices.Clone(r.Refused)
	r.Hold.Logins = slices.Clone(r.Hold.Logins)
	if r.Failure != nil {
		f := *r.Failure
		r.Failure = &f
	}
	return r
}

// Memory keeps a record for as long as the process runs.
type Memory struct {
	lock   chan struct{} // holds one value while somebody is inside Update
	record Stored
}

// NewMemory is an empty store.
func NewMemory() *Memory { return &Memory{lock: make(chan struct{}, 1)} }

// Update implements [TokenStore].
func (m *Memory) Update(ctx context.Context, f func(old Stored) (Stored, error)) (Stored, error) {
	select {
	case m.lock <- struct{}{}:
	case <-ctx.Done():
		return Stored{}, fmt.Errorf("wait for the tokens: %w", context.Cause(ctx))
	}
	defer func() { <-m.lock }()
	record, err := f(m.record.clone())
	if err != nil {
		return Stored{}, err
	}
	record.Lost, record.Others = nil, false
	m.record = record.clone()
	return record, nil
}
