package models

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// ID is the number by which iRacing knows a thing, or a word that stands for one. It may be written as a text or as a
// number; a dashboard variable arrives as a text.
type ID string

// UnmarshalJSON reads a text, a number or null.
func (id *ID) UnmarshalJSON(b []byte) error {
	var s string
	var n json.Number
	switch b = bytes.TrimSpace(b); {
	case bytes.Equal(b, []byte("null")):
	case json.Unmarshal(b, &s) == nil:
	case json.Unmarshal(b, &n) == nil:
		s = n.String()
	default:
		return fmt.Errorf("an id is a number or a text, which %.40s is not", b)
	}
	*id = ID(strings.TrimSpace(s))
	return nil
}

// Words that stand for an id.
const (
	DriverMe         = "me"      // the account's own driver
	SubsessionLatest = "latest"  // the own driver's newest official race, or an imported one that is newer
	SeasonCurrent    = "current" // of a league: the newest season that is not over
)

// Part names one of the sessions that make up a subsession.
type Part string

// The parts of a subsession.
const (
	PartRace     Part = "race"
	PartQualify  Part = "qualify"
	PartPractice Part = "practice"
)

// Category is one of iRacing's licence categories.
type Category string

// The categories. Road is the one that was split into sports car and formula car in 2024; its history is kept.
const (
	CategoryOval       Category = "oval"
	CategoryRoad       Category = "road"
	CategoryDirtOval   Category = "dirt_oval"
	CategoryDirtRoad   Category = "dirt_road"
	CategorySportsCar  Category = "sports_car"
	CategoryFormulaCar Category = "formula_car"
)

// RaceHistoryQuery lists a driver's races within the dashboard's time range, newest first; as time series it is ready
// for alerts.
type RaceHistoryQuery struct {
	// Driver is a customer id or the word me; empty means me.
	Driver ID `json:"driver,omitempty"`
	// Category keeps the races of one category; empty keeps all.
	Category Category `json:"category,omitempty"`
	// Series keeps the races of one series, by its id; empty keeps all.
	Series ID `json:"series,omitempty"`
	// Car keeps the races in cars whose name contains this text; empty keeps all.
	Car string `json:"car,omitempty"`
	// Track keeps the races on tracks whose name contains this text; empty keeps all.
	Track string `json:"track,omitempty"`
	// Hosted adds hosted and league races.
	Hosted bool `json:"hosted,omitempty"`
	// As is the shape of the answer; empty means a table.
	As HistoryShape `json:"as,omitempty"`
	// Ratings is for how many of the newest races the rating changes are looked up, which takes one request each the
	// first time; 0 means 25.
	Ratings int `json:"ratings,omitempty"`
}

// HistoryShape is the shape of a race history.
type HistoryShape string

// The shapes of a race history.
const (
	HistoryTable       HistoryShape = "table"       // a row a race
	HistorySeries      HistoryShape = "series"      // time series: finish, incidents, rating change and more at the time of each race
	HistoryAnnotations HistoryShape = "annotations" // each race as an event from its start to its end
)

// RaceResultsQuery is the classification of one part of a subsession.
type RaceResultsQuery struct {
	// Subsession is a subsession id or the word latest; empty means latest.
	Subsession ID `json:"subsession,omitempty"`
	// Part is the race, the qualifying or the practice; empty means the race.
	Part Part `json:"part,omitempty"`
	// Class keeps one car class, by its id or name; empty keeps all.
	Class string `json:"class,omitempty"`
	// View is what is told of it; empty means the classification.
	View ResultsView `json:"view,omitempty"`
}

// ResultsView is what a results query tells.
type ResultsView string

// The views of results.
const (
	ResultsRows    ResultsView = "rows"    // the classification, a row a car
	ResultsSummary ResultsView = "summary" // one row about the race: strength of field, splits, weather, own finish
	ResultsDrivers ResultsView = "drivers" // the drivers of a team race, a row each
	ResultsSplits  ResultsView = "splits"  // the splits of the same start
)

// LapChartQuery is the position of each car at the end of each lap.
type LapChartQuery struct {
	// Subsession is a subsession id or the word latest; empty means latest.
	Subsession ID `json:"subsession,omitempty"`
	// Part is the race, the qualifying or the practice; empty means the race.
	Part Part `json:"part,omitempty"`
	// Class keeps one car class, by its id or name; positions are then within it. Empty keeps all.
	Class string `json:"class,omitempty"`
	// Drivers keeps these drivers by customer id, or the word me; none keeps all.
	Drivers StringList `json:"drivers,omitempty"`
	// Top keeps the first cars of the classification and the own one; 0 keeps all.
	Top int `json:"top,omitempty"`
}

