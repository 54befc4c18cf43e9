package iracingtest

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest/world"
)

func referenceEndpoints() []endpoint {
	return []endpoint{
		{path: "/data/car/assets", delivery: linked, expires: 900, answer: carAssets},
		{path: "/data/car/get", delivery: linked, expires: 900, answer: carGet},
		{path: "/data/carclass/get", delivery: linked, expires: 900, answer: carClassGet},
		{path: "/data/constants/categories", delivery: inline, expires: 900, answer: categories},
		{path: "/data/constants/divisions", delivery: inline, expires: 900, answer: divisions},
		{path: "/data/constants/event_types", delivery: inline, expires: 900, answer: eventTypeNames},
		{path: "/data/lookup/countries", delivery: linked, expires: 900, answer: lookupCountries},
		{path: "/data/lookup/current_season", delivery: linked, expires: 900, answer: lookupSeason},
		{path: "/data/lookup/flairs", delivery: linked, expires: 900, answer: lookupFlairs},
		{path: "/data/lookup/get", delivery: linked, expires: 900, answer: lookupGet},
		{path: "/data/lookup/licenses", delivery: linked, expires: 900, answer: lookupLicences},
		{path: "/data/track/assets", delivery: linked, expires: 900, answer: trackAssets},
		{path: "/data/track/get", delivery: linked, expires: 900, answer: trackGet},
	}
}

func label(name string, value int) obj { return obj{"label": name, "value": value} }

// categories answers the categories.
func categories(*query) (*answer, error) {
	return body([]obj{
		label("Oval", 1), label("Road", 2), label("Dirt oval", 3), label("Dirt road", 4), label("Sports car", 5), label("Formula car", 6),
	})
}

// divisions answers the divisions.
func divisions(*query) (*answer, error) {
	list := []obj{label("ALL", -1)}
	for d := range 11 {
		list = append(list, label(divisionName(d), d))
	}
	return body(list)
}

// eventTypeNames answers the types of events.
func eventTypeNames(*query) (*answer, error) {
	list := []obj{}
	for _, n := range []int{world.Practice, world.Qualify, world.TimeTrial, world.RaceEvent} {
		list = append(list, label(eventNames[n], n))
	}
	return body(list)
}

// lookupCountries answers the countries.
func lookupCountries(*query) (*answer, error) {
	list := []obj{}
	for _, c := range world.Countries() {
		list = append(list, obj{"country_name": c.Name, "country_code": c.Code})
	}
	return body(list)
}

// lookupFlairs answers the flairs: some stand for no country.
func lookupFlairs(*query) (*answer, error) {
	list := []obj{}
	for i, c := range append([]world.Country{world.Unaffiliated, world.Global}, world.Countries()...) {
		row := obj{"flair_id": c.Flair, "flair_name": c.Name, "seq": i + 1}
		if c.Short != "" {
			row["flair_shortname"], row["country_code"] = c.Short, c.Code
		}
		list = append(list, row)
	}
	return body(obj{"flairs": list, "success": true})
}

// lookupSeason answers the current season, as values with tags.
func lookupSeason(q *query) (*answer, error) {
	now := world.QuarterOf(q.Now)
	return body([]obj{{"tag": "current_season", "lookups": []obj{{
		"lookup_type": "current_season",
		"lookup_values": []obj{
			{"tag": "year", "value": strconv.Itoa(now.Year), "seq": 1}, {"tag": "quarter", "value": strconv.Itoa(now.Number), "seq": 2},
		},
	}}}})
}

// lookupGet answers tables by the keys they are asked for with: licenselevels and weather=..., repeated.
func lookupGet(q *query) (*answer, error) {
	list := []obj{}
	for _, tag := range []string{"licenselevels", "weather"} {
		types := q.values[tag]
		if len(types) == 0 {
			continue
		}
		lookups := []obj{}
		for _, kind := range types {
			if values := lookupTable(kind); values != nil {
				lookups = append(lookups, obj{"lookup_type": kind, "lookup_values": values})
			}
		}
		list = append(list, obj{"tag": tag, "lookups": lookups})
	}
	return body(list)
}

// lookupTable is one of the tables of lookup/get; nil when there is none.
func lookupTable(kind string) []obj {
	switch kind {
	case "licenselevels":
		var values []obj
		for level := 1; level <= 28; level++ {
			g := groups[(level-1)/4]
			values = append(values, obj{
				"value": strconv.Itoa(level), "name": fmt.Sprintf("%s (%d.0)", g.name, (level-1)%4+1), "description": g.colour, "seq": level,
			})
		}
		return values
	case "weather_wind_speed_max":
		return []obj{{"value": "30", "description": "Session weather max wind speed", "seq": 30}}
	case "weather_wind_speed_min":
		return []obj{{"value": "1", "description": "Session weather min wind speed", "seq": 0}}
	case "weather_wind_speed_units":
		return []obj{{"value": "0", "name": "MPH", "description": "weather wind speed unit"}, {"value": "1", "name": "KPH", "description": "weather wind speed unit"}}
	}
	return nil
}

