package iracing

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// The licence categories by id; [LicenceCategories] names them.
const (
	Oval       int64 = 1
	Road       int64 = 2 // the former one: its history ends with the split of 5 March 2024
	DirtOval   int64 = 3
	DirtRoad   int64 = 4
	SportsCar  int64 = 5
	FormulaCar int64 = 6
)

// Member is what everybody may know of a member.
type Member struct {
	Cust     int64 // customer id
	Name     string
	Since    time.Time // the day the membership began; zero where iRacing does not tell
	Flair    string    // the flag that the member chose
	Country  string    // two letters
	Licences []MemberLicence
}

// In is the member's licence in a category; nil when there is none.
func (m *Member) In(category int64) *MemberLicence { return licenceIn(m.Licences, category) }

// MemberLicence is how a member stands in one licence category. Ratings are NaN where there is none.
type MemberLicence struct {
	Ratings
	Name            string  // of the licence class: Class A
	Colour          string  // of the licence class: #0153db; empty where iRacing does not tell
	PromotionRaces  float64 // counted towards the races that a promotion needs
	PromotionTrials float64 // the same for time trials
}

func licenceIn(list []MemberLicence, category int64) *MemberLicence {
	if i := slices.IndexFunc(list, func(l MemberLicence) bool { return l.Category == category }); i >= 0 {
		return &list[i]
	}
	return nil
}

// Profile is a member's page.
type Profile struct {
	Member
	// Before are the licences at the end of the last season.
	Before []MemberLicence
	// Recent30 and Previous30 are on how many of the last 30 days, and of the 30 before, the member took part in a session;
	// NaN where iRacing does not tell.
	Recent30, Previous30 float64
	// Weeks is how many weeks in a row the member has taken part by now, MostWeeks the most ever; NaN likewise.
	Weeks, MostWeeks float64
}

// Last is the licence in a category at the end of the last season; nil when there is none.
func (p *Profile) Last(category int64) *MemberLicence { return licenceIn(p.Before, category) }

// Account is what is read of the own account. The answer holds more, which is private and nobody's concern here.
type Account struct {
	Cust     int64
	Licences []MemberLicence
}

// Account asks who the account is that signs in.
func (a API) Account(ctx context.Context) (*Account, error) {
	var w struct {
		Cust     int64                  `json:"cust_id"`
		Licences map[string]wireLicence `json:"licenses"`
	}
	if _, err := a.decode(ctx, "/data/member/info", nil, &w); err != nil {
		return nil, err
	}
	return &Account{Cust: w.Cust, Licences: memberLicences(slices.Collect(maps.Values(w.Licences)))}, nil
}

// maxMembers is how many members are asked for in one request; iRacing does not tell how many it allows.
const maxMembers = 50

// Members asks for members with their licences, in the order of the ids. Those whom iRacing does not know are missing.
func (a API) Members(ctx context.Context, ids ...int64) ([]Member, error) {
	var list []Member
	for some := range slices.Chunk(ids, maxMembers) {
		var w struct {
			Members []wireMember `json:"members"`
		}
		params := Params{}.Set("cust_ids", some).Set("include_licenses", true)
		if _, err := a.decode(ctx, "/data/member/get", params, &w); err != nil {
			return nil, err
		}
		for i := range w.Members {
			list = append(list, w.Members[i].member())
		}
	}
	slices.SortStableFunc(list, func(a, b Member) int { return cmp.Compare(slices.Index(ids, a.Cust), slices.Index(ids, b.Cust)) })
	return list, nil
}