// GapChartQuery is the gap of each car at the end of each lap.
type GapChartQuery struct {
	// Subsession is a subsession id or the word latest; empty means latest.
	Subsession ID `json:"subsession,omitempty"`
	// Part is the race, the qualifying or the practice; empty means the race.
	Part Part `json:"part,omitempty"`
	// Class keeps one car class, by its id or name; its first car is then the leader. Empty keeps all.
	Class string `json:"class,omitempty"`
	// Drivers keeps these drivers by customer id, or the word me; none keeps all.
	Drivers StringList `json:"drivers,omitempty"`
	// Top keeps the first cars of the classification and the own one; 0 keeps all.
	Top int `json:"top,omitempty"`
	// To is what the gap is measured to; empty means the leader.
	To GapTo `json:"to,omitempty"`
	// Driver is the one that gaps are measured to with to=driver: a customer id or the word me; empty means me.
	Driver ID `json:"driver,omitempty"`
}

// GapTo is what gaps are measured to.
type GapTo string

// What gaps are measured to.
const (
	GapToLeader GapTo = "leader" // who leads at the end of that lap
	GapToDriver GapTo = "driver" // one driver
	GapToPace   GapTo = "pace"   // a car that drives every lap at the winner's average: the race trace
)

// RaceLapsQuery is the laps that drivers drove.
type RaceLapsQuery struct {
	// Subsession is a subsession id or the word latest; empty means latest.
	Subsession ID `json:"subsession,omitempty"`
	// Part is the race, the qualifying or the practice; empty means the race.
	Part Part `json:"part,omitempty"`
	// Drivers keeps these drivers by customer id, or the word me; none means me in a table and all in a chart.
	Drivers StringList `json:"drivers,omitempty"`
	// Class keeps one car class, by its id or name; empty keeps all.
	Class string `json:"class,omitempty"`
	// Top keeps the first cars of the classification and the own one; 0 keeps all.
	Top int `json:"top,omitempty"`
	// Clean keeps clean racing laps only: no pit stop, incident, black flag or tow.
	Clean bool `json:"clean,omitempty"`
	// As is the shape of the answer; empty means a table.
	As LapsShape `json:"as,omitempty"`
}

// LapsShape is the shape of a race's laps.
type LapsShape string

// The shapes of a race's laps.
const (
	LapsTable LapsShape = "table" // a row a lap
	LapsChart LapsShape = "chart" // lap times in milliseconds over the lap number, a field a driver
)

// PaceRankingQuery compares the clean laps of all drivers: quartiles, consistency, best.
type PaceRankingQuery struct {
	// Subsession is a subsession id or the word latest; empty means latest.
	Subsession ID `json:"subsession,omitempty"`
	// Part is the race, the qualifying or the practice; empty means the race.
	Part Part `json:"part,omitempty"`
	// Class keeps one car class, by its id or name; empty keeps all.
	Class string `json:"class,omitempty"`
}

// EventLogQuery is what happened in a race: penalties, cautions, lead changes.
type EventLogQuery struct {
	// Subsession is a subsession id or the word latest; empty means latest.
	Subsession ID `json:"subsession,omitempty"`
	// Part is the race, the qualifying or the practice; empty means the race.
	Part Part `json:"part,omitempty"`
	// Events keeps these kinds of events; none keeps all.
	Events []EventKind `json:"events,omitempty"`
	// As is the shape of the answer; empty means a table.
	As EventShape `json:"as,omitempty"`
}

// EventKind is a kind of event in a race.
type EventKind string

// The kinds of events.
const (
	EventPenalty    EventKind = "penalty"
	EventCaution    EventKind = "caution"
	EventLeadChange EventKind = "leadChange"
	EventOther      EventKind = "other"
)

// EventShape is the shape of an event log.
type EventShape string

// The shapes of an event log.
const (
	EventTable       EventShape = "table"       // a row an event
	EventLogs        EventShape = "logs"        // lines of a log
	EventAnnotations EventShape = "annotations" // events on the time axis, cautions with their end
)

