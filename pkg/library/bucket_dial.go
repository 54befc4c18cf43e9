package library

import (
	"context"
	"errors"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	gcstorage "cloud.google.com/go/storage"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	azobject "github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/googleapis/gax-go/v2"
	"gocloud.dev/blob"
	"gocloud.dev/blob/azureblob"
	"gocloud.dev/blob/gcsblob"
	"gocloud.dev/blob/s3blob"
	"gocloud.dev/gcp"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
	"google.golang.org/api/option"
)

// A request is tried this often by a cloud's own library, with at most so much time in between.
const (
	cloudTries   = 3
	cloudBackoff = 2 * time.Second
)

// defaultRegion is where a bucket is looked for whose region nobody has told; the service then tells that it is not there.
const defaultRegion = "us-east-1"

func dialS3(ctx context.Context, at *address, c *Credentials, client *http.Client) (*blob.Bucket, error) {
	options := []func(*config.LoadOptions) error{
		config.WithRetryer(func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts, o.MaxBackoff = cloudTries, at.backoff })
		}),
		// What only speaks S3's language may not know the newer sums, and TLS keeps the bytes whole.
		config.WithRequestChecksumCalculation(aws.RequestChecksumCalculationWhenRequired),
		config.WithResponseChecksumValidation(aws.ResponseChecksumValidationWhenRequired),
		config.WithDefaultRegion(defaultRegion),
	}
	if c.HTTP != nil || os.Getenv("AWS_CA_BUNDLE") == "" {
		options = append(options, config.WithHTTPClient(client)) // else the library makes one that trusts the bundle
	}
	if at.region != "" {
		options = append(options, config.WithRegion(at.region))
	}
	switch {
	case at.anonymous:
		options = append(options, config.WithCredentialsProvider(aws.AnonymousCredentials{}))
	case c.KeyID != "" || c.Secret != "":
		if c.KeyID == "" || c.Secret == "" {
			return nil, &BucketError{Bucket: at.String(), Reason: "an access key has two parts, its id and its secret, and only one of them is set"}
		}
		options = append(options, config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(c.KeyID, c.Secret, "")))
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, err
	}
	return s3blob.OpenBucket(ctx, s3.NewFromConfig(cfg, func(o *s3.Options) {
		if at.endpoint != "" {
			o.BaseEndpoint, o.UsePathStyle = &at.endpoint, true
		}
	}), at.bucket, &s3blob.Options{RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired})
}

const gcsScope = "https://www.googleapis.com/auth/devstorage.read_write"

func dialGCS(ctx context.Context, at *address, c *Credentials, client *http.Client) (*blob.Bucket, error) {
	transport := client.Transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	// Tokens are fetched through the same client, and long after ctx has ended.
	tokens := context.WithValue(context.WithoutCancel(ctx), oauth2.HTTPClient, client)
	var signed *gcp.HTTPClient
	switch {
	case at.anonymous:
		signed = gcp.NewAnonymousHTTPClient(transport)
	case c.Secret != "":
		key, err := google.JWTConfigFromJSON([]byte(c.Secret), gcsScope)
		if err != nil {
			return nil, &BucketError{Bucket: at.String(), Reason: "the secret is not the JSON of a service account's key, as the console hands it out", Err: err}
		}
		if signed, err = gcp.NewHTTPClient(transport, key.TokenSource(tokens)); err != nil {
			return nil, err
		}
	default:
		found, err := google.FindDefaultCredentials(tokens, gcsScope)
		if err != nil {
			return nil, errNoCredentials
		}
		if signed, err = gcp.NewHTTPClient(transport, found.TokenSource); err != nil {
			return nil, err
		}
	}
	options := &gcsblob.Options{}
	if at.endpoint != "" {
		options.ClientOptions = append(options.ClientOptions, option.WithEndpoint(at.endpoint+"/storage/v1/"))
	}
	b, err := gcsblob.OpenBucket(ctx, signed, at.bucket, options)
	if err != nil {
		return nil, err
	}
	var storage *gcstorage.Client
	if b.As(&storage) {
		// It would else try until the context ends.
		storage.SetRetry(gcstorage.WithMaxAttempts(cloudTries), gcstorage.WithBackoff(gax.Backoff{
			Initial: at.backoff / 10, Max: at.backoff, Multiplier: 2,
		}))
	}
	return b, nil
}

