//go:build unix

package ibt_test

import (
	"errors"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
)

// TestPipe opens a pipe that nobody writes to, which must not wait for one who does.
func TestPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe.ibt")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Skipf("no pipes here: %v", err)
	}
	_, err := ibt.OpenFile(path)
	if _, ok := errors.AsType[*ibt.FormatError](err); !ok {
		t.Errorf("got the error %v", err)
	}
}
