// Package models holds what is saved in Grafana: the settings of a data source and the queries of its panels. It is the
// one definition of both; src/models.gen.ts is made from it.
package models

// Settings are the data source's jsonData.
type Settings struct {
	// TelemetryURL is where the .ibt files are: a folder's path, a file:// URL, or a bucket's (s3://, gs://, azblob://).
	TelemetryURL string `json:"telemetryUrl,omitempty"`
	// Units are the units that speeds, distances and volumes are shown in; empty means metric.
	Units Units `json:"units,omitempty"`
	// SignIn is how the data source signs in to iRacing; empty means not at all.
	SignIn SignIn `json:"signIn,omitempty"`
	// ClientID is the OAuth client's id.
	ClientID string `json:"clientId,omitempty"`
	// Username is the account's e-mail address, for a sign-in with a password.
	Username string `json:"username,omitempty"`
	// CustID is the customer id of the own driver; empty means the account that signs in.
	CustID ID `json:"custId,omitempty"`
	// ShowNames shows other drivers by their names. Without it they are pseudonyms, as iRacing wants their consent.
	ShowNames bool `json:"showNames,omitempty"`
	// ResultsURL is where results exported from the member site are: a folder's path or a file:// URL.
	ResultsURL string `json:"resultsUrl,omitempty"`
	// RequestsPerSecond is the ceiling of requests to iRacing; 0 means 2.
	RequestsPerSecond float64 `json:"requestsPerSecond,omitempty"`
	// APIURL, OAuthURL and PublicURL are addresses of a stand-in for iRacing; empty means iRacing's own.
	APIURL string `json:"apiUrl,omitempty"`
	// OAuthURL is the address of the OAuth service.
	OAuthURL string `json:"oauthUrl,omitempty"`
	// PublicURL is the address of the public files.
	PublicURL string `json:"publicUrl,omitempty"`
	// DatabaseHost is the host of a PostgreSQL, with or without a port; empty means there is no database.
	DatabaseHost string `json:"databaseHost,omitempty"`
	// DatabaseName is the database's name; empty means iracing.
	DatabaseName string `json:"databaseName,omitempty"`
	// DatabaseUser is whom to sign in as; empty means iracing.
	DatabaseUser string `json:"databaseUser,omitempty"`
	// DatabaseTLS is how far the connection is secured; empty means verify-full.
	DatabaseTLS DatabaseTLS `json:"databaseTls,omitempty"`
	// DatabaseCA is the certificate of the authority that signed the server's, as a PEM text; empty means those that the
	// system trusts.
	DatabaseCA string `json:"databaseCa,omitempty"`
	// BucketKeyID is the id of the access key to the bucket of TelemetryURL, or the name of an Azure account. Empty means
	// what the surroundings of the process offer, such as the role of a machine.
	BucketKeyID string `json:"bucketKeyId,omitempty"`
	// BucketRegion is the bucket's region, for s3://.
	BucketRegion string `json:"bucketRegion,omitempty"`
	// BucketEndpoint is the address of a service that speaks S3 and is not Amazon's.
	BucketEndpoint string `json:"bucketEndpoint,omitempty"`
	// Uploads lets editors upload .ibt files, which are kept in the database.
	Uploads bool `json:"uploads,omitempty"`
	// UploadFileMB bounds one uploaded file, in MiB; 0 means 512.
	UploadFileMB float64 `json:"uploadFileMB,omitempty"`
	// UploadTotalMB bounds all uploaded files together, in MiB; 0 means 20480.
	UploadTotalMB float64 `json:"uploadTotalMB,omitempty"`
}

// DatabaseTLS is how far the connection to the database is secured.
type DatabaseTLS string

// The TLS modes of the database, by the names that PostgreSQL gives them.
const (
	DatabaseTLSDisable    DatabaseTLS = "disable"     // not at all
	DatabaseTLSRequire    DatabaseTLS = "require"     // encrypted, with whom is not looked at
	DatabaseTLSVerifyCA   DatabaseTLS = "verify-ca"   // and the certificate is signed by the authority
	DatabaseTLSVerifyFull DatabaseTLS = "verify-full" // and made out to the host's name
)