// RatingHistoryQuery is how a driver's ratings moved within the dashboard's time range.
type RatingHistoryQuery struct {
	// Driver is a customer id or the word me; empty means me.
	Driver ID `json:"driver,omitempty"`
	// Rating is which one; empty means iRating.
	Rating Rating `json:"rating,omitempty"`
	// Categories are the ones to show; none means all that hold points. Road is the history before the split.
	Categories []Category `json:"categories,omitempty"`
	// View is what is told of it; empty means the history.
	View RatingView `json:"view,omitempty"`
}

// Rating is one of the ratings of a driver.
type Rating string

// The ratings.
const (
	RatingIRating Rating = "irating"
	RatingSafety  Rating = "safety"
	RatingTT      Rating = "tt" // of time trials
)

// RatingView is what a rating query tells.
type RatingView string

// The views of ratings.
const (
	RatingSeries  RatingView = "history" // time series, a field a category
	RatingCurrent RatingView = "current" // the licences as they are now, a row a category
)

// IRatingEstimateQuery estimates the iRating changes of a race by the community's formula, against what they were.
type IRatingEstimateQuery struct {
	// Subsession is a subsession id or the word latest; empty means latest. With view=entries it is a race to come.
	Subsession ID `json:"subsession,omitempty"`
	// Class keeps one car class, by its id or name; empty keeps all.
	Class string `json:"class,omitempty"`
	// View is what is told of it; empty means all drivers.
	View EstimateView `json:"view,omitempty"`
	// Driver is the one of the what-if curve: a customer id or the word me; empty means me.
	Driver ID `json:"driver,omitempty"`
}

// EstimateView is what an estimate tells.
type EstimateView string

// The views of an estimate.
const (
	EstimateDrivers EstimateView = "drivers" // a row a driver: estimate, actual, residual
	EstimateWhatIf  EstimateView = "whatIf"  // the change of one driver over the finishing position
	EstimateEntries EstimateView = "entries" // the same curve from the entry list of a race that has not begun
)

// CareerQuery is a driver's totals.
type CareerQuery struct {
	// Driver is a customer id or the word me; empty means me.
	Driver ID `json:"driver,omitempty"`
	// By is what the totals are split by; empty means category.
	By CareerBy `json:"by,omitempty"`
	// Category keeps one category; empty keeps all.
	Category Category `json:"category,omitempty"`
}

// CareerBy is what totals are split by.
type CareerBy string

// What totals are split by.
const (
	CareerByCategory CareerBy = "category"
	CareerByYear     CareerBy = "year"
	CareerRecap      CareerBy = "recap" // the year of the dashboard's time range: favourite car and track, averages
	CareerBests      CareerBy = "bests" // the best lap on each track
)

// PerCarQuery adds a driver's races within the dashboard's time range up by car, PerTrackQuery by track.
type PerCarQuery struct {
	// Driver is a customer id or the word me; empty means me.
	Driver ID `json:"driver,omitempty"`
	// Category keeps one category; empty keeps all.
	Category Category `json:"category,omitempty"`
	// Hosted adds hosted and league races.
	Hosted bool `json:"hosted,omitempty"`
}

// PerTrackQuery adds a driver's races within the dashboard's time range up by track.
type PerTrackQuery struct {
	// Driver is a customer id or the word me; empty means me.
	Driver ID `json:"driver,omitempty"`
	// Category keeps one category; empty keeps all.
	Category Category `json:"category,omitempty"`
	// Hosted adds hosted and league races.
	Hosted bool `json:"hosted,omitempty"`
}

// HeadToHeadQuery compares two drivers over the races within the dashboard's time range that both drove.
type HeadToHeadQuery struct {
	// Driver is a customer id or the word me; empty means me.
	Driver ID `json:"driver,omitempty"`
	// Rival is a customer id.
	Rival ID `json:"rival,omitempty"`
	// View is what is told of it; empty means the meetings.
	View DuelView `json:"view,omitempty"`
	// Hosted adds hosted and league races.
	Hosted bool `json:"hosted,omitempty"`
}

// DuelView is what a comparison of two drivers tells.
type DuelView string

// The views of a comparison.
const (
	DuelMeetings DuelView = "meetings" // a row a race
	DuelSummary  DuelView = "summary"  // one row: share ahead, average difference
	DuelScore    DuelView = "score"    // the running score, a time series
)

