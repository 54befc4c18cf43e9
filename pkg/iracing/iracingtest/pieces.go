package iracingtest

import (
	"fmt"
	"math"
	"strconv"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest/world"
)

// helmet is what a member wears on the head.
func helmet(m *world.Member) obj {
	s := m.Style()
	return obj{
		"pattern": int(s % 70), "color1": colour(s, 1), "color2": colour(s, 2), "color3": colour(s, 3), "face_type": 0, "helmet_type": 0,
	}
}

// suit is what a member wears.
func suit(style uint64) obj {
	return obj{"pattern": int(style >> 8 % 36), "color1": colour(style, 4), "color2": colour(style, 5), "color3": colour(style, 6)}
}

// livery is what a car is painted like.
func livery(style uint64, car *world.Car, number string) obj {
	var wheels any
	if style%4 != 0 {
		wheels = colour(style, 10)
	}
	return obj{
		"car_id": car.ID, "pattern": int(style >> 16 % 24), "color1": colour(style, 7), "color2": colour(style, 8), "color3": colour(style, 9),
		"number_font": int(style >> 3 % 60), "number_color1": "ffffff", "number_color2": "777777", "number_color3": "000000", "number_slant": 0,
		"sponsor1": int(style >> 5 % 180), "sponsor2": int(style >> 7 % 180), "car_number": number, "wheel_color": wheels, "rim_type": -1, //nolint:misspell // the spelling of the API
	}
}

// paint is a livery without its number.
func paint(style uint64, car *world.Car) obj {
	return obj{"car_id": car.ID, "pattern": int(style >> 16 % 24), "color1": colour(style, 7), "color2": colour(style, 8), "color3": colour(style, 9)}
}

// colour is one of a style's colours.
func colour(style uint64, n uint) string {
	return fmt.Sprintf("%06x", (style>>n*2654435761^uint64(n)*0x9e3779b9)&0xffffff)
}

// entryStyle is the style of an entry's car.
func entryStyle(e *world.Entry) uint64 {
	if e.Team != nil {
		return e.Team.Style()
	}
	return e.Member.Style()
}

// number is a car number, which is a text: 07 and 7 are two of them.
func number(e *world.Entry) string {
	if e.Member != nil && e.Member.Style()%23 == 0 && e.Number < 10 {
		return "0" + strconv.Itoa(int(e.Number))
	}
	return strconv.Itoa(int(e.Number))
}

// groups are the licence groups.
var groups = []struct {
	name, letter, colour string
	id                   int
	races, trials        any // needed to move up; nil means none
	fast                 any // safety rating x 100 to move up at once
	credits              int
}{
	{"Rookie", "R", "fc0706", 104099, 2, nil, 300, 0},
	{"Class D", "D", "fc8a27", 104100, 4, 4, 400, 4},
	{"Class C", "C", "feec04", 104101, 4, 4, 400, 5},
	{"Class B", "B", "00c702", 104098, 4, 4, 400, 6},
	{"Class A", "A", "0153db", 104097, nil, nil, nil, 7},
	{"Pro", "P", "000000", 104125, nil, nil, nil, 0},
	{"Pro/WC", "WC", "000000", 104126, nil, nil, nil, 0},
}

// licence is a licence with its ratings.
func licence(l *world.Licence, category int) obj {
	g := groups[l.Group-1]
	return obj{
		"category_id": category, "category": world.CategoryName(category), "category_name": world.CategoryTitle(category),
		"license_level": l.Level(), "safety_rating": float(l.Safety()), "cpi": cpi(l), "irating": l.IRating, "tt_rating": l.TTRating,
		"mpr_num_races": l.Races, "mpr_num_tts": l.Trials, "color": g.colour, "group_name": g.name, "group_id": g.id, //nolint:misspell // the spelling of the API
		"pro_promotable": false, "seq": sequence(category),
	}
}

// cpi is corners per incident as the API writes them.
func cpi(l *world.Licence) float { return float(math.Round(l.CPI()*1e5) / 1e5) }

// sequence is the place of a category in lists of licences.
func sequence(category int) int {
	for i, c := range world.Categories {
		if c == category {
			return i + 1
		}
	}
	return len(world.Categories) + 1
}

