package library

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	"gocloud.dev/gcerrors"
	"golang.org/x/oauth2"
	"google.golang.org/api/googleapi"
)

// BucketError is why a bucket cannot be read or written. Its text says what to do and holds no secret, unlike the errors of
// the clouds' libraries, which repeat addresses that may be signed.
type BucketError struct {
	Bucket    string
	Reason    string
	Temporary bool // it may be over without anybody changing settings
	Err       error
}

func (e *BucketError) Error() string {
	return "the bucket " + e.Bucket + " cannot be used: " + e.Reason
}

func (e *BucketError) Unwrap() error { return e.Err }

// explain words what a cloud's library says. A context that has ended stays what it is.
func (b *bucket) explain(ctx context.Context, err error) error {
	if own, ok := errors.AsType[*BucketError](err); ok {
		return own
	}
	if errors.Is(err, fs.ErrClosed) {
		return fs.ErrClosed
	}
	if ctx.Err() != nil && !errors.Is(context.Cause(ctx), errIdle) {
		return ctx.Err()
	}
	reason, temporary := explain(err)
	return &BucketError{Bucket: b.at.String(), Reason: reason, Temporary: temporary, Err: err}
}

// explanations are by the codes of S3, Google and Azure, as they come with an answer.
var explanations = map[string]string{
	"NoSuchBucket":                       "there is none of that name; check it, and the region or endpoint",
	"ContainerNotFound":                  "there is no container of that name in the storage account",
	"ContainerBeingDeleted":              "the container is being deleted",
	"NoSuchKey":                          "the file is not there any more",
	"BlobNotFound":                       "the file is not there any more",
	"AccessDenied":                       "access is denied; the key or role needs the rights to list it and to read objects",
	"AllAccessDisabled":                  "all access to it is disabled",
	"AuthorizationFailure":               "access is denied; the key or role needs the rights to list it and to read objects",
	"AuthorizationPermissionMismatch":    "access is denied; the identity needs the role Storage Blob Data Reader",
	"AuthenticationFailed":               "the account's key or SAS token is wrong or has expired",
	"NoAuthenticationInformation":        "it is not public, and no credentials are set",
	"PublicAccessNotPermitted":           "it is not public, and no credentials are set",
	"InvalidAccessKeyId":                 "the id of the access key is not known there",
	"SignatureDoesNotMatch":              "the secret does not belong to the access key",
	"InvalidToken":                       "the session token of the credentials is wrong",
	"ExpiredToken":                       "the credentials have expired",
	"RequestTimeTooSkewed":               "the clock of this machine is wrong; set it",
	"PermanentRedirect":                  "it is in another region; set the region",
	"AuthorizationHeaderMalformed":       "it is in another region; set the region",
	"IllegalLocationConstraintException": "it is in another region; set the region",
	"InvalidObjectState":                 "the file is in an archive and must be restored first",
	"BlobArchived":                       "the file is in an archive and must be restored first",
	"AccountIsDisabled":                  "the storage account is disabled",
}

const (
	busyBucket = "the service is overloaded or out of order; it is tried again"
	noAnswer   = "nobody answers; check the endpoint and the network"
)

// explain says what an error means for the person who configures the bucket.
func explain(err error) (reason string, temporary bool) {
	code, status := answered(err)
	if reason, ok := explanations[code]; ok {
		return reason, false
	}
	switch {
	case status == http.StatusMovedPermanently || status == http.StatusTemporaryRedirect:
		return explanations["PermanentRedirect"], false
	case status == http.StatusUnauthorized:
		return "the credentials are wrong or not set", false
	case status == http.StatusForbidden:
		return explanations["AccessDenied"], false
	case status == http.StatusNotFound:
		return "there is no such bucket or file; check the name, and the region or endpoint", false
	case status == http.StatusTooManyRequests || status >= 500:
		return busyBucket, true
	case status >= 400:
		return "the service refuses with status " + http.StatusText(status), false
	}
	return unanswered(err)
}

// answered is the code and status with which a service refused; 0 if it did not.
func answered(err error) (code string, status int) {
	if http, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		status = http.HTTPStatusCode()
	}
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		code = api.ErrorCode()
	}
	if google, ok := errors.AsType[*googleapi.Error](err); ok {
		status = google.Code
	}
	if azure, ok := errors.AsType[*azcore.ResponseError](err); ok {
		code, status = azure.ErrorCode, azure.StatusCode
	}
	if status == 0 && gcerrors.Code(err) == gcerrors.NotFound {
		status = http.StatusNotFound
	}
	return code, status
}

// unanswered says why there is no answer of the service.
func unanswered(err error) (reason string, temporary bool) {
	_, verification := errors.AsType[*tls.CertificateVerificationError](err)
	_, authority := errors.AsType[x509.UnknownAuthorityError](err)
	_, record := errors.AsType[tls.RecordHeaderError](err)
	_, azure := errors.AsType[*azidentity.AuthenticationFailedError](err)
	_, dns := errors.AsType[*net.DNSError](err)
	_, dial := errors.AsType[*net.OpError](err)
	retrieve, oauth := errors.AsType[*oauth2.RetrieveError](err)
	network, isNetwork := errors.AsType[net.Error](err)
	switch text := err.Error(); {
	case verification || authority:
		return "the certificate of the service cannot be trusted", false
	case record, errors.Is(err, http.ErrSchemeMismatch):
		return "the service does not speak TLS; the endpoint begins with http:// then", false
	case oauth && retrieve.Response != nil && retrieve.Response.StatusCode >= 500:
		return busyBucket, true
	case oauth:
		return "the service account's key is refused; it may have been deleted", false
	case azure || errors.Is(err, errNoCredentials), strings.Contains(text, "get credentials"), strings.Contains(text, "refresh cached credentials"),
		strings.Contains(text, "DefaultAzureCredential"):
		return "no credentials are set, and none were found on this machine", false
	case dns:
		return "its host is not known; check the endpoint, the region and the network", true
	case isNetwork && network.Timeout(), dial, errors.Is(err, context.DeadlineExceeded):
		return noAnswer, true
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "the connection broke off", true
	}
	return "the service does not answer as a bucket does; check the endpoint", false
}

// beyondEnd tells that a range begins behind the end of an object.
func beyondEnd(err error) bool {
	code, status := answered(err)
	return code == "InvalidRange" || status == http.StatusRequestedRangeNotSatisfiable
}
