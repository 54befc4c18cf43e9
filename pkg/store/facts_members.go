package store

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// seenLicence is a licence as it was when iRacing answered.
type seenLicence struct {
	iracing.Ratings
	cust          int64
	races, trials float64 // towards a promotion
}

// member adds what an answer tells of a member.
func (n *names) member(m *iracing.Member) []seenLicence {
	if m.Cust <= 0 {
		return nil
	}
	n.driver(m.Cust, m.Name)
	d := n.drivers[m.Cust]
	d.flair, d.country, d.since = tidy(m.Flair), tidy(m.Country), m.Since
	n.drivers[m.Cust] = d
	return licencesOf(m.Cust, m.Licences)
}

func licencesOf(cust int64, list []iracing.MemberLicence) []seenLicence {
	var seen []seenLicence
	for i := range list {
		seen = append(seen, seenLicence{list[i].Ratings, cust, list[i].PromotionRaces, list[i].PromotionTrials})
	}
	return seen
}

// mates adds the members of a league or a team.
func (n *names) mates(list []iracing.Mate) []seenLicence {
	var seen []seenLicence
	for i := range list {
		m := &list[i]
		if m.Cust <= 0 {
			continue
		}
		n.driver(m.Cust, m.Name)
		for _, l := range m.Licences {
			seen = append(seen, seenLicence{l, m.Cust, nan, nan})
		}
	}
	return seen
}

// writeLicences writes a row a day: the last of the day holds.
func writeLicences(k *keeping, list []seenLicence, at time.Time) {
	list = slices.DeleteFunc(slices.Clone(list), func(l seenLicence) bool { return l.Category <= 0 })
	slices.SortStableFunc(list, func(a, b seenLicence) int {
		return cmp.Or(cmp.Compare(k.cust(a.cust), k.cust(b.cust)), cmp.Compare(a.Category, b.Category))
	})
	b := into("licences", list, func(l *seenLicence) [2]int64 { return [2]int64{k.cust(l.cust), l.Category} })
	b.key("cust_id", func(l *seenLicence) int64 { return k.cust(l.cust) })
	b.key("category_id", func(l *seenLicence) int64 { return l.Category })
	b.dayKey("day", func(*seenLicence) time.Time { return at.UTC() })
	b.at("seen_at", func(*seenLicence) time.Time { return at })
	b.place("level", func(l *seenLicence) int { return l.Licence.Level })
	b.number("safety_rating", func(l *seenLicence) float64 { return l.Licence.SR })
	b.number("irating", func(l *seenLicence) float64 { return l.IRating })
	b.number("tt_rating", func(l *seenLicence) float64 { return l.TTRating })
	b.number("cpi", func(l *seenLicence) float64 { return l.CPI })
	b.number("promotion_races", func(l *seenLicence) float64 { return l.races }).known()
	b.number("promotion_trials", func(l *seenLicence) float64 { return l.trials }).known()
	b.guard = "new.seen_at >= old.seen_at"
	k.put("licences", b)
}

func licenceFacts(n *names, seen []seenLicence, at time.Time) *facts {
	return &facts{names: n, write: func(k *keeping) {
		writeLicences(k, seen, at)
	}}
}

func readMembers(ctx context.Context, api iracing.API, _ iracing.Request, at time.Time) (*facts, error) {
	members, err := api.Members(ctx, 0)
	if err != nil {
		return nil, err
	}
	n := newNames(at)
	var seen []seenLicence
	for i := range members {
		seen = append(seen, n.member(&members[i])...)
	}
	return licenceFacts(n, seen, at), nil
}

func readProfile(ctx context.Context, api iracing.API, r iracing.Request, at time.Time) (*facts, error) {
	p, err := api.Profile(ctx, param(r, "cust_id"))
	if err != nil {
		return nil, err
	}
	n := newNames(at)
	return licenceFacts(n, n.member(&p.Member), at), nil
}

