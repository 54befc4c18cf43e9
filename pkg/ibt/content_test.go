package ibt_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/ibt"
)

func TestContentIsTheFile(t *testing.T) {
	want := synthetic(t, 100, allTypes, sessionText)
	path := filepath.Join(t.TempDir(), "a.ibt")
	if err := os.WriteFile(path, want[:len(want)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := ibt.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for _, n := range []int{len(want) / 2, len(want)} { // it grows while it is open
		if err := os.WriteFile(path, want[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		content, err := f.Content()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(content); err != nil || !bytes.Equal(got, want[:n]) {
			t.Errorf("read %d bytes of %d (%v)", len(got), n, err)
		}
	}
}