// Member asks for one member with the licences; nil when iRacing does not know it.
func (a API) Member(ctx context.Context, id int64) (*Member, error) {
	list, err := a.Members(ctx, id)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// Profile asks for a member's page.
func (a API) Profile(ctx context.Context, id int64) (*Profile, error) {
	var w struct {
		Info     wireMember    `json:"member_info"`
		Before   []wireLicence `json:"license_history"`
		Activity *struct {
			Recent30   float64 `json:"recent_30days_count"`
			Previous30 float64 `json:"prev_30days_count"`
			Weeks      float64 `json:"consecutive_weeks"`
			MostWeeks  float64 `json:"most_consecutive_weeks"`
		} `json:"activity"`
	}
	if _, err := a.decode(ctx, "/data/member/profile", Params{}.Set("cust_id", id), &w); err != nil {
		return nil, err
	}
	nan := math.NaN()
	p := &Profile{Member: w.Info.member(), Before: memberLicences(w.Before), Recent30: nan, Previous30: nan, Weeks: nan, MostWeeks: nan}
	if act := w.Activity; act != nil {
		p.Recent30, p.Previous30, p.Weeks, p.MostWeeks = act.Recent30, act.Previous30, act.Weeks, act.MostWeeks
	}
	return p, nil
}

// ChartType is which rating a history is of.
type ChartType int64

// The histories of ratings.
const (
	ChartIRating ChartType = 1
	ChartTT      ChartType = 2 // of time trials
	// ChartSafety holds the licence class and the safety rating in one number: 2266 is D 2.66.
	ChartSafety ChartType = 3
)

// RatingChart is the history of one rating in one category.
type RatingChart struct {
	// Hidden tells that the member hides it.
	Hidden bool
	// Points are in the order of time, at most one a day: a rating stays what it is until the next.
	Points []RatingPoint
}

// RatingPoint is a rating as it was at the end of a day.
type RatingPoint struct {
	Day   time.Time // midnight UTC
	Value float64   // as the chart's type tells
}

// Licence is the licence that a point of a chart of the type [ChartSafety] stands for.
func (p RatingPoint) Licence() Licence {
	group := math.Floor(p.Value / 1000)
	if !(group >= 1 && group <= float64(len(licenceClasses))) {
		return Licence{SR: math.NaN()}
	}
	sr := math.Round(p.Value-group*1000) / 100
	// A level is the class and the whole part of the safety rating, which goes from 1 to 4.
	return Licence{Level: int(group-1)*4 + min(max(int(sr), 1), 4), SR: sr}
}

// RatingChart asks for the history of a rating.
func (a API) RatingChart(ctx context.Context, id, category int64, of ChartType) (*RatingChart, error) {
	var w struct {
		Blackout bool `json:"blackout"`
		Data     []struct {
			When  string   `json:"when"`
			Value *float64 `json:"value"`
		} `json:"data"`
	}
	params := Params{}.Set("cust_id", id).Set("category_id", category).Set("chart_type", int64(of))
	if _, err := a.decode(ctx, "/data/member/chart_data", params, &w); err != nil {
		return nil, err
	}
	c := &RatingChart{Hidden: w.Blackout, Points: make([]RatingPoint, 0, len(w.Data))}
	for _, d := range w.Data {
		if at := day(d.When); !at.IsZero() && d.Value != nil && *d.Value > 0 {
			c.Points = append(c.Points, RatingPoint{at, *d.Value})
		}
	}
	slices.SortStableFunc(c.Points, func(a, b RatingPoint) int { return a.Day.Compare(b.Day) })
	// Of two values of one day the later one holds.
	for i := len(c.Points) - 2; i >= 0; i-- {
		if c.Points[i].Day.Equal(c.Points[i+1].Day) {
			c.Points = slices.Delete(c.Points, i, i+1)
		}
	}
	return c, nil
}

type wireMember struct {
	Cust     int64         `json:"cust_id"`
	Name     string        `json:"display_name"`
	Since    string        `json:"member_since"`
	Flair    string        `json:"flair_name"`
	Country  string        `json:"country_code"`
	Licences []wireLicence `json:"licenses"`
}

func (w *wireMember) member() Member {
	return Member{
		Cust: w.Cust, Name: w.Name, Since: day(w.Since), Flair: w.Flair, Country: w.Country,
		Licences: memberLicences(w.Licences),
	}
}

type wireLicence struct {
	wireRatings
	Races  float64 `json:"mpr_num_races"`
	Trials float64 `json:"mpr_num_tts"`
	Colour string  `json:"color"` //nolint:misspell // the spelling of the API
	Name   string  `json:"group_name"`
}

func memberLicences(list []wireLicence) []MemberLicence {
	out := make([]MemberLicence, 0, len(list))
	for i := range list {
		w := &list[i]
		out = append(out, MemberLicence{
			Ratings: w.ratings(), Name: w.Name, Colour: colour(w.Colour),
			PromotionRaces: max(w.Races, 0), PromotionTrials: max(w.Trials, 0),
		})
	}
	slices.SortStableFunc(out, func(a, b MemberLicence) int { return categoryOrder(a.Category) - categoryOrder(b.Category) })
	return out
}

// colour is six hexadecimal digits as CSS has them; empty for anything else.
func colour(text string) string {
	text = strings.TrimPrefix(text, "#")
	if len(text) != 6 || strings.Trim(text, "0123456789abcdefABCDEF") != "" {
		return ""
	}
	return "#" + text
}
