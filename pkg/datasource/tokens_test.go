package datasource_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/oauth"
)

// Tokens move from the file into the database. While the file cannot be read nobody knows what is in it, and a refresh token
// that was pasted long ago must not be tried in its place.
func TestTokensThatMove(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens")
	from, err := oauth.NewFile(path, []byte("key"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := from.Update(t.Context(), func(oauth.Stored) (oauth.Stored, error) {
		return oauth.Stored{Generation: 7, Key: []byte("k"), RefreshToken: "kept"}, nil
	}); err != nil {
		t.Fatal(err)
	}
	moved := datasource.MovedTokens(oauth.NewMemory(), from)
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil { // no file, and not nothing
		t.Fatal(err)
	}
	if _, err := moved.Update(t.Context(), func(oauth.Stored) (oauth.Stored, error) {
		t.Error("a token would be used though what was kept cannot be read")
		return oauth.Stored{}, nil
	}); err == nil {
		t.Error("there is no error")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	for generation := range uint64(2) {
		if _, err := moved.Update(t.Context(), func(old oauth.Stored) (oauth.Stored, error) {
			if old.RefreshToken != "kept" || old.Generation != 7+generation {
				t.Errorf("found %v", old)
			}
			old.Generation++
			return old, nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := from.Update(t.Context(), func(old oauth.Stored) (oauth.Stored, error) {
		if old.RefreshToken != "" {
			t.Error("the tokens are in two places")
		}
		return old, nil
	}); err != nil {
		t.Error(err)
	}
}
