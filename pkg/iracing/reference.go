package iracing

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"time"
)

// LicenceCategory is one of the categories that licences are held in. The API spells their names in several ways, so that
// only the id tells them apart.
type LicenceCategory struct {
	ID   int64
	Key  string // in the API's writing: sports_car
	Name string // for readers: Sports car
}

// LicenceCategories are all of them in the order the member site has them. Road was split into sports car and formula
// car in 2024; its history is kept.
var LicenceCategories = []LicenceCategory{
	{1, "oval", "Oval"},
	{5, "sports_car", "Sports car"},
	{6, "formula_car", "Formula car"},
	{3, "dirt_oval", "Dirt oval"},
	{4, "dirt_road", "Dirt road"},
	{2, "road", "Road"},
}

// CategoryName is what a licence category is called; empty for an unknown one.
func CategoryName(id int64) string {
	if i := categoryOrder(id); i >= 0 {
		return LicenceCategories[i].Name
	}
	return ""
}

func categoryOrder(id int64) int {
	return slices.IndexFunc(LicenceCategories, func(c LicenceCategory) bool { return c.ID == id })
}

// Car is one of iRacing's cars.
type Car struct {
	Ref
	Short      string
	Categories []string // keys of [LicenceCategories]
	Power      float64  // hp; NaN where unknown
	Weight     float64  // kg; NaN where unknown
	Retired    bool
	Rain       bool // may be driven in the rain
	Free       bool // comes with the membership
}

// Cars asks for all cars.
func (a API) Cars(ctx context.Context) ([]Car, error) {
	var wire []struct {
		ID         int64    `json:"car_id"`
		Name       string   `json:"car_name"`
		Short      string   `json:"car_name_abbreviated"`
		Categories []string `json:"categories"`
		Power      float64  `json:"hp"`
		Weight     float64  `json:"car_weight"`
		Retired    bool     `json:"retired"`
		Rain       bool     `json:"rain_enabled"`
		Free       bool     `json:"free_with_subscription"`
	}
	if _, err := a.decode(ctx, "/data/car/get", nil, &wire); err != nil {
		return nil, err
	}
	cars := make([]Car, 0, len(wire))
	for _, w := range wire {
		cars = append(cars, Car{
			Ref: Ref{w.ID, w.Name}, Short: w.Short, Categories: w.Categories, Power: positive(w.Power), Weight: positive(w.Weight) * 0.45359237,
			Retired: w.Retired, Rain: w.Rain, Free: w.Free,
		})
	}
	return cars, nil
}

// CarClass is a set of cars that race for one position.
type CarClass struct {
	Ref
	Short string
	Speed float64 // relative to other classes: the higher, the faster
	Cars  []int64 // ids
}

// CarClasses asks for all car classes.
func (a API) CarClasses(ctx context.Context) ([]CarClass, error) {
	var wire []struct {
		ID    int64   `json:"car_class_id"`
		Name  string  `json:"name"`
		Short string  `json:"short_name"`
		Speed float64 `json:"relative_speed"`
		Cars  []struct {
			ID int64 `json:"car_id"`
		} `json:"cars_in_class"`
	}
	if _, err := a.decode(ctx, "/data/carclass/get", nil, &wire); err != nil {
		return nil, err
	}
	classes := make([]CarClass, 0, len(wire))
	for _, w := range wire {
		c := CarClass{Ref: Ref{w.ID, w.Name}, Short: w.Short, Speed: w.Speed}
		for _, car := range w.Cars {
			c.Cars = append(c.Cars, car.ID)
		}
		classes = append(classes, c)
	}
	return classes, nil
}

// Track is one layout of one of iRacing's tracks.
type Track struct {
	TrackRef
	Category   int64   // 1 oval, 2 road, 3 dirt oval, 4 dirt road
	Length     float64 // m; NaN where unknown
	Corners    int     // in a lap
	Type       string  // such as Road Course
	Location   string
	Latitude   float64 // degrees
	Longitude  float64
	TimeZone   string  // such as Europe/Berlin
	PitSpeed   float64 // m/s; NaN where there is no limit
	NominalLap float64 // s; NaN where unknown
	MaxCars    int
	Retired    bool
	Rain       bool // may be driven in the rain
	Free       bool // comes with the membership
}

// Tracks asks for all layouts of all tracks.
func (a API) Tracks(ctx context.Context) ([]Track, error) {
	var wire []struct {
		wireTrack
		Length    float64 `json:"track_config_length"`
		Corners   float64 `json:"corners_per_lap"`
		Type      string  `json:"track_type_text"`
		Location  string  `json:"location"`
		Latitude  float64 `json:"latitude"`
		Longitude float64 `json:"longitude"`
		TimeZone  string  `json:"time_zone"`
		PitSpeed  float64 `json:"pit_road_speed_limit"`
		Nominal   float64 `json:"nominal_lap_time"`
		MaxCars   float64 `json:"max_cars"`
		Retired   bool    `json:"retired"`
		Rain      bool    `json:"rain_enabled"`
		Free      bool    `json:"free_with_subscription"`
	}
	if _, err := a.decode(ctx, "/data/track/get", nil, &wire); err != nil {
		return nil, err
	}
	tracks := make([]Track, 0, len(wire))
	for _, w := range wire {
		tracks = append(tracks, Track{
			TrackRef: w.ref(), Category: w.Category, Length: positive(w.Length) * 1609.344, Corners: count(w.Corners), Type: w.Type,
			Location: w.Location, Latitude: w.Latitude, Longitude: w.Longitude, TimeZone: w.TimeZone, PitSpeed: positive(w.PitSpeed) * 0.44704,
			NominalLap: positive(w.Nominal), MaxCars: count(w.MaxCars), Retired: w.Retired, Rain: w.Rain, Free: w.Free,
		})
	}
	return tracks, nil
}

