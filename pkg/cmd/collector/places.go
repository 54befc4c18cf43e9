package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/apexobs/iracing-grafana-observability/pkg/library"
)

// openPlace opens a folder or a bucket.
func openPlace(location string, c library.Credentials) (library.Store, error) {
	if err := noUserInfo(location); err != nil {
		return nil, err
	}
	return library.OpenURL(location, c)
}

// noUserInfo refuses an address with credentials in it: it is a flag, which others can read.
func noUserInfo(location string) error {
	scheme, rest, ok := strings.Cut(location, "://")
	host, _, _ := strings.Cut(rest, "/")
	if ok && scheme != "file" && strings.Contains(host, "@") {
		return usageError{errors.New("an address of telemetry files holds credentials: use BUCKET_KEY_ID and BUCKET_SECRET for them")}
	}
	return nil
}

// isURL tells a bucket from a path.
func isURL(location string) bool { return strings.Contains(location, "://") }

// ibtFile tells that a path is that of one telemetry file, and splits it into its folder and its name.
func ibtFile(path string) (dir, name string, err error) {
	if isURL(path) {
		return "", "", nil
	}
	st, err := os.Stat(path)
	switch {
	case err != nil:
		return "", "", fmt.Errorf("%s cannot be found", path)
	case st.IsDir():
		return "", "", nil
	case !strings.EqualFold(filepath.Ext(path), ".ibt"):
		return "", "", fmt.Errorf("%s is no telemetry file: their names end in .ibt", path)
	}
	return filepath.Dir(path), filepath.Base(path), nil
}
