package main

import (
	"context"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/library"
)

// bucketFlags are the keys to a bucket.
type bucketFlags struct {
	BucketKeyID      string `name:"bucket-key-id" env:"BUCKET_KEY_ID" placeholder:"ID" help:"The id of the access key to the bucket, or the name of an Azure account. Without it the surroundings are asked, as the tools of the clouds do: the variables AWS_…, the role of the machine."`
	BucketSecretFile string `env:"BUCKET_SECRET_FILE" placeholder:"FILE" help:"A file with the secret of that key, the key of a Google service account, or the key of an Azure account; or BUCKET_SECRET is it."`
	BucketRegion     string `env:"BUCKET_REGION" placeholder:"NAME" help:"The region of an s3:// bucket."`
	BucketEndpoint   string `env:"BUCKET_ENDPOINT" placeholder:"URL" help:"The address of a service that speaks S3 and is not Amazon's."`
}

func (f *bucketFlags) credentials(ctx context.Context, c *console) (library.Credentials, error) {
	text, err := c.given(ctx, secret{what: "secret of the bucket", env: "BUCKET_SECRET", file: f.BucketSecretFile})
	return library.Credentials{KeyID: f.BucketKeyID, Secret: text, Region: f.BucketRegion, Endpoint: f.BucketEndpoint}, err
}

// telemetryFlags say where telemetry files are.
type telemetryFlags struct {
	TelemetryURL []string `name:"telemetry-url" env:"TELEMETRY_URL" sep:"," placeholder:"URL" help:"Where the .ibt files are: a folder, s3://bucket/path, gs://bucket/path or azblob://container/path. May be given more than once; in the variable, with commas between."`
	bucketFlags
}

// settleFlags say when a file is read.
type settleFlags struct {
	Settle time.Duration `env:"TELEMETRY_SETTLE" default:"1m" placeholder:"TIME" help:"For how long a file must not have changed before it is read, as iRacing writes to it while you drive."`
}
