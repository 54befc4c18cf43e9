package library

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Credentials are for a bucket. What is empty comes from where the cloud's own tools look: variables, files, and the
// machine's role.
type Credentials struct {
	// KeyID is the access key's id (s3://) or the storage account's name (azblob://).
	KeyID string
	// Secret is the secret access key (s3://), the JSON of a service account's key (gs://), or the account's key or a SAS
	// token (azblob://).
	Secret string
	// Region is where an s3:// bucket is.
	Region string
	// Endpoint is the address of a service other than the cloud's own, such as https://minio.example.com:9000.
	Endpoint string
	// HTTP makes the requests; nil means a client of its own.
	HTTP *http.Client
}

// OpenURL opens the store that a URL names: a folder as a path or as a file:// URL, or a bucket, or the part of one below a
// prefix, as
//
//	s3://bucket/prefix?region=eu-west-1    Amazon S3 and what speaks its language
//	gs://bucket/prefix                     Google Cloud Storage
//	azblob://container/prefix?storage_account=name    Azure Blob Storage
//
// endpoint=https://… names a service other than the cloud's own, and anonymous=true a bucket that everybody may read. A
// bucket is not connected to yet. Errors are worded for the person who names the place and tell no secret.
func OpenURL(location string, with ...Credentials) (Store, error) {
	if !isBucket(location) {
		return openFolder(location)
	}
	var c Credentials
	if len(with) > 0 {
		c = with[0]
	}
	return openBucket(location, c)
}

// bucketSchemes are those that name a bucket.
var bucketSchemes = []string{"s3", "gs", "azblob"}

func isBucket(location string) bool {
	scheme, _, found := strings.Cut(strings.TrimSpace(location), "://")
	return found && slices.Contains(bucketSchemes, strings.ToLower(scheme))
}

// address is where a bucket is.
type address struct {
	scheme    string
	bucket    string
	prefix    string // "" or with a slash at its end
	region    string
	endpoint  string
	account   string // azblob
	anonymous bool
	backoff   time.Duration // at most, until a request is tried again
}

var bucketName = regexp.MustCompile(`^[a-zA-Z0-9$][a-zA-Z0-9._-]{0,221}$`)

// parseAddress reads the URL of a bucket. Its parameters go before the credentials'.
func parseAddress(location string, c *Credentials) (*address, error) {
	u, err := url.Parse(strings.TrimSpace(location))
	if err != nil {
		// The error repeats the address, in which somebody may have put a key.
		return nil, errors.New("the address of the telemetry bucket is not one; it looks like s3://bucket/folder")
	}
	a := &address{scheme: strings.ToLower(u.Scheme), bucket: u.Host, region: c.Region, endpoint: c.Endpoint, backoff: cloudBackoff}
	if a.scheme == "azblob" {
		a.account = c.KeyID
	}
	switch {
	case u.User != nil:
		return nil, errors.New("keys do not belong into the address of the telemetry bucket; they are given apart from it")
	case a.bucket == "":
		return nil, fmt.Errorf("the address of the telemetry bucket names none; it looks like %s://bucket/folder", a.scheme)
	case !bucketName.MatchString(a.bucket):
		return nil, fmt.Errorf("%.80q is no name of a bucket", a.bucket)
	}
	if p := strings.Trim(path.Clean("/"+u.Path), "/"); p != "" {
		if !plainName(p) {
			return nil, errors.New("what follows the name of the telemetry bucket cannot be a folder in it")
		}
		a.prefix = p + "/"
	}
	params, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, errors.New("what follows the question mark in the address of the telemetry bucket cannot be read")
	}
	for name, values := range params {
		value := values[len(values)-1]
		switch {
		case name == "region" && a.scheme == "s3":
			a.region = value
		case name == "endpoint":
			a.endpoint = value
		case name == "storage_account" && a.scheme == "azblob":
			a.account = value
		case name == "anonymous":
			if a.anonymous, err = strconv.ParseBool(value); err != nil {
				return nil, fmt.Errorf("anonymous is true or false, not %.20q", value)
			}
		default:
			return nil, fmt.Errorf("the address of a telemetry bucket has no parameter %.40q; it may have %s", name, a.parameters())
		}
	}
	if a.endpoint != "" {
		e, err := url.Parse(a.endpoint)
		if err != nil || e.Scheme != "http" && e.Scheme != "https" || e.Host == "" || e.User != nil || e.RawQuery != "" {
			return nil, errors.New("the endpoint of the telemetry bucket is no address such as https://minio.example.com:9000")
		}
		a.endpoint = strings.TrimRight(a.endpoint, "/")
	}
	return a, nil
}

func (a *address) parameters() string {
	switch a.scheme {
	case "s3":
		return "region, endpoint and anonymous"
	case "azblob":
		return "storage_account, endpoint and anonymous"
	}
	return "endpoint and anonymous"
}

// String is the address without what only tells how to get there, but with what tells two buckets of the same name apart.
func (a *address) String() string {
	s := a.scheme + "://" + a.bucket
	if a.prefix != "" {
		s += (&url.URL{Path: "/" + strings.TrimSuffix(a.prefix, "/")}).EscapedPath()
	}
	q := url.Values{}
	if a.endpoint != "" {
		q.Set("endpoint", a.endpoint)
	}
	if a.account != "" {
		q.Set("storage_account", a.account)
	}
	if len(q) > 0 {
		s += "?" + q.Encode()
	}
	return s
}