// lookupLicences answers the licence groups with their levels.
func lookupLicences(*query) (*answer, error) {
	list := []obj{}
	for i, g := range groups {
		levels := []obj{}
		for n := 1; n <= 4; n++ {
			levels = append(levels, obj{
				"license_id": 4*i + n, "license_group": i + 1, "license": fmt.Sprintf("%s %d.0", g.name, n), "short_name": fmt.Sprintf("%s %d.0", g.letter, n),
				"license_letter": g.letter, "color": g.colour, //nolint:misspell // the spelling of the API
			})
		}
		list = append(list, obj{
			"license_group": i + 1, "group_name": g.name, "min_num_races": g.races, "participation_credits": g.credits, "min_sr_to_fast_track": g.fast,
			"levels": levels, "min_num_tt": g.trials,
		})
	}
	return body(list)
}

// logoOf is the address of a car's or a track's logo; some have none.
func logoOf(kind, dir string, n int) any {
	if n%5 == 0 {
		return nil
	}
	return "/img/logos/" + kind + "/" + dir + "-logo.png"
}

// carGet answers the cars.
func carGet(q *query) (*answer, error) {
	list := []obj{}
	for i, c := range q.Cars {
		types := []obj{}
		for _, t := range c.Types {
			types = append(types, obj{"car_type": t})
		}
		row := obj{
			"ai_enabled": true, "allow_number_colors": false, "allow_number_font": false, "allow_sponsor1": true, "allow_sponsor2": true, //nolint:misspell // the spelling of the API
			"allow_wheel_color": true, "award_exempt": c.Retired, "car_config_defs": []obj{}, "car_configs": []obj{}, "car_dirpath": c.Dir, "car_id": c.ID, //nolint:misspell // the spelling of the API
			"car_name": c.Name, "car_name_abbreviated": c.Short, "car_types": types, "car_weight": c.Weight, "categories": []string{world.CategoryName(c.Category)},
			"created": "2012-05-03T19:10:00Z", "first_sale": "2013-02-03T00:00:00Z", "folder": "/img/cars/" + c.Dir, "free_with_subscription": c.Free,
			"has_headlights": c.Headlights, "has_multiple_dry_tire_types": c.Category == world.FormulaCar, "has_rain_capable_tire_types": c.Rain, "hp": c.HP,
			"is_ps_purchasable": !c.Free, "logo": logoOf("partners", c.Dir, i), "max_power_adjust_pct": 0, "max_weight_penalty_kg": 250,
			"min_power_adjust_pct": -5, "package_id": c.Package, "patterns": 24, "price": c.Price, "price_display": c.PriceInCurrency, "rain_enabled": c.Rain,
			"retired": c.Retired, "search_filters": strings.Join(c.Types, ","), "sku": carSKU(c), "small_image": c.Dir + "-small.jpg",
			"sponsor_logo": logoOf("series", c.Dir, i+3), "car_make": c.Make, "car_model": strings.TrimPrefix(c.Name, c.Make+" "),
			"forum_url": fmt.Sprintf("https://forums.example.com/categories/%d", c.ID), "site_url": " ",
			"paint_rules": obj{"RestrictCustomPaint": false},
		}
		if c.Category == world.Oval {
			row["car_config_defs"] = []obj{{"carcfg": 0, "cfg_subdir": nil, "custom_paint_ext": nil, "name": "Road"}, {"carcfg": 1, "cfg_subdir": "ss", "custom_paint_ext": "ss", "name": "Short Oval"}}
			row["car_configs"] = []obj{{"carcfg": 0}, {"carcfg": 1, "track_type": world.ShortOval}, {"carcfg": 1, "track_id": 830}}
		}
		if i%4 == 3 { // a field may be missing
			delete(row, "price_display")
			delete(row, "forum_url")
		}
		list = append(list, row)
	}
	return body(list)
}

// carAssets answers the pictures and texts of the cars.
func carAssets(q *query) (*answer, error) {
	rows := obj{}
	for i, c := range q.Cars {
		rules := []obj{}
		if c.Category == world.FormulaCar {
			rules = append(rules, obj{"rule_category": "Tires", "text": "Both compounds must be used in a race."})
		}
		row := obj{
			"car_id": c.ID, "car_rules": rules, "detail_copy": "", "detail_screen_shot_images": c.Dir + "/shot_1," + c.Dir + "/shot_2",
			"detail_techspecs_copy": "", "folder": "/img/cars/" + c.Dir, "gallery_images": "4", "gallery_prefix": nil, "group_image": nil, "group_name": nil,
			"large_image": c.Dir + "-large.jpg", "logo": logoOf("partners", c.Dir, i), "small_image": c.Dir + "-small.jpg",
			"sponsor_logo": logoOf("series", c.Dir, i+3), "template_path": "car_templates/" + strconv.Itoa(c.ID) + "_template.zip",
		}
		if i%6 == 1 {
			row["gallery_images"], row["template_path"] = nil, nil
		}
		rows[strconv.Itoa(c.ID)] = row
	}
	return body(rows)
}