// SignIn is a way to sign in to iRacing.
type SignIn string

// The ways to sign in.
const (
	SignInNone     SignIn = "none"     // not at all: telemetry, imported results and public files
	SignInPassword SignIn = "password" // client id and secret, e-mail and password (password_limited)
	SignInRefresh  SignIn = "refresh"  // client id and a refresh token, which collector login gets
	SignInAccess   SignIn = "access"   // an access token; it lasts about ten minutes
)

// Secrets are the names of the data source's secureJsonData.
type Secrets struct {
	// ClientSecret is the OAuth client's secret, if it has one.
	ClientSecret string `json:"clientSecret,omitempty"`
	// Password is the account's.
	Password string `json:"password,omitempty"`
	// RefreshToken is the one that a sign-in in the browser gave.
	RefreshToken string `json:"refreshToken,omitempty"`
	// AccessToken is a pasted one.
	AccessToken string `json:"accessToken,omitempty"`
	// DatabasePassword is that of the database's user.
	DatabasePassword string `json:"databasePassword,omitempty"`
	// TokenKey encrypts the tokens in the database. All who share a sign-in have the same one; without it the tokens are
	// kept outside of the database.
	TokenKey string `json:"tokenKey,omitempty"`
	// BucketSecret is the secret of the access key to the bucket, or the key of an Azure account.
	BucketSecret string `json:"bucketSecret,omitempty"`
}

// Units is a system of units.
type Units string

// The systems of units.
const (
	UnitsMetric   Units = "metric"   // km/h, litres, °C
	UnitsImperial Units = "imperial" // mph, gallons, °F
)

// Upload is a telemetry file that is kept in the database, or on its way there.
type Upload struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Size and Received are in bytes.
	Size     int64 `json:"size"`
	Received int64 `json:"received"`
	// Done tells that the file is whole and can be queried.
	Done bool `json:"done"`
	// Started is when it was begun, in RFC 3339.
	Started string `json:"started,omitempty"`
}

// NewUpload begins an upload. A file that was begun before with the same name and content goes on where it stopped.
type NewUpload struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
	// SHA256 is the digest of the whole file, in hexadecimal digits.
	SHA256 string `json:"sha256"`
}

// Option is one entry of an editor's pick list.
type Option struct {
	Value       string `json:"value"`
	Label       string `json:"label"`
	Description string `json:"description,omitempty"`
}

// PickKind names a pick list of the editors and variables.
type PickKind string

// The pick lists; each is a resource of that name.
const (
	PickSessions PickKind = "sessions"
	PickLaps     PickKind = "laps"
	PickChannels PickKind = "channels"

	PickDrivers       PickKind = "drivers"       // by a search for a name
	PickCategories    PickKind = "categories"    // of licences
	PickSeries        PickKind = "series"        // official ones
	PickSeasons       PickKind = "seasons"       // of one series, or all that run
	PickWeeks         PickKind = "weeks"         // of one season
	PickSubsessions   PickKind = "subsessions"   // the own races of the last 90 days, and imported ones
	PickCars          PickKind = "cars"          // all of iRacing's
	PickCarClasses    PickKind = "carClasses"    // of one season, or all
	PickClasses       PickKind = "classes"       // of one subsession
	PickEntrants      PickKind = "entrants"      // the drivers of one subsession
	PickTracks        PickKind = "tracks"        // all of iRacing's, with their layouts
	PickLeagues       PickKind = "leagues"       // the own ones
	PickLeagueSeasons PickKind = "leagueSeasons" // of one league
	PickTeams         PickKind = "teams"         // the own ones
	PickEndpoints     PickKind = "endpoints"     // of the /data API
)

// VariableQuery is a dashboard variable's query: one pick list.
type VariableQuery struct {
	// Kind names the pick list.
	Kind PickKind `json:"kind"`
	// Session is a session's id or the word latest, for laps and channels.
	Session string `json:"session,omitempty"`
	// Search is what drivers are searched for, or a text that the others must contain.
	Search string `json:"search,omitempty"`
	// Of is the id of what the entries belong to: the series of seasons, the season of weeks and car classes, the
	// subsession of classes and entrants, the league of league seasons.
	Of ID `json:"of,omitempty"`
}