// StandingsQuery is a championship table.
type StandingsQuery struct {
	// Season is a season id.
	Season ID `json:"season,omitempty"`
	// Class is a car class id; empty means the season's first.
	Class ID `json:"class,omitempty"`
	// Of is the kind of championship; empty means drivers.
	Of StandingsOf `json:"of,omitempty"`
	// Division keeps one division, 1 to 10, or rookie; empty keeps all.
	Division ID `json:"division,omitempty"`
	// Week is a race week from 1; empty means the whole season.
	Week ID `json:"week,omitempty"`
	// Around keeps so many rows before and after the own one, besides the first three; 0 keeps all, at most 1,000.
	Around int `json:"around,omitempty"`
	// Driver is the one of the weekly table: a customer id or the word me; empty means me.
	Driver ID `json:"driver,omitempty"`
	// View is what is told of it; empty means the table.
	View StandingsView `json:"view,omitempty"`
}

// StandingsOf is a kind of championship.
type StandingsOf string

// The kinds of championships.
const (
	StandingsDrivers      StandingsOf = "drivers"
	StandingsSupersession StandingsOf = "supersession"
	StandingsTeams        StandingsOf = "teams"
	StandingsTimeTrial    StandingsOf = "timeTrial"
	StandingsTTResults    StandingsOf = "timeTrialResults"  // of one week
	StandingsQualify      StandingsOf = "qualifyingResults" // of one week
)

// StandingsView is what a championship query tells.
type StandingsView string

// The views of a championship.
const (
	StandingsTable StandingsView = "table" // a row a competitor
	StandingsWeeks StandingsView = "weeks" // a row a week of one driver: points, races, whether it counts or is dropped
)

// SeasonResultsQuery is the races of a season: splits, strength of field, when they are full.
type SeasonResultsQuery struct {
	// Season is a season id.
	Season ID `json:"season,omitempty"`
	// Week is a race week from 1; empty means all.
	Week ID `json:"week,omitempty"`
	// View is what is told of it; empty means the list.
	View SeasonView `json:"view,omitempty"`
}

// SeasonView is what a season query tells.
type SeasonView string

// The views of a season's races.
const (
	SeasonRaces SeasonView = "races" // a row a subsession, with its split
	SeasonHours SeasonView = "hours" // by weekday and hour: entries, splits, strength of field
	SeasonWeeks SeasonView = "weeks" // by week: participation
)

// ScheduleQuery is what is raced when.
type ScheduleQuery struct {
	// View is what is told; empty means this week.
	View ScheduleView `json:"view,omitempty"`
	// Series keeps series whose name contains this text, or one by its id; empty keeps all.
	Series string `json:"series,omitempty"`
	// Season is a season id, for view=season.
	Season ID `json:"season,omitempty"`
	// Category keeps one category; empty keeps all.
	Category Category `json:"category,omitempty"`
}

// ScheduleView is what a schedule tells.
type ScheduleView string

// The views of a schedule.
const (
	ScheduleWeek       ScheduleView = "week"       // all running seasons: this week's track, participation
	ScheduleSeason     ScheduleView = "season"     // the weeks of one season: track, weather
	ScheduleGuide      ScheduleView = "guide"      // the official sessions of the next three hours
	ScheduleTimeAttack ScheduleView = "timeAttack" // the public time attack competitions; needs no account
)

// LeaderboardQuery is the fastest laps of a car on a track, and where a driver stands among them.
type LeaderboardQuery struct {
	// Car is a car id.
	Car ID `json:"car,omitempty"`
	// Track is a track id, which includes its layout.
	Track ID `json:"track,omitempty"`
	// Year and Quarter keep the laps of one season; empty keeps all times.
	Year ID `json:"year,omitempty"`
	// Quarter is 1 to 4.
	Quarter ID `json:"quarter,omitempty"`
	// Event is which laps count; empty means race laps.
	Event LeaderboardEvent `json:"event,omitempty"`
	// Driver is the one to find: a customer id or the word me; empty means me.
	Driver ID `json:"driver,omitempty"`
	// View is what is told; empty means the rows.
	View LeaderboardView `json:"view,omitempty"`
	// Top is how many of the fastest rows are listed; 0 means 100.
	Top int `json:"top,omitempty"`
}

// LeaderboardEvent is the kind of session that a lap of a leaderboard was driven in.
type LeaderboardEvent string