func readAccount(ctx context.Context, api iracing.API, _ iracing.Request, at time.Time) (*facts, error) {
	a, err := api.Account(ctx)
	if err != nil || a.Cust <= 0 {
		return nil, err
	}
	n := newNames(at)
	n.driver(a.Cust, "")
	return licenceFacts(n, licencesOf(a.Cust, a.Licences), at), nil
}

func readRatingChart(ctx context.Context, api iracing.API, r iracing.Request, at time.Time) (*facts, error) {
	cust, category, of := param(r, "cust_id"), param(r, "category_id"), param(r, "chart_type")
	if cust <= 0 || of < 1 || of > 3 {
		return nil, nil // whose it is is not told
	}
	c, err := api.RatingChart(ctx, cust, category, iracing.ChartType(of))
	if err != nil {
		return nil, err
	}
	n := newNames(at)
	n.driver(cust, "")
	return &facts{names: n, write: func(k *keeping) {
		b := into("rating_history", c.Points, func(p *iracing.RatingPoint) time.Time { return p.Day })
		b.key("cust_id", func(*iracing.RatingPoint) int64 { return k.cust(cust) })
		b.key("category_id", func(*iracing.RatingPoint) int64 { return category })
		b.key("chart", func(*iracing.RatingPoint) int64 { return of })
		b.dayKey("day", func(p *iracing.RatingPoint) time.Time { return p.Day })
		b.number("value", func(p *iracing.RatingPoint) float64 { return p.Value })
		k.put("rating_history", b)
	}}, nil
}

func readCareer(ctx context.Context, api iracing.API, r iracing.Request, at time.Time) (*facts, error) {
	list, err := api.Career(ctx, param(r, "cust_id"))
	return totalFacts(list, r, at, false), err
}

func readYearly(ctx context.Context, api iracing.API, r iracing.Request, at time.Time) (*facts, error) {
	list, err := api.Yearly(ctx, param(r, "cust_id"))
	return totalFacts(list, r, at, true), err
}

func totalFacts(list []iracing.Totals, r iracing.Request, at time.Time, yearly bool) *facts {
	cust := param(r, "cust_id")
	if cust <= 0 {
		return nil
	}
	list = slices.DeleteFunc(list, func(t iracing.Totals) bool { return t.Category <= 0 || (t.Year > 0) != yearly })
	slices.SortStableFunc(list, func(a, b iracing.Totals) int {
		return cmp.Or(cmp.Compare(a.Category, b.Category), cmp.Compare(a.Year, b.Year))
	})
	n := newNames(at)
	n.driver(cust, "")
	return &facts{names: n, write: func(k *keeping) {
		b := into("driver_totals", list, func(t *iracing.Totals) [2]int64 { return [2]int64{t.Category, int64(t.Year)} })
		b.key("cust_id", func(*iracing.Totals) int64 { return k.cust(cust) })
		b.key("category_id", func(t *iracing.Totals) int64 { return t.Category })
		b.key("year", func(t *iracing.Totals) int64 { return int64(t.Year) })
		count := func(name string, v func(*iracing.Totals) float64) {
			b.count(name, func(t *iracing.Totals) int { return int(math.Round(max(0, min(v(t), math.MaxInt32)))) })
		}
		count("starts", func(t *iracing.Totals) float64 { return t.Starts })
		count("wins", func(t *iracing.Totals) float64 { return t.Wins })
		count("top5", func(t *iracing.Totals) float64 { return t.Top5 })
		count("poles", func(t *iracing.Totals) float64 { return t.Poles })
		count("laps", func(t *iracing.Totals) float64 { return t.Laps })
		count("laps_led", func(t *iracing.Totals) float64 { return t.LapsLed })
		b.number("average_start", func(t *iracing.Totals) float64 { return t.AvgStart })
		b.number("average_finish", func(t *iracing.Totals) float64 { return t.AvgFinish })
		b.number("average_incidents", func(t *iracing.Totals) float64 { return t.AvgInc })
		b.number("average_points", func(t *iracing.Totals) float64 { return t.AvgPoints })
		k.put("driver_totals", b)
	}}
}