// carClassGet answers the classes, and the one that stands for all cars.
func carClassGet(q *query) (*answer, error) {
	row := func(id, speed int, name, short string, cars []*world.Car) obj {
		list := []obj{}
		rain := false
		for _, c := range cars {
			list = append(list, obj{"car_dirpath": c.Dir, "car_id": c.ID, "rain_enabled": c.Rain, "retired": c.Retired})
			rain = rain || c.Rain
		}
		return obj{
			"car_class_id": id, "cars_in_class": list, "cust_id": 0, "name": name, "rain_enabled": rain, "relative_speed": speed, "short_name": short,
		}
	}
	list := []obj{row(0, 15, "Hosted All Cars Class", "Hosted All Cars", q.Cars)}
	for _, c := range q.Classes {
		list = append(list, row(c.ID, c.Speed, c.Name, c.Short, c.Cars))
	}
	return body(list)
}

// trackDir is the name of a track in the paths of its pictures.
func trackDir(t *world.Track) string {
	name, _, _ := strings.Cut(t.Dir, `\`)
	return name
}

// trackGet answers the tracks.
func trackGet(q *query) (*answer, error) {
	list := []obj{}
	for i, t := range q.Tracks {
		dir := trackDir(t)
		row := obj{
			"ai_enabled": true, "allow_pitlane_collisions": false, "allow_rolling_start": true, "allow_standing_start": t.Type == world.RoadCourse,
			"award_exempt": t.Retired, "category": world.CategoryName(t.Category()), "category_id": t.Category(), "closes": "2018-10-31",
			"corners_per_lap": t.Corners, "created": "2012-04-04T19:10:00Z", "first_sale": "2013-02-04T00:00:00Z", "folder": "/img/tracks/" + dir,
			"free_with_subscription": t.Free, "fully_lit": t.Lit, "grid_stalls": t.MaxCars, "has_opt_path": false, "has_short_parade_lap": i%2 == 0,
			"has_start_zone": t.IsOval(), "has_svg_map": true, "is_dirt": t.Type >= world.DirtRoadCourse, "is_oval": t.IsOval(), "is_ps_purchasable": !t.Free,
			"lap_scoring": 0, "latitude": t.Lat, "location": t.Location, "logo": "/img/logos/tracks/" + dir + "-logo.png", "longitude": t.Lon, "max_cars": t.MaxCars,
			"night_lighting": t.Lit, "number_pitstalls": t.MaxCars, "opens": "2018-04-01", "package_id": t.Package, "price": t.Price, "priority": 3,
			"purchasable": !t.Retired, "qualify_laps": 2, "rain_enabled": t.Rain, "restart_on_left": false, "retired": t.Retired,
			"search_filters": world.CategoryName(t.Category()) + "," + dir, "sku": trackSKU(t), "small_image": dir + "-small.jpg", "solo_laps": 5,
			"start_on_left": false, "supports_grip_compound": t.IsOval(), "tech_track": false, "time_zone": t.Zone, "track_config_length": t.Miles,
			"track_dirpath": t.Dir, "track_id": t.ID, "track_name": t.Name, "track_type": t.Type, "track_type_text": t.TypeName(),
			"track_types": []obj{{"track_type": world.CategoryName(t.Category())}}, "price_display": t.PriceInCurrency, "nominal_lap_time": float(t.Lap(q.Classes[0])),
			"site_url": "https://" + dir + ".example.com/",
		}
		if t.Config != "" {
			row["config_name"] = t.Config
		}
		if t.Type < world.DirtRoadCourse {
			row["pit_road_speed_limit"] = t.PitSpeed
		}
		if t.IsOval() {
			row["banking"] = "7.5&#176; - 9&#176;"
		}
		list = append(list, row)
	}
	return body(list)
}

// trackAssets answers the maps and pictures of the tracks.
func trackAssets(q *query) (*answer, error) {
	rows := obj{}
	base := q.server.host(partChunks) + "/img/track_maps/"
	for i, t := range q.Tracks {
		dir := trackDir(t)
		layers := obj{}
		for _, name := range []string{"background", "inactive", "active", "pitroad", "start-finish", "turns"} {
			layers[name] = name + ".svg"
		}
		row := obj{
			"coordinates": fmt.Sprintf("%.4f,%.4f", t.Lat, t.Lon), "detail_copy": "", "detail_techspecs_copy": "", "detail_video": nil,
			"folder": "/img/tracks/" + dir, "gallery_images": "1,2,3", "gallery_prefix": dir + "-gallery", "large_image": dir + "-large.jpg",
			"logo": "/img/logos/tracks/" + dir + "-logo.png", "north": "90deg", "num_svg_images": 6, "small_image": dir + "-small.jpg", "track_id": t.ID,
			"track_map": base + strconv.Itoa(t.ID) + "/", "track_map_layers": layers,
		}
		if i%7 == 3 {
			for _, name := range []string{"detail_copy", "detail_techspecs_copy", "gallery_images", "gallery_prefix", "north"} {
				row[name] = nil
			}
		}
		rows[strconv.Itoa(t.ID)] = row
	}
	return body(rows)
}
