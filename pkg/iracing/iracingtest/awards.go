package iracingtest

import (
	"fmt"
	"slices"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest/world"
)

// award is an award with what a member has of it.
type award struct {
	id                       int
	name, group, description string
	label                    string // what is counted
	threshold                int    // how many are needed; 0 for what is awarded each time
	progress                 int
	instances                []given
}

// given is an award that was given.
type given struct {
	at   time.Time
	race *world.Race
	text string
}

// awards are all awards with what a member has of them.
func (q *query) awards(m *world.Member) []*award {
	list := []*award{
		{id: 245, name: "Clean Race", group: "Clean Race", description: "Have an official race without an incident."},
		{id: 301, name: "First Win", group: "First Win", description: "Awarded for the first win of an official race."},
		{id: 310, name: "Podium Finish", group: "Podium Finish", description: "Finish an official race in the first three."},
		{id: 415, name: "100 Races", group: "Races", description: "Take part in 100 official races.", label: "races", threshold: 100},
		{id: 416, name: "500 Races", group: "Races", description: "Take part in 500 official races.", label: "races", threshold: 500},
		{id: 520, name: "1,000 Laps", group: "Laps", description: "Complete 1,000 laps in official races.", label: "laps", threshold: 1000},
		{id: 521, name: "25,000 Laps", group: "Laps", description: "Complete 25,000 laps in official races.", label: "laps", threshold: 25000},
		{id: 630, name: "Consistent Finish Level 1", group: "Consistent Finish Level 1", description: "Finish ten official races on the lead lap.", label: "consistent finishes", threshold: 10},
	}
	clean, win, podium, hundred, fiveHundred, thousand, many, consistent := list[0], list[1], list[2], list[3], list[4], list[5], list[6], list[7]
	laps := 0
	for i, p := range q.drove(m) {
		r := p.start.Race
		give := func(a *award) {
			a.instances = append(a.instances, given{r.End, r, fmt.Sprintf("%s: %s at %s.", a.name, p.start.Result().Car.Name, r.Track.Name)})
		}
		reach := func(a *award, progress int) {
			if a.progress < a.threshold && progress >= a.threshold {
				give(a)
			}
			a.progress = progress
		}
		laps += p.laps
		if p.inc == 0 && p.points > 0 {
			give(clean)
		}
		if p.place == 1 && len(win.instances) == 0 {
			give(win)
		}
		if p.place <= 3 {
			give(podium)
		}
		if p.start.Result().Interval >= 0 {
			reach(consistent, consistent.progress+1)
		}
		reach(hundred, i+1)
		reach(fiveHundred, i+1)
		reach(thousand, laps)
		reach(many, laps)
	}
	return list
}

// icons are the pictures of an award.
func (a *award) icons(row obj) obj {
	base := fmt.Sprintf("/img/awards/award_%d", a.id)
	row["icon_url_large"], row["icon_url_small"], row["icon_url_unawarded"] = base+"_128x128.jpg", base+"_64x64.jpg", base+"_64x64_bw.jpg"
	return row
}

// row is one of the awards that were given.
func (a *award) row(m *world.Member, i int) obj {
	g := a.instances[i]
	row := a.icons(obj{
		"member_award_id": g.race.ID*10 + int64(a.id%10), "award_id": a.id, "achievement": a.threshold > 0, "award_count": len(a.instances),
		"award_date": date(g.at), "award_order": i + 1, "awarded_description": g.text, "cust_id": m.ID, "description": a.description,
		"display_date": date(g.at), "group_name": a.group, "has_pdf": false, "name": a.name, "subsession_id": g.race.ID, "viewed": true, "weight": 10 * (a.id % 70),
		"icon_background_color": "#a2a2a2", //nolint:misspell // the spelling of the API
	})
	if a.threshold > 0 {
		row["progress"], row["progress_label"], row["threshold"] = a.threshold, a.label, a.threshold
	}
	return row
}

// memberAwards answers all awards; one that was not given has no date.
func memberAwards(q *query) (*answer, error) {
	m, err := q.member()
	if err != nil {
		return nil, err
	}
	rows := []obj{}
	count := 0
	for _, a := range q.awards(m) {
		if n := len(a.instances); n > 0 {
			rows = append(rows, a.row(m, n-1))
			count += n
			continue
		}
		row := a.icons(obj{
			"member_award_id": -1, "award_id": a.id, "achievement": a.threshold > 0, "award_count": 0, "award_order": 1, "cust_id": m.ID,
			"description": a.description, "group_name": a.group, "has_pdf": false, "name": a.name, "weight": 10 * (a.id % 70),
		})
		if a.threshold > 0 {
			row["progress"], row["progress_label"], row["threshold"] = a.progress, a.label, a.threshold
		}
		rows = append(rows, row)
	}
	return &answer{body: rows, header: obj{"success": true, "cust_id": m.ID, "award_count": count}}, nil
}

// memberAwardInstances answers each time an award was given.
func memberAwardInstances(q *query) (*answer, error) {
	m, err := q.member()
	if err != nil {
		return nil, err
	}
	all := q.awards(m)
	i := slices.IndexFunc(all, func(a *award) bool { return int64(a.id) == q.int("award_id", 0) })
	if i < 0 {
		return nil, errNotFound
	}
	a := all[i]
	list := []obj{}
	for j := range a.instances {
		row := a.row(m, j)
		for _, name := range []string{
			"cust_id", "description", "group_name", "has_pdf", "name", "weight", "icon_url_large", "icon_url_small", "icon_url_unawarded",
			"icon_background_color", "progress", "progress_label", "threshold", //nolint:misspell // the spelling of the API
		} {
			delete(row, name)
		}
		list = append(list, row)
	}
	return &answer{
		header: obj{"success": true, "cust_id": m.ID, "award_id": a.id, "award_count": len(list)},
		body: a.icons(obj{
			"cust_id": m.ID, "award_id": a.id, "achievement": a.threshold > 0, "award_count": len(list), "awards": list, "description": a.description,
			"group_name": a.group, "has_pdf": false, "icon_background_color": "#a2a2a2", "name": a.name, "weight": 10 * (a.id % 70), //nolint:misspell // the spelling of the API
		}),
	}, nil
}