func dialAzure(ctx context.Context, at *address, c *Credentials, client *http.Client) (*blob.Bucket, error) {
	account, secret := at.account, c.Secret
	if account == "" {
		account = os.Getenv("AZURE_STORAGE_ACCOUNT")
	}
	if secret == "" && c.KeyID == "" {
		if secret = os.Getenv("AZURE_STORAGE_KEY"); secret == "" {
			secret = os.Getenv("AZURE_STORAGE_SAS_TOKEN")
		}
	}
	service := at.endpoint
	if service == "" {
		if !bucketName.MatchString(account) {
			return nil, &BucketError{Bucket: at.String(), Reason: "the name of its storage account is not set"}
		}
		service = "https://" + account + ".blob.core.windows.net"
	}
	url := service + "/" + at.bucket
	options := &container.ClientOptions{ClientOptions: policy.ClientOptions{
		Transport: client,
		Retry:     policy.RetryOptions{MaxRetries: cloudTries - 1, RetryDelay: at.backoff / 10, MaxRetryDelay: at.backoff},
	}}
	var containerClient *container.Client
	var err error
	switch signature := strings.TrimPrefix(secret, "?"); {
	case at.anonymous:
		containerClient, err = container.NewClientWithNoCredential(url, options)
	case strings.Contains(signature, "sig="):
		containerClient, err = container.NewClientWithNoCredential(url+"?"+signature, options)
	case secret != "":
		var key *azblob.SharedKeyCredential
		if key, err = azblob.NewSharedKeyCredential(account, secret); err != nil {
			return nil, &BucketError{Bucket: at.String(), Reason: "the secret is neither an account's key nor a SAS token"}
		}
		containerClient, err = container.NewClientWithSharedKeyCredential(url, key, options)
	default:
		var found *azidentity.DefaultAzureCredential
		found, err = azidentity.NewDefaultAzureCredential(&azidentity.DefaultAzureCredentialOptions{ClientOptions: options.ClientOptions})
		if err != nil {
			return nil, errNoCredentials
		}
		containerClient, err = container.NewClient(url, found, options)
	}
	if err != nil {
		return nil, err
	}
	return azureblob.OpenBucket(ctx, containerClient, nil)
}

// errNoCredentials says that a cloud's library has found no credentials where it looks for them.
var errNoCredentials = errors.New("no credentials were found")

// objectMark is what changes with the content of an object that is being read, and the offset at which the answer begins.
func objectMark(r *blob.Reader) (mark string, begin int64) {
	var fromS3 s3.GetObjectOutput
	var fromGCS *gcstorage.Reader
	var fromAzure azobject.DownloadStreamResponse
	switch {
	case r.As(&fromS3):
		return aws.ToString(fromS3.ETag), rangeBegin(fromS3.ContentRange)
	case r.As(&fromAzure):
		if fromAzure.ETag != nil {
			mark = string(*fromAzure.ETag)
		}
		return mark, rangeBegin(fromAzure.ContentRange)
	case r.As(&fromGCS):
		return strconv.FormatInt(fromGCS.Attrs.Generation, 10), fromGCS.Attrs.StartOffset
	}
	return r.ModTime().String(), 0
}

// rangeBegin reads the offset of a Content-Range such as bytes 10-14/27. An answer without one holds the whole object.
func rangeBegin(header *string) int64 {
	text, _, _ := strings.Cut(strings.TrimPrefix(aws.ToString(header), "bytes "), "-")
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