// The kinds of sessions of a leaderboard.
const (
	LeaderboardRace      LeaderboardEvent = "race"
	LeaderboardQualify   LeaderboardEvent = "qualify"
	LeaderboardTimeTrial LeaderboardEvent = "timeTrial"
	LeaderboardPractice  LeaderboardEvent = "practice"
)

// LeaderboardView is what a leaderboard tells.
type LeaderboardView string

// The views of a leaderboard.
const (
	LeaderboardRows    LeaderboardView = "rows"    // the fastest and the own row
	LeaderboardSummary LeaderboardView = "summary" // one row: own time, rank, percentile, ratio to the record
	LeaderboardSpread  LeaderboardView = "spread"  // how many drivers are how fast
)

// LeagueQuery is one league.
type LeagueQuery struct {
	// League is a league id.
	League ID `json:"league,omitempty"`
	// View is what is told; empty means the standings.
	View LeagueView `json:"view,omitempty"`
	// Season is a league season id or the word current; empty means current.
	Season ID `json:"season,omitempty"`
	// Class keeps one car class, by its id; empty keeps all.
	Class ID `json:"class,omitempty"`
	// Search is what the directory is searched for.
	Search string `json:"search,omitempty"`
}

// LeagueView is what a league query tells.
type LeagueView string

// The views of a league.
const (
	LeagueStandings LeagueView = "standings"
	LeagueTeams     LeagueView = "teams" // the team standings
	LeagueSessions  LeagueView = "sessions"
	LeagueRoster    LeagueView = "roster"
	LeagueSeasons   LeagueView = "seasons"
	LeaguePoints    LeagueView = "points"    // the points systems
	LeagueMine      LeagueView = "mine"      // the leagues of the own account
	LeagueDirectory LeagueView = "directory" // leagues to be found
)

// TeamQuery is one team.
type TeamQuery struct {
	// Team is a team id.
	Team ID `json:"team,omitempty"`
	// View is what is told; empty means the roster.
	View TeamView `json:"view,omitempty"`
}

// TeamView is what a team query tells.
type TeamView string

// The views of a team.
const (
	TeamRoster TeamView = "roster"
	TeamRaces  TeamView = "races" // the team's races within the dashboard's time range
	TeamMine   TeamView = "mine"  // the teams of the own account
)

// LiveSessionsQuery is what goes on right now.
type LiveSessionsQuery struct {
	// View is what is told; empty means the official sessions.
	View LiveView `json:"view,omitempty"`
	// Subsession is the one whose entries are listed.
	Subsession ID `json:"subsession,omitempty"`
	// Season keeps one season, by its id; empty keeps all.
	Season ID `json:"season,omitempty"`
}

// LiveView is what a query of live sessions tells.
type LiveView string

// The views of live sessions.
const (
	LiveOfficial LiveView = "official" // official sessions that can be watched
	LiveHosted   LiveView = "hosted"   // hosted sessions that can be joined
	LiveLeague   LiveView = "league"   // sessions of the own leagues
	LiveEntries  LiveView = "entries"  // who is registered in one subsession, with ratings
)

// ServiceStatusQuery is how iRacing's services are; it needs no account.
type ServiceStatusQuery struct {
	// Service keeps services whose name contains this text; empty keeps all.
	Service string `json:"service,omitempty"`
	// View is what is told; empty means how they are now.
	View StatusView `json:"view,omitempty"`
}

// StatusView is what a query of the service status tells.
type StatusView string

// The views of the service status.
const (
	StatusNow     StatusView = "now"     // a row a service
	StatusHistory StatusView = "history" // the measurements of the last minutes, a time series a service
)

// EndpointQuery is any endpoint of the /data API as a table.
type EndpointQuery struct {
	// Path is the endpoint's, such as /data/results/get.
	Path string `json:"path,omitempty"`
	// Params are its parameters.
	Params []EndpointParam `json:"params,omitempty"`
	// Rows is the path of the list whose items become rows, with dots: session_results.results. Empty finds one by itself.
	Rows string `json:"rows,omitempty"`
	// Columns keeps these columns, by name; none keeps all.
	Columns StringList `json:"columns,omitempty"`
	// Limit is how many rows are answered at most; 0 means 1,000.
	Limit int `json:"limit,omitempty"`
}

// EndpointParam is one parameter of an endpoint query.
type EndpointParam struct {
	// Name is the parameter's.
	Name string `json:"name"`
	// Value is its value; an empty one leaves the parameter out.
	Value string `json:"value"`
}