// Found is a member that a search found.
type Found struct {
	Cust int64
	Name string
}

// Drivers searches the members for a part of a name.
func (a API) Drivers(ctx context.Context, search string) ([]Found, error) {
	var wire []struct {
		Cust int64  `json:"cust_id"`
		Name string `json:"display_name"`
	}
	if _, err := a.decode(ctx, "/data/lookup/drivers", Params{"search_term": search}, &wire); err != nil {
		return nil, err
	}
	found := make([]Found, 0, len(wire))
	for _, w := range wire {
		found = append(found, Found{w.Cust, w.Name})
	}
	return found, nil
}

// wireTrack is how most answers name a track.
type wireTrack struct {
	ID       int64  `json:"track_id"`
	Name     string `json:"track_name"`
	Config   string `json:"config_name"`
	Category int64  `json:"category_id"`
}

func (w *wireTrack) ref() TrackRef {
	return TrackRef{ID: w.ID, Name: strings.TrimSpace(w.Name), Config: layout(w.Config)}
}

// wireForecast is the outlook of a session's weather, with 0 °F and 1 °C, 0 mph and 1 km/h.
type wireForecast struct {
	Summary *struct {
		TempUnits float64  `json:"temp_units"`
		TempLow   *float64 `json:"temp_low"`
		TempHigh  *float64 `json:"temp_high"`
		WindUnits float64  `json:"wind_units"`
		WindLow   *float64 `json:"wind_low"`
		WindHigh  *float64 `json:"wind_high"`
		WindDir   *float64 `json:"wind_dir"`
		SkiesLow  *float64 `json:"skies_low"`
		SkiesHigh *float64 `json:"skies_high"`
		Precip    *float64 `json:"precip_chance"`
		Rain      string   `json:"max_precip_rate_desc"`
	} `json:"weather_summary"`
	Humidity *float64 `json:"rel_humidity"`
	Started  string   `json:"simulated_start_time"`
}

// Forecast is the outlook of a session's weather. Numbers are NaN where nothing is said.
type Forecast struct {
	TempLow, TempHigh float64 // °C
	WindLow, WindHigh float64 // m/s
	WindFrom          string  // such as NE; empty where unknown
	Precip            float64 // chance of rain, 0 to 1
	Rain              string  // how strong it is at most, in words; empty for none
	SkiesLow          string  // in words; empty where unknown
	SkiesHigh         string
	Started           string // the sim's local date and time at the start, 2026-04-01T18:55:00; empty where unknown
}

func (w *wireForecast) forecast() Forecast {
	nan := math.NaN()
	f := Forecast{TempLow: nan, TempHigh: nan, WindLow: nan, WindHigh: nan, Precip: nan}
	if w == nil {
		return f
	}
	f.Started = w.Started
	s := w.Summary
	if s == nil {
		return f
	}
	f.TempLow, f.TempHigh = celsius(s.TempLow, s.TempUnits), celsius(s.TempHigh, s.TempUnits)
	f.WindLow, f.WindHigh = metresPerSecond(s.WindLow, s.WindUnits), metresPerSecond(s.WindHigh, s.WindUnits)
	f.WindFrom, f.Precip = word(s.WindDir, windNames), share(s.Precip)
	f.SkiesLow, f.SkiesHigh = word(s.SkiesLow, skyNames), word(s.SkiesHigh, skyNames)
	if !strings.EqualFold(s.Rain, "none") {
		f.Rain = s.Rain
	}
	return f
}

// Ratings are a member's licence and ratings in one category. Numbers are NaN where there is none.
type Ratings struct {
	Category int64
	Licence  Licence
	IRating  float64
	TTRating float64
	CPI      float64 // corners per incident
}

// wireRatings is how most answers write a licence. Some rookies have no iRating.
type wireRatings struct {
	Category int64   `json:"category_id"`
	Level    float64 `json:"license_level"`
	SR       float64 `json:"safety_rating"`
	IRating  float64 `json:"irating"`
	TTRating float64 `json:"tt_rating"`
	CPI      float64 `json:"cpi"`
}

func (w *wireRatings) ratings() Ratings {
	if w == nil {
		return Ratings{Licence: Licence{SR: math.NaN()}, IRating: math.NaN(), TTRating: math.NaN(), CPI: math.NaN()}
	}
	return Ratings{
		Category: w.Category, Licence: Licence{Level: count(w.Level), SR: positive(w.SR)},
		IRating: positive(w.IRating), TTRating: positive(w.TTRating), CPI: positive(w.CPI),
	}
}

// decode asks an endpoint and reads its body. What is no JSON, or of another shape at its top, is a bad answer; a field
// of an unexpected type stays empty, as types change from season to season.
func (a API) decode(ctx context.Context, path string, params Params, into any) (*Answer, error) {
	r, err := NewRequest(path, params)
	if err != nil {
		return nil, err
	}
	answer, err := a.Get(ctx, r)
	if err != nil {
		return nil, err
	}
	// The decoder goes on after a value of an unexpected type and tells of the first one at the end.
	err = json.Unmarshal(answer.Body, into)
	if shape, ok := errors.AsType[*json.UnmarshalTypeError](err); err != nil && (!ok || shape.Field == "") {
		return nil, r.fail(BadAnswer, 0, "it is no JSON of the shape that is expected")
	}
	return answer, nil
}

// day reads a date, such as 2026-04-01, as midnight UTC; a time is read as such. Zero for what is neither.
func day(text string) time.Time {
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return t
	}
	return utc(text)
}