// licences are a member's licences, by category.
func (q *query) licences(m *world.Member) []obj {
	list := []obj{}
	for _, category := range world.Categories {
		if l := q.Licence(m, category); l != nil {
			row := licence(l, category)
			if l.Group == 1 && l.Races == 0 && l.IRating == 1350 && m != q.Me {
				delete(row, "irating") // of a rookie who has not raced
			}
			list = append(list, row)
		}
	}
	return list
}

// smallLicence is a licence as in the rows of tables.
func smallLicence(l *world.Licence, category int, trial bool) obj {
	if l == nil {
		l = &world.Licence{Group: 1, SubLevel: 250, IRating: 1350, TTRating: 1350}
	}
	g := groups[l.Group-1]
	row := obj{
		"category_id": category, "category": wideName(category), "license_level": l.Level(), "safety_rating": float(l.Safety()), "irating": l.IRating,
		"color": g.colour, "group_name": g.name, "group_id": g.id, //nolint:misspell // the spelling of the API
	}
	if trial {
		row["tt_rating"] = l.TTRating
	}
	return row
}

// wideName is a category in one more of the API's spellings: Sports_Car.
func wideName(category int) string {
	return [...]string{"", "Oval", "Road", "Dirt_Oval", "Dirt_Road", "Sports_Car", "Formula_Car"}[category]
}

// flair adds where a member comes from.
func flair(row obj, c *world.Country) obj {
	row["flair_id"], row["flair_name"] = c.Flair, c.Name
	if c.Short != "" {
		row["flair_shortname"] = c.Short
	}
	return row
}

// person is a member with a name and a helmet.
func person(m *world.Member) obj {
	return obj{"cust_id": m.ID, "display_name": m.Name, "helmet": helmet(m)}
}

// trackName is a track as in rows: a track with one layout says N/A in some and nothing in others.
func trackName(t *world.Track) obj {
	config := t.Config
	if config == "" {
		config = "N/A"
	}
	return obj{"track_id": t.ID, "track_name": t.Name, "config_name": config}
}

// bareTrack is a track without a configuration where it has none.
func bareTrack(t *world.Track) obj {
	row := obj{"track_id": t.ID, "track_name": t.Name}
	if t.Config != "" {
		row["config_name"] = t.Config
	}
	return row
}

// withCategory adds the track's category.
func withCategory(row obj, t *world.Track, wide bool) obj {
	row["category_id"] = t.Category()
	row["category"] = world.CategoryName(t.Category())
	if wide {
		row["category"] = wideName(t.Category())
	}
	return row
}

// eventNames are the names of the types of events.
var eventNames = map[int]string{world.Practice: "Practice", world.Qualify: "Qualify", world.TimeTrial: "Time Trial", world.RaceEvent: "Race"}

// allowedLicences are the licence groups that may take part in what is open from a group on: those with the best licence
// of the group below may too.
func allowedLicences(from, parent int) []obj {
	list := []obj{}
	for i, g := range groups {
		least := 4*i + 1
		if i+1 == from-1 {
			least = 4 * (i + 1)
		}
		if i+1 < from-1 {
			continue
		}
		row := obj{"group_name": g.name, "license_group": i + 1, "min_license_level": least, "max_license_level": 4 * (i + 1)}
		if parent != 0 {
			row["parent_id"] = parent
		}
		list = append(list, row)
	}
	return list
}

// farms are the places where races are run.
var farms = []obj{
	{"farm_id": 9, "display_name": "AU-Syd", "image_path": "/member_images/flags/au.png", "displayed": true},
	{"farm_id": 11, "display_name": "DE-Fra", "image_path": "/member_images/flags/de.png", "displayed": true},
	{"farm_id": 23, "display_name": "JP-Tok", "image_path": "/member_images/flags/jp.png", "displayed": true},
	{"farm_id": 117, "display_name": "US-East-OH", "image_path": "/member_images/flags/us-amazon.png", "displayed": true},
}

func farm(id int64) obj { return farms[int(id)%len(farms)] }
