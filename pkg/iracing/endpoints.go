package iracing

// endpoints is the table from which the client checks requests, the cache knows how long to keep answers, the explorer and
// the documentation list what there is, and the metrics take their labels.
var endpoints = []Endpoint{
	{
		Path: "/data/car/assets", Delivery: Link, Class: Reference,
		About: "car pictures, rule texts; map keyed by car_id string",
	},
	{
		Path: "/data/car/get", Delivery: Link, Class: Reference,
		About: "car_id -> name, hp, weight, categories; dimension table",
	},
	{
		Path: "/data/carclass/get", Delivery: Link, Class: Reference,
		About: "car_class_id -> cars; multiclass legends",
	},
	{
		Path: "/data/constants/categories", Delivery: Inline, Class: Constant,
		About: "category labels",
	},
	{
		Path: "/data/constants/divisions", Delivery: Inline, Class: Constant,
		About: "division labels (-1 ALL, 10 Rookie)",
	},
	{
		Path: "/data/constants/event_types", Delivery: Inline, Class: Constant,
		About: "2/3/4/5 labels",
	},
	{
		Path: "/data/driver_stats_by_category/dirt_oval", Delivery: LinkCSV, Class: Bulk,
		About: "same",
	},
	{
		Path: "/data/driver_stats_by_category/dirt_road", Delivery: LinkCSV, Class: Bulk,
		About: "same",
	},
	{
		Path: "/data/driver_stats_by_category/formula_car", Delivery: LinkCSV, Class: Bulk,
		About: "same",
	},
	{
		Path: "/data/driver_stats_by_category/oval", Delivery: LinkCSV, Class: Bulk,
		About: "world percentile of iRating/TT rating; whole membership, tens of MB - weekly at most, opt-in",
	},
	{
		Path: "/data/driver_stats_by_category/road", Delivery: LinkCSV, Class: Bulk,
		About: "legacy road category",
	},
	{
		Path: "/data/driver_stats_by_category/sports_car", Delivery: LinkCSV, Class: Bulk,
		About: "same",
	},
	{
		Path: "/data/hosted/combined_sessions", Delivery: Link, Class: Volatile, Own: true,
		Params: []Param{{Name: "package_id", Type: Int}},
		About: "open hosted + spectatable + pending league sessions",
	},
	{
		Path: "/data/hosted/sessions", Delivery: Link, Class: Volatile,
		About: "joinable hosted sessions now",
	},
	{
		Path: "/data/league/cust_league_sessions", Delivery: Link, Class: Volatile, Own: true,
		Params: []Param{{Name: "mine", Type: Bool}, {Name: "package_id", Type: Int}},
		About: "upcoming league sessions of the user (mine=true: created by him); package_id = content filter",
	},
	{
		Path: "/data/league/directory", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "search", Type: String}, {Name: "tag", Type: String}, {Name: "restrict_to_member", Type: Bool}, {Name: "restrict_to_recruiting", Type: Bool}, {Name: "restrict_to_friends", Type: Bool}, {Name: "restrict_to_watched", Type: Bool}, {Name: "minimum_roster_count", Type: Int}, {Name: "maximum_roster_count", Type: Int}, {Name: "lowerbound", Type: Int}, {Name: "upperbound", Type: Int}, {Name: "sort", Type: String}, {Name: "order", Type: String}},
		About: "league finder; paged with lowerbound/upperbound (1-based), row_count total; sort relevance/leaguename/displayname/rostercount (displayname = owner), order asc/desc",
	},
	{
		Path: "/data/league/get", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "league_id", Type: Int, Required: true}, {Name: "include_licenses", Type: Bool}},
		About: "league header + roster",
	},
	{
		Path: "/data/league/get_points_systems", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "league_id", Type: Int, Required: true}, {Name: "season_id", Type: Int}},
		About: "points systems",
	},
	{
		Path: "/data/league/membership", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "cust_id", Type: Int}, {Name: "include_league", Type: Bool}},
		About: "leagues of a member (include_league adds the league body)",
	},
	{
		Path: "/data/league/roster", Delivery: DataURL, Class: Slow,
		Params: []Param{{Name: "league_id", Type: Int, Required: true}, {Name: "include_licenses", Type: Bool}},
		About: "roster; body behind data_url",
	},
	{
		Path: "/data/league/season_sessions", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "league_id", Type: Int, Required: true}, {Name: "season_id", Type: Int, Required: true}, {Name: "results_only", Type: Bool}},
		About: "league calendar and winners; results_only=true drops future ones; subsession_id -> results/get",
	},
	{
		Path: "/data/league/season_standings", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "league_id", Type: Int, Required: true}, {Name: "season_id", Type: Int, Required: true}, {Name: "car_class_id", Type: Int}, {Name: "car_id", Type: Int}},
		About: "league championship table + two csv urls",
	},
	{
		Path: "/data/league/seasons", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "league_id", Type: Int, Required: true}, {Name: "retired", Type: Bool}},
		About: "league seasons; retired=true adds closed ones",
	},
	{
		Path: "/data/lookup/countries", Delivery: Link, Class: Constant,
		About: "country names",
	},
	{
		Path: "/data/lookup/current_season", Delivery: Link, Class: Reference,
		About: "current year/quarter (values tagged year / quarter). Not in the 2025-12-31 doc; added Jan 2026; flips at 00:00 UTC on a Tuesday in Mar/Jun/Sep/Dec",
	},
	{
		Path: "/data/lookup/drivers", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "search_term", Type: String, Required: true}, {Name: "league_id", Type: Int}},
		About: "name search -> cust_id (rows carry cust_id, display_name, profile_disabled); useful for a Grafana variable/config picker",
	},
	{
		Path: "/data/lookup/flairs", Delivery: Link, Class: Constant,
		About: "flair_id -> name, country code",
	},
	{
		Path: "/data/lookup/get", Delivery: Link, Class: Constant,
		Params: []Param{{Name: "lookups", Type: Tags}},
		About: "licence level names/colours, wind limits; REPEATED keys, not a comma list",
	},
	{
		Path: "/data/lookup/licenses", Delivery: Link, Class: Constant,
		About: "licence groups/levels/colours/promotion rules",
	},
	{
		Path: "/data/member/award_instances", Delivery: DataURL, Class: Slow,
		Params: []Param{{Name: "cust_id", Type: Int}, {Name: "award_id", Type: Int, Required: true}},
		About: "all grants of one award",
	},
	{
		Path: "/data/member/awards", Delivery: DataURL, Class: Slow,
		Params: []Param{{Name: "cust_id", Type: Int}},
		About: "award cabinet; body behind data_url",
	},
	{
		Path: "/data/member/chart_data", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "cust_id", Type: Int}, {Name: "category_id", Type: Int, Required: true}, {Name: "chart_type", Type: Int, Required: true}},
		About: "THE iRating / TT rating / SR history series (one value per day)",
	},
	{
		Path: "/data/member/get", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "cust_ids", Type: Ints, Required: true}, {Name: "include_licenses", Type: Bool}},
		About: "names + (include_licenses) current ratings for many members in one call; maximum list length not documented",
	},
	{
		Path: "/data/member/info", Delivery: Link, Class: Slow, Own: true,
		About: "own account, licences, owned content. PRIVATE data",
	},
	{
		Path: "/data/member/participation_credits", Delivery: Link, Class: Slow, Own: true,
		About: "credits progress this season",
	},
	{
		Path: "/data/member/profile", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "cust_id", Type: Int}},
		About: "licences now + previous season, recent events/awards, activity",
	},
	{
		Path: "/data/results/event_log", Delivery: LinkChunks, Class: Final,
		Params: []Param{{Name: "subsession_id", Type: Int, Required: true}, {Name: "simsession_number", Type: Int, Required: true}},
		About: "penalties, cautions, lead changes",
	},
	{
		Path: "/data/results/get", Delivery: Link, Class: Final,
		Params: []Param{{Name: "subsession_id", Type: Int, Required: true}, {Name: "include_licenses", Type: Bool}},
		About: "full classification, ratings before/after, weather, splits",
	},
	{
		Path: "/data/results/lap_chart_data", Delivery: LinkChunks, Class: Final,
		Params: []Param{{Name: "subsession_id", Type: Int, Required: true}, {Name: "simsession_number", Type: Int, Required: true}},
		About: "every lap of every car with position and gap: race trace",
	},
	{
		Path: "/data/results/lap_data", Delivery: LinkChunks, Class: Final,
		Params: []Param{{Name: "subsession_id", Type: Int, Required: true}, {Name: "simsession_number", Type: Int, Required: true}, {Name: "cust_id", Type: Int}, {Name: "team_id", Type: Int}},
		About: "laps of one driver (cust_id) or one team (team_id)",
	},
	{
		Path: "/data/results/search_hosted", Delivery: InlineChunks, Class: Window,
		Params: []Param{{Name: "start_range_begin", Type: Time}, {Name: "start_range_end", Type: Time}, {Name: "finish_range_begin", Type: Time}, {Name: "finish_range_end", Type: Time}, {Name: "cust_id", Type: Int}, {Name: "team_id", Type: Int}, {Name: "host_cust_id", Type: Int}, {Name: "session_name", Type: String}, {Name: "league_id", Type: Int}, {Name: "league_season_id", Type: Int}, {Name: "car_id", Type: Int}, {Name: "track_id", Type: Int}, {Name: "category_ids", Type: Ints}},
		About: "find hosted/league subsessions of a driver/team/host",
	},
	{
		Path: "/data/results/search_series", Delivery: InlineChunks, Class: Window,
		Params: []Param{{Name: "season_year", Type: Int}, {Name: "season_quarter", Type: Int}, {Name: "start_range_begin", Type: Time}, {Name: "start_range_end", Type: Time}, {Name: "finish_range_begin", Type: Time}, {Name: "finish_range_end", Type: Time}, {Name: "cust_id", Type: Int}, {Name: "team_id", Type: Int}, {Name: "series_id", Type: Int}, {Name: "race_week_num", Type: Int}, {Name: "official_only", Type: Bool}, {Name: "event_types", Type: Ints}, {Name: "category_ids", Type: Ints}},
		About: "find official subsessions (own history; series/week statistics)",
	},
	{
		Path: "/data/results/season_results", Delivery: Link, Class: Window,
		Params: []Param{{Name: "season_id", Type: Int, Required: true}, {Name: "event_type", Type: Int}, {Name: "race_week_num", Type: Int}},
		About: "all subsessions of a season (week/event type filter): SoF, splits, participation",
	},
	{
		Path: "/data/season/list", Delivery: Link, Class: Reference,
		Params: []Param{{Name: "season_year", Type: Int, Required: true}, {Name: "season_quarter", Type: Int, Required: true}},
		About: "season ids of a quarter",
	},
	{
		Path: "/data/season/race_guide", Delivery: Link, Class: Volatile,
		Params: []Param{{Name: "from", Type: Time}, {Name: "include_end_after_from", Type: Bool}},
		About: "next 3 h of official sessions, registered count",
	},
	{
		Path: "/data/season/spectator_subsessionids", Delivery: Link, Class: Volatile,
		Params: []Param{{Name: "event_types", Type: Ints}},
		About: "ids of sessions live now",
	},
	{
		Path: "/data/season/spectator_subsessionids_detail", Delivery: Link, Class: Volatile,
		Params: []Param{{Name: "event_types", Type: Ints}, {Name: "season_ids", Type: Ints}},
		About: "live sessions with season/week/start",
	},
	{
		Path: "/data/series/assets", Delivery: Link, Class: Reference,
		About: "series logo, copy; map keyed by series_id",
	},
	{
		Path: "/data/series/get", Delivery: Link, Class: Reference,
		About: "series dimension: licence rules, min/max starters",
	},
	{
		Path: "/data/series/past_seasons", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "series_id", Type: Int, Required: true}},
		About: "all seasons of a series",
	},
	{
		Path: "/data/series/season_list", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "include_series", Type: Bool}, {Name: "season_year", Type: Int}, {Name: "season_quarter", Type: Int}},
		About: "current seasons light: this week track, participation (reg_user_count)",
	},
	{
		Path: "/data/series/season_schedule", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "season_id", Type: Int, Required: true}},
		About: "12-week schedule of one season with weather summary",
	},
	{
		Path: "/data/series/seasons", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "include_series", Type: Bool}, {Name: "season_year", Type: Int}, {Name: "season_quarter", Type: Int}},
		About: "current seasons with full 12-week schedules (about 7 MB) - prefer season_list",
	},
	{
		Path: "/data/series/stats_series", Delivery: Link, Class: Reference,
		About: "all series with all seasons and tracks since 2008 (large)",
	},
	{
		Path: "/data/session/reg_drivers_list", Delivery: Link, Class: Volatile,
		Params: []Param{{Name: "subsession_id", Type: Int, Required: true}},
		About: "who is registered in a live subsession: iR/SR/car",
	},
	{
		Path: "/data/stats/member_bests", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "cust_id", Type: Int}, {Name: "car_id", Type: Int}},
		About: "best lap per track for one car; first call without car_id lists cars_driven. Official sessions only",
	},
	{
		Path: "/data/stats/member_career", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "cust_id", Type: Int}},
		About: "career totals per category",
	},
	{
		Path: "/data/stats/member_division", Delivery: Link, Class: Slow, Own: true,
		Params: []Param{{Name: "season_id", Type: Int, Required: true}, {Name: "event_type", Type: Int, Required: true}},
		About: "own division in a season",
	},
	{
		Path: "/data/stats/member_recap", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "cust_id", Type: Int}, {Name: "year", Type: Int}, {Name: "season", Type: Int}},
		About: "year or quarter recap",
	},
	{
		Path: "/data/stats/member_recent_races", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "cust_id", Type: Int}},
		About: "last 10 official races with iR/SR before/after",
	},
	{
		Path: "/data/stats/member_summary", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "cust_id", Type: Int}},
		About: "counts of official/league sessions and wins this year",
	},
	{
		Path: "/data/stats/member_yearly", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "cust_id", Type: Int}},
		About: "totals per year and category",
	},
	{
		Path: "/data/stats/season_driver_standings", Delivery: LinkChunks, Class: Slow,
		Params: []Param{{Name: "season_id", Type: Int, Required: true}, {Name: "car_class_id", Type: Int, Required: true}, {Name: "division", Type: Int}, {Name: "race_week_num", Type: Int}},
		About: "championship table; race_week_num omitted/-1 = whole season",
	},
	{
		Path: "/data/stats/season_qualify_results", Delivery: LinkChunks, Class: Slow,
		Params: []Param{{Name: "season_id", Type: Int, Required: true}, {Name: "car_class_id", Type: Int, Required: true}, {Name: "race_week_num", Type: Int, Required: true}, {Name: "division", Type: Int}},
		About: "fastest qualifying laps of a week: pace percentile",
	},
	{
		Path: "/data/stats/season_supersession_standings", Delivery: LinkChunks, Class: Slow,
		Params: []Param{{Name: "season_id", Type: Int, Required: true}, {Name: "car_class_id", Type: Int, Required: true}, {Name: "division", Type: Int}, {Name: "race_week_num", Type: Int}},
		About: "super-session championships",
	},
	{
		Path: "/data/stats/season_team_standings", Delivery: LinkChunks, Class: Slow,
		Params: []Param{{Name: "season_id", Type: Int, Required: true}, {Name: "car_class_id", Type: Int, Required: true}, {Name: "race_week_num", Type: Int}},
		About: "team championships (rows hold drivers[], cars[])",
	},
	{
		Path: "/data/stats/season_tt_results", Delivery: LinkChunks, Class: Slow,
		Params: []Param{{Name: "season_id", Type: Int, Required: true}, {Name: "car_class_id", Type: Int, Required: true}, {Name: "race_week_num", Type: Int, Required: true}, {Name: "division", Type: Int}},
		About: "time-trial result of a week (best_nlaps_time)",
	},
	{
		Path: "/data/stats/season_tt_standings", Delivery: LinkChunks, Class: Slow,
		Params: []Param{{Name: "season_id", Type: Int, Required: true}, {Name: "car_class_id", Type: Int, Required: true}, {Name: "division", Type: Int}, {Name: "race_week_num", Type: Int}},
		About: "time-trial championship",
	},
	{
		Path: "/data/stats/world_records", Delivery: LinkData, Class: Slow,
		Params: []Param{{Name: "car_id", Type: Int, Required: true}, {Name: "track_id", Type: Int, Required: true}, {Name: "season_year", Type: Int}, {Name: "season_quarter", Type: Int}},
		About: "leaderboard of a car/track (one row per driver, 4 event types): pace percentile",
	},
	{
		Path: "/data/team/get", Delivery: Link, Class: Slow,
		Params: []Param{{Name: "team_id", Type: Int, Required: true}, {Name: "include_licenses", Type: Bool}},
		About: "team header + roster",
	},
	{
		Path: "/data/team/membership", Delivery: Link, Class: Slow, Own: true,
		About: "own teams",
	},
	{
		Path: "/data/time_attack/member_season_results", Delivery: Link, Class: Slow, Own: true,
		Params: []Param{{Name: "ta_comp_season_id", Type: Int, Required: true}},
		About: "own time-attack results of a competition season",
	},
	{
		Path: "/data/track/assets", Delivery: Link, Class: Reference,
		About: "SVG map layers; map keyed by track_id",
	},
	{
		Path: "/data/track/get", Delivery: Link, Class: Reference,
		About: "track dimension: config, length, corners, lat/long, time zone",
	},
}
