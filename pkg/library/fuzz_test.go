package library_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/apexobs/iracing-grafana-observability/pkg/library"
)

// What somebody types as the place of a bucket opens or is refused, and a place that opens names itself by an address that
// opens the same place and holds no credentials.
func FuzzBucketAddress(f *testing.F) {
	for _, seed := range []string{
		"s3://team/me?region=eu-west-1", "gs://b", "azblob://c/d/e?storage_account=x&anonymous=1", "s3://b/../../x", "S3://B//x/./y?endpoint=https://h:1/p",
		"s3://u:p@b", "s3://[::1]/x", "s3://b?%zz", "gs://b/%2e%2e/%00", "azblob://$root",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, location string) {
		scheme, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(location)), "://")
		if scheme != "s3" && scheme != "gs" && scheme != "azblob" {
			return // a folder
		}
		store, err := library.OpenURL(location)
		if err != nil {
			return
		}
		defer func() { _ = store.Close() }()
		name := store.String()
		again, err := library.OpenURL(name)
		if err != nil {
			t.Fatalf("%q opens as %q, which does not: %v", location, name, err)
		}
		defer func() { _ = again.Close() }()
		if again.String() != name {
			t.Errorf("%q becomes %q and then %q", location, name, again)
		}
		if u, err := url.Parse(name); err != nil || u.User != nil {
			t.Errorf("%q names itself %q", location, name)
		}
	})
}
