// Package models holds what is saved in Grafana: the settings of a data source and the queries of its panels. It is the
// one definition of both; src/models.gen.ts is made from it.
package models

// Settings are the data source's jsonData.
type Settings struct {
	// TelemetryURL is where the .ibt files are: a folder's path or a file:// URL.
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
}

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
}

// Units is a system of units.
type Units string

// The systems of units.
const (
	UnitsMetric   Units = "metric"   // km/h, litres, °C
	UnitsImperial Units = "imperial" // mph, gallons, °F
)

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
