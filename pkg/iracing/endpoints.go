package iracing

// endpoints is the table from which the client checks requests, the cache knows how long to keep answers, the explorer and
// the documentation list what there is, and the metrics take their labels.
var endpoints = []Endpoint{
	{
		Path: "/data/car/assets", Delivery: Link, Class: Reference,
		About: "pictures, logo and rule texts of every car, by car_id",
	},
	{
		Path: "/data/car/get", Delivery: Link, Class: Reference,
		About: "every car with its name, power, weight and categories: names for car_id",
	},
	{
		Path: "/data/carclass/get", Delivery: Link, Class: Reference,
		About: "the car classes and the cars in each: names and legends for races of several classes",
	},
	{
		Path: "/data/constants/categories", Delivery: Inline, Class: Constant,
		About: "the racing categories: names for category_id",
	},
	{
		Path: "/data/constants/divisions", Delivery: Inline, Class: Constant,
		About: "the divisions of a season: names for division",
	},
	{
		Path: "/data/constants/event_types", Delivery: Inline, Class: Constant,
		About: "the kinds of event, from practice to race: names for event_type",
	},
	{
		Path: "/data/driver_stats_by_category/dirt_oval", Delivery: LinkCSV, Class: Bulk,
		About: "every dirt oval driver with ratings and totals: where a rating stands in the world; a file of many megabytes",
	},
	{
		Path: "/data/driver_stats_by_category/dirt_road", Delivery: LinkCSV, Class: Bulk,
		About: "every dirt road driver with ratings and totals: where a rating stands in the world; a file of many megabytes",
	},
	{
		Path: "/data/driver_stats_by_category/formula_car", Delivery: LinkCSV, Class: Bulk,
		About: "every formula car driver with ratings and totals: where a rating stands in the world; a file of many megabytes",
	},
	{
		Path: "/data/driver_stats_by_category/oval", Delivery: LinkCSV, Class: Bulk,
		About: "every oval driver with ratings and totals: where a rating stands in the world; a file of many megabytes",
	},
	{
		Path: "/data/driver_stats_by_category/road", Delivery: LinkCSV, Class: Bulk,
		About: "every driver of the old road category, which ended when it was split into sports and formula cars",
	},
	{
		Path: "/data/driver_stats_by_category/sports_car", Delivery: LinkCSV, Class: Bulk,
		About: "every sports car driver with ratings and totals: where a rating stands in the world; a file of many megabytes",
	},
	{
		Path: "/data/hosted/combined_sessions", Delivery: Link, Class: Volatile, Own: true,
		Params: []Param{{Name: "package_id", Type: Int}},
		About:  "hosted sessions that can be joined or watched now, and league sessions to come",
	},
	{
		Path: "/data/hosted/sessions", Delivery: Link, Class: Volatile, asker: true,
		About: "hosted sessions that can be joined now",
	},
	{
		Path: "/data/league/cust_league_sessions", Delivery: Link, Class: Volatile, Own: true,
		Params: []Param{{Name: "mine", Type: Bool}, {Name: "package_id", Type: Int}},
		About:  "the next sessions of the account's leagues; mine=true leaves those it created itself",
	},
	{
		Path: "/data/league/directory", Delivery: Link, Class: Slow, asker: true,
		Params: []Param{{Name: "search", Type: String}, {Name: "tag", Type: String}, {Name: "restrict_to_member", Type: Bool}, {Name: "restrict_to_recruiting", Type: Bool}, {Name: "restrict_to_friends", Type: Bool}, {Name: "restrict_to_watched", Type: Bool}, {Name: "minimum_roster_count", Type: Int}, {Name: "maximum_roster_count", Type: Int}, {Name: "lowerbound", Type: Int}, {Name: "upperbound", Type: Int}, {Name: "sort", Type: String}, {Name: "order", Type: String}},
		About:  "find leagues by name, tag or size, page by page: lowerbound and upperbound count from 1",
	},
	{
		Path: "/data/league/get", Delivery: Link, Class: Slow, asker: true,
		Params: []Param{{Name: "league_id", Type: Int, Required: true}, {Name: "include_licenses", Type: Bool}},
		About:  "a league: its owner, settings and members",
	},
	{
		Path: "/data/league/get_points_systems", Delivery: Link, Class: Slow, asker: true,
		Params: []Param{{Name: "league_id", Type: Int, Required: true}, {Name: "season_id", Type: Int}},
		About:  "how a league gives points",
	},
	{
		Path: "/data/league/membership", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "cust_id", Type: Int}, {Name: "include_league", Type: Bool}},
		About:  "the leagues a member is in",
	},
	{
		Path: "/data/league/roster", Delivery: DataURL, Class: Slow, asker: true,
		Params: []Param{{Name: "league_id", Type: Int, Required: true}, {Name: "include_licenses", Type: Bool}},
		About:  "the members of a league, with their licences on request",
	},
	{
		Path: "/data/league/season_sessions", Delivery: Link, Class: Slow, asker: true,
		Params: []Param{{Name: "league_id", Type: Int, Required: true}, {Name: "season_id", Type: Int, Required: true}, {Name: "results_only", Type: Bool}},
		About:  "the calendar of a league season with tracks and winners; results_only=true leaves out what is still to come",
	},
	{
		Path: "/data/league/season_standings", Delivery: Link, Class: Slow, asker: true,
		Params: []Param{{Name: "league_id", Type: Int, Required: true}, {Name: "season_id", Type: Int, Required: true}, {Name: "car_class_id", Type: Int}, {Name: "car_id", Type: Int}},
		About:  "the championship table of a league season",
	},
	{
		Path: "/data/league/seasons", Delivery: Link, Class: Slow, asker: true,
		Params: []Param{{Name: "league_id", Type: Int, Required: true}, {Name: "retired", Type: Bool}},
		About:  "the seasons of a league; retired=true adds those that are closed",
	},
	{
		Path: "/data/lookup/countries", Delivery: Link, Class: Constant,
		About: "the countries: names for country_code",
	},
	{
		Path: "/data/lookup/current_season", Delivery: Link, Class: Reference,
		About: "the year and quarter of the season that is running",
	},
	{
		Path: "/data/lookup/drivers", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "search_term", Type: String, Required: true}, {Name: "league_id", Type: Int}},
		About:  "find members by a part of their name, to get their customer ids",
	},
	{
		Path: "/data/lookup/flairs", Delivery: Link, Class: Constant,
		About: "the flairs that drivers wear, mostly countries: names for flair_id",
	},
	{
		Path: "/data/lookup/get", Delivery: Link, Class: Constant,
		Params: []Param{{Name: "lookups", Type: Tags}},
		About:  "lists of names and values, such as licence levels with their colours; lookups=licenselevels=licenselevels",
	},
	{
		Path: "/data/lookup/licenses", Delivery: Link, Class: Constant,
		About: "the licence classes: levels, colours, and what a promotion takes",
	},
	{
		Path: "/data/member/award_instances", Delivery: DataURL, Class: Slow,
		Params: []Param{{Name: "cust_id", Type: Int}, {Name: "award_id", Type: Int, Required: true}},
		About:  "every time a member won one award",
	},
	{
		Path: "/data/member/awards", Delivery: DataURL, Class: Slow,
		Params: []Param{{Name: "cust_id", Type: Int}},
		About:  "a member's awards, with the progress towards those not yet won",
	},
	{
		Path: "/data/member/chart_data", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "cust_id", Type: Int}, {Name: "category_id", Type: Int, Required: true}, {Name: "chart_type", Type: Int, Required: true}},
		About:  "the history of iRating (chart_type 1), time trial rating (2) or safety rating (3) in one category, a value for each day it changed",
	},
	{
		Path: "/data/member/get", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "cust_ids", Type: Ints, Required: true}, {Name: "include_licenses", Type: Bool}},
		About:  "names, and on request licences and ratings, of several members at once",
	},
	{
		Path: "/data/member/info", Delivery: Link, Class: Slow, Own: true,
		About: "the account itself: licences, safety ratings, iRatings and owned content; private",
	},
	{
		Path: "/data/member/participation_credits", Delivery: Link, Class: Slow, Own: true,
		About: "how far the account is on the way to this season's participation credits",
	},
	{
		Path: "/data/member/profile", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "cust_id", Type: Int}},
		About:  "a member's licences now and last season, recent events and awards, and days of activity",
	},
	{
		Path: "/data/results/event_log", Delivery: LinkChunks, Class: Final,
		Params: []Param{{Name: "subsession_id", Type: Int, Required: true}, {Name: "simsession_number", Type: Int, Required: true}},
		About:  "penalties, cautions and lead changes of a session in the order they happened",
	},
	{
		Path: "/data/results/get", Delivery: Link, Class: Final,
		Params: []Param{{Name: "subsession_id", Type: Int, Required: true}, {Name: "include_licenses", Type: Bool}},
		About:  "the whole result of a race: classification, ratings before and after, incidents, weather and splits",
	},
	{
		Path: "/data/results/lap_chart_data", Delivery: LinkChunks, Class: Final,
		Params: []Param{{Name: "subsession_id", Type: Int, Required: true}, {Name: "simsession_number", Type: Int, Required: true}},
		About:  "every lap of every car with its position: race traces, gaps and stints",
	},
	{
		Path: "/data/results/lap_data", Delivery: LinkChunks, Class: Final,
		Params: []Param{{Name: "subsession_id", Type: Int, Required: true}, {Name: "simsession_number", Type: Int, Required: true}, {Name: "cust_id", Type: Int}, {Name: "team_id", Type: Int}},
		About:  "every lap of one driver (cust_id) or of one team (team_id)",
	},
	{
		Path: "/data/results/search_hosted", Delivery: InlineChunks, Class: Window,
		Params: []Param{{Name: "start_range_begin", Type: Time}, {Name: "start_range_end", Type: Time}, {Name: "finish_range_begin", Type: Time}, {Name: "finish_range_end", Type: Time}, {Name: "cust_id", Type: Int}, {Name: "team_id", Type: Int}, {Name: "host_cust_id", Type: Int}, {Name: "session_name", Type: String}, {Name: "league_id", Type: Int}, {Name: "league_season_id", Type: Int}, {Name: "car_id", Type: Int}, {Name: "track_id", Type: Int}, {Name: "category_ids", Type: Ints}},
		About:  "find hosted and league races of a driver, team or host within 90 days",
	},
	{
		Path: "/data/results/search_series", Delivery: InlineChunks, Class: Window,
		Params: []Param{{Name: "season_year", Type: Int}, {Name: "season_quarter", Type: Int}, {Name: "start_range_begin", Type: Time}, {Name: "start_range_end", Type: Time}, {Name: "finish_range_begin", Type: Time}, {Name: "finish_range_end", Type: Time}, {Name: "cust_id", Type: Int}, {Name: "team_id", Type: Int}, {Name: "series_id", Type: Int}, {Name: "race_week_num", Type: Int}, {Name: "official_only", Type: Bool}, {Name: "event_types", Type: Ints}, {Name: "category_ids", Type: Ints}},
		About:  "find official races: a driver's own history, or all of a series' season or week",
	},
	{
		Path: "/data/results/season_results", Delivery: Link, Class: Window,
		Params: []Param{{Name: "season_id", Type: Int, Required: true}, {Name: "event_type", Type: Int}, {Name: "race_week_num", Type: Int}},
		About:  "all sessions of a season with strength of field and entries: splits and participation",
	},
	{
		Path: "/data/season/list", Delivery: Link, Class: Reference,
		Params: []Param{{Name: "season_year", Type: Int, Required: true}, {Name: "season_quarter", Type: Int, Required: true}},
		About:  "all seasons of a year's quarter: names for season_id",
	},
	{
		Path: "/data/season/race_guide", Delivery: Link, Class: Volatile,
		Params: []Param{{Name: "from", Type: Time}, {Name: "include_end_after_from", Type: Bool}},
		About:  "official sessions that start within three hours, with the number of entries",
	},
	{
		Path: "/data/season/spectator_subsessionids", Delivery: Link, Class: Volatile,
		Params: []Param{{Name: "event_types", Type: Ints}},
		About:  "the sessions that can be watched now",
	},
	{
		Path: "/data/season/spectator_subsessionids_detail", Delivery: Link, Class: Volatile,
		Params: []Param{{Name: "event_types", Type: Ints}, {Name: "season_ids", Type: Ints}},
		About:  "the sessions that can be watched now, with season, week and start",
	},
	{
		Path: "/data/series/assets", Delivery: Link, Class: Reference,
		About: "logo and texts of every series, by series_id",
	},
	{
		Path: "/data/series/get", Delivery: Link, Class: Reference,
		About: "every series with its licence rules and field sizes: names for series_id",
	},
	{
		Path: "/data/series/past_seasons", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "series_id", Type: Int, Required: true}},
		About:  "all seasons a series has had",
	},
	{
		Path: "/data/series/season_list", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "include_series", Type: Bool}, {Name: "season_year", Type: Int}, {Name: "season_quarter", Type: Int}},
		About:  "the running seasons with this week's track and the number of members registered",
	},
	{
		Path: "/data/series/season_schedule", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "season_id", Type: Int, Required: true}},
		About:  "the weeks of one season: tracks, race times and weather",
	},
	{
		Path: "/data/series/seasons", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "include_series", Type: Bool}, {Name: "season_year", Type: Int}, {Name: "season_quarter", Type: Int}},
		About:  "the running seasons with all their weeks; several megabytes, where series/season_list is often enough",
	},
	{
		Path: "/data/series/stats_series", Delivery: Link, Class: Reference,
		About: "every series with every season since the beginning; large",
	},
	{
		Path: "/data/session/reg_drivers_list", Delivery: Link, Class: Volatile,
		Params: []Param{{Name: "subsession_id", Type: Int, Required: true}},
		About:  "who is registered in a session that has not ended, with ratings and car",
	},
	{
		Path: "/data/stats/member_bests", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "cust_id", Type: Int}, {Name: "car_id", Type: Int}},
		About:  "a driver's best official lap on each track in one car; without car_id it lists the cars driven",
	},
	{
		Path: "/data/stats/member_career", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "cust_id", Type: Int}},
		About:  "a driver's totals by category: starts, wins, poles, laps",
	},
	{
		Path: "/data/stats/member_division", Delivery: Link, Class: Slow, Own: true,
		Params: []Param{{Name: "season_id", Type: Int, Required: true}, {Name: "event_type", Type: Int, Required: true}},
		About:  "the account's own division in a season",
	},
	{
		Path: "/data/stats/member_recap", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "cust_id", Type: Int}, {Name: "year", Type: Int}, {Name: "season", Type: Int}},
		About:  "a driver's year or quarter in numbers, with favourite car and track",
	},
	{
		Path: "/data/stats/member_recent_races", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "cust_id", Type: Int}},
		About:  "a driver's last ten official races with the ratings before and after each",
	},
	{
		Path: "/data/stats/member_summary", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "cust_id", Type: Int}},
		About:  "how many official and league sessions a driver took part in and won this year",
	},
	{
		Path: "/data/stats/member_yearly", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "cust_id", Type: Int}},
		About:  "a driver's totals by year and category",
	},
	{
		Path: "/data/stats/season_driver_standings", Delivery: LinkChunks, Class: Slow, asker: true,
		Params: []Param{{Name: "season_id", Type: Int, Required: true}, {Name: "car_class_id", Type: Int, Required: true}, {Name: "division", Type: Int}, {Name: "race_week_num", Type: Int}},
		About:  "the championship table of a season or of one of its weeks",
	},
	{
		Path: "/data/stats/season_qualify_results", Delivery: LinkChunks, Class: Slow, asker: true,
		Params: []Param{{Name: "season_id", Type: Int, Required: true}, {Name: "car_class_id", Type: Int, Required: true}, {Name: "race_week_num", Type: Int, Required: true}, {Name: "division", Type: Int}},
		About:  "the fastest qualifying laps of a week: how a lap compares with everybody's",
	},
	{
		Path: "/data/stats/season_supersession_standings", Delivery: LinkChunks, Class: Slow, asker: true,
		Params: []Param{{Name: "season_id", Type: Int, Required: true}, {Name: "car_class_id", Type: Int, Required: true}, {Name: "division", Type: Int}, {Name: "race_week_num", Type: Int}},
		About:  "the championship table of a season of super sessions",
	},
	{
		Path: "/data/stats/season_team_standings", Delivery: LinkChunks, Class: Slow, asker: true,
		Params: []Param{{Name: "season_id", Type: Int, Required: true}, {Name: "car_class_id", Type: Int, Required: true}, {Name: "race_week_num", Type: Int}},
		About:  "the team championship of a season, with the drivers and cars of each team",
	},
	{
		Path: "/data/stats/season_tt_results", Delivery: LinkChunks, Class: Slow, asker: true,
		Params: []Param{{Name: "season_id", Type: Int, Required: true}, {Name: "car_class_id", Type: Int, Required: true}, {Name: "race_week_num", Type: Int, Required: true}, {Name: "division", Type: Int}},
		About:  "the time trial results of a week",
	},
	{
		Path: "/data/stats/season_tt_standings", Delivery: LinkChunks, Class: Slow, asker: true,
		Params: []Param{{Name: "season_id", Type: Int, Required: true}, {Name: "car_class_id", Type: Int, Required: true}, {Name: "division", Type: Int}, {Name: "race_week_num", Type: Int}},
		About:  "the time trial championship of a season",
	},
	{
		Path: "/data/stats/world_records", Delivery: LinkData, Class: Slow,
		Params: []Param{{Name: "car_id", Type: Int, Required: true}, {Name: "track_id", Type: Int, Required: true}, {Name: "season_year", Type: Int}, {Name: "season_quarter", Type: Int}},
		About:  "the best laps of everybody in one car on one track, in practice, qualifying, time trial and race",
	},
	{
		Path: "/data/team/get", Delivery: Link, Class: Slow, asker: true,
		Params: []Param{{Name: "team_id", Type: Int, Required: true}, {Name: "include_licenses", Type: Bool}},
		About:  "a team: its owner and members",
	},
	{
		Path: "/data/team/membership", Delivery: Link, Class: Slow, Own: true,
		About: "the teams the account is in",
	},
	{
		Path: "/data/time_attack/member_season_results", Delivery: Link, Class: Slow, Own: true,
		Params: []Param{{Name: "ta_comp_season_id", Type: Int, Required: true}},
		About:  "the account's own results in a season of a time attack competition",
	},
	{
		Path: "/data/track/assets", Delivery: Link, Class: Reference,
		About: "map drawings, pictures and texts of every track, by track_id",
	},
	{
		Path: "/data/track/get", Delivery: Link, Class: Reference,
		About: "every track and layout with length, corners, place and time zone: names for track_id",
	},
	{
		Path: "/public/status", Delivery: Inline, Class: Volatile, URL: statusURL,
		About: "iRacing's own status page: which services and server farms work, and maintenance to come; needs no sign-in",
	},
	{
		Path: "/public/time_attack/index", Delivery: Inline, Class: Slow, URL: timeAttackURL + scheduleIndex,
		About: "the name of the file that holds the time attack competitions; needs no sign-in",
	},
	{
		Path: "/public/time_attack/schedule", Delivery: Inline, Class: Reference, URL: timeAttackURL + "{file}.json",
		Params: []Param{{Name: "file", Type: File, Required: true}},
		About:  "the time attack competitions with their seasons, cars and tracks; file is named by public/time_attack/index; needs no sign-in",
	},
}
