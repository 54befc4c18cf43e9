package main

import (
	"context"
	"errors"
	"net"

	"github.com/apexobs/iracing-grafana-observability/pkg/library"
)

// The exit codes.
const (
	exitOK          = 0
	exitFailed      = 1 // something has to be mended
	exitUsage       = 2 // the command line is wrong
	exitLater       = 3 // iRacing or the database is away: the same may work later without anybody doing anything
	exitInterrupted = 130
)

// errTold and errToldLater end a command whose user has been told already what failed.
var (
	errTold      = errors.New("something failed")
	errToldLater = errors.New("something failed that may work later")
)

// usageError is a command line that says what cannot be.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// exitCode is what a command that ended with an error exits with.
func exitCode(ctx context.Context, err error) int {
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &usage):
		return exitUsage
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return exitInterrupted
	case errors.Is(err, errToldLater), later(err):
		return exitLater
	}
	return exitFailed
}

// later tells that all that failed may work by itself later.
func later(err error) bool {
	if many, ok := err.(interface{ Unwrap() []error }); ok { //nolint:errorlint // each part is looked at
		for _, one := range many.Unwrap() {
			if !later(one) {
				return false
			}
		}
		return len(many.Unwrap()) > 0
	}
	// The outermost is the one that knows. Errors of the network call nearly everything temporary.
	if known, ok := err.(interface{ Temporary() bool }); ok { //nolint:errorlint // see above
		if _, network := err.(net.Error); !network { //nolint:errorlint // see above
			return known.Temporary()
		}
	}
	if bucket, ok := err.(*library.BucketError); ok { //nolint:errorlint // see above
		return bucket.Temporary
	}
	if one := errors.Unwrap(err); one != nil {
		return later(one)
	}
	return false
}
