package iracingtest

import (
	"fmt"
	"math"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest/world"
)

// sky is the weather at a track on a day: all answers that speak of it take it from here.
type sky struct {
	temp, humidity, wind, cloud float64 // degrees Celsius, percent, kilometres per hour, percent
	windDir                     int     // 0 to 7, from north over east
	rain                        int     // chance in percent
	wet                         bool
}

// skyOf makes up the weather from a track and a number that stands for the day.
func skyOf(t *world.Track, day uint64) sky {
	h := scatter(day ^ uint64(t.ID)<<40)
	part := func(n uint) float64 { return float64(h>>n&0xff) / 255 }
	s := sky{
		temp: 14 + t.Warmth() + 14*part(0), humidity: 35 + 55*part(8), wind: 2 + 22*part(16), cloud: 100 * part(24), windDir: int(h >> 32 & 7),
	}
	if t.Rain && part(40) < 0.18 {
		s.rain, s.humidity, s.cloud = 30+int(60*part(48)), 88+10*part(8), 75+25*part(24)
		s.wet = s.rain > 55
	}
	return s
}

// skies is the cover of clouds as the API counts it: 0 clear to 3 overcast.
func (s sky) skies() int { return min(3, int(s.cloud/25)) }

func scatter(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// skyAt is the weather of a race.
func skyAt(r *world.Race) sky {
	if r.Season != nil {
		return skyOf(r.Track, uint64(r.Season.ID)<<8+uint64(r.Week))
	}
	return skyOf(r.Track, uint64(r.Session))
}

// simulatedStart is the time of day in the simulated world.
func simulatedStart(start time.Time) time.Time {
	return time.Date(start.Year(), start.Month(), start.Day(), 13, 30, 0, 0, time.UTC).AddDate(0, 1, 0)
}

// weather is how a race's weather was set up.
func (q *query) weather(r *world.Race) obj {
	s := skyAt(r)
	w := obj{
		"allow_fog": false, "fog": 0, "precip_mm2hr_before_final_session": 0, "precip_mm_final_session": 0, "precip_option": 8, "precip_time_pct": 0,
		"rel_humidity": 0, "simulated_start_time": clock(simulatedStart(r.Start)), "skies": s.skies(), "temp_units": 1, "temp_value": int(s.temp),
		"time_of_day": 2, "track_water": 0, "type": 3, "version": 1, "weather_var_initial": 0, "weather_var_ongoing": 0, "wind_dir": s.windDir,
		"wind_units": 1, "wind_value": int(s.wind / 3.6),
	}
	if s.wet {
		w["precip_time_pct"] = 100
	}
	return w
}

// weatherResult is what the weather of one of a race's sessions was.
func (q *query) weatherResult(r *world.Race, session int) obj {
	s := skyAt(r)
	drift := 0.4 * float64(session+2) // it warms up
	at := simulatedStart(r.Start)
	switch session {
	case -1:
		at = at.Add(r.PracticeLength())
	case 0:
		if r.Event == world.RaceEvent {
			at = at.Add(r.PracticeLength() + r.QualifyLength())
		}
	}
	round := func(v float64) float { return float(math.Round(v*1e4) / 1e4) }
	w := obj{
		"avg_skies": s.skies(), "avg_cloud_cover_pct": round(s.cloud), "min_cloud_cover_pct": round(0.97 * s.cloud),
		"max_cloud_cover_pct": round(math.Min(100, 1.02*s.cloud)), "temp_units": 1, "avg_temp": round(s.temp + drift), "min_temp": round(s.temp + drift - 0.2),
		"max_temp": round(s.temp + drift + 0.3), "avg_rel_humidity": round(s.humidity), "wind_units": 1, "avg_wind_speed": round(s.wind),
		"min_wind_speed": round(0.8 * s.wind), "max_wind_speed": round(1.3 * s.wind), "avg_wind_dir": s.windDir, "max_fog": 0, "fog_time_pct": 0,
		"precip_time_pct": 0, "precip_mm": 0, "precip_mm2hr_before_session": 0, "simulated_start_time": clock(at),
	}
	if s.wet {
		w["precip_time_pct"], w["precip_mm"] = 100, 2
	}
	return w
}

// forecast is the set-up and the forecast of a race week.
func (q *query) forecast(season *world.Season, week int) obj {
	t := season.Tracks[week]
	s := skyOf(t, uint64(season.ID)<<8+uint64(week))
	f := obj{
		"allow_fog": false,
		"forecast_options": obj{
			"allow_fog": false, "forecast_type": 1, "precipitation": 0, "skies": 0, "stop_precip": 0, "temperature": 0,
			"weather_seed": int64(scatter(uint64(season.ID)*17+uint64(week))>>12) - 1<<51, "wind_dir": 0, "wind_speed": 0,
		},
		"precip_option": 8, "rel_humidity": int(s.humidity), "simulated_start_time": clock(simulatedStart(season.Quarter.Week(week))),
		"simulated_time_multiplier": 1, "simulated_time_offsets": []int{15}, "skies": s.skies(), "temp_units": 0, "temp_value": int(s.temp*9/5 + 32),
		"time_of_day": 2, "track_water": 0, "version": 1, "weather_summary": s.summary(),
		"weather_url": q.forecastURL(fmt.Sprintf("season/%d/%d", season.ID, week), s, simulatedStart(season.Quarter.Week(week))),
		"wind_dir":    s.windDir, "wind_units": 0, "wind_value": int(s.wind / 1.609),
	}
	return f
}

// summary is a forecast in short.
func (s sky) summary() obj {
	round := func(v float64) float { return float(math.Round(v*10) / 10) }
	rate, rain := 0.0, "None"
	if s.wet {
		rate, rain = 1.2, "Light"
	}
	return obj{
		"max_precip_rate": rate, "max_precip_rate_desc": rain, "precip_chance": s.rain, "skies_high": min(3, s.skies()+1), "skies_low": s.skies(),
		"temp_high": round(s.temp + 0.9), "temp_low": round(s.temp - 0.3), "temp_units": 1, "wind_dir": s.windDir, "wind_high": round(1.2 * s.wind),
		"wind_low": round(0.8 * s.wind), "wind_units": 1,
	}
}

// forecastURL puts the file of a forecast behind a link that lives for a week.
func (q *query) forecastURL(name string, s sky, from time.Time) string {
	path := "/members/messaging-services/non_expiring/weather-forecast/" + name + "/forecast.json"
	rows := []any{}
	for i := range 8 {
		at := from.Add(time.Duration(i-1) * time.Hour)
		rows = append(rows, obj{
			"time_offset": -60 + 60*i, "raw_air_temp": int(100*s.temp) + 10*i, "precip_chance": 100 * s.rain, "index": i, "is_sun_up": at.Hour() > 6 && at.Hour() < 20,
			"pressure": 9710 + 2*i, "wind_dir": 45 * s.windDir, "air_temp": int(100*s.temp) + 12*i, "valid_stats": true, "affects_session": i > 0,
			"cloud_cover": int(10 * s.cloud), "rel_humidity": int(100 * s.humidity), "wind_speed": int(100 * s.wind / 3.6), "allow_precip": true,
			"timestamp": clock(at), "precip_amount": s.rain / 5,
		})
	}
	return q.server.keepLink(path, rows)
}
