package seasons

import (
	"regexp"
	"slices"
	"strings"

	"github.com/apexobs/iracing-grafana-observability/pkg/people"
)

// hider takes the names and ids of people out of any answer of the API, wherever they are. It goes by the names of
// fields, so that an answer it has never seen is treated like those it knows.
type hider struct {
	people *people.People
	known  map[string]int64  // ids by name, of everybody in the answer
	free   *strings.Replacer // of their names in texts; nil where there are none or too many
	hidden bool              // something was hidden
	fields map[string]*field // by the name of a field as it is written
}

// field is what the name of a field tells of what it holds.
type field struct {
	key               string // in lower case
	id, ids           bool   // of people
	name, nick, about bool
	private           bool
}

func (h *hider) field(name string) *field {
	if f := h.fields[name]; f != nil {
		return f
	}
	key := strings.ToLower(name)
	f := &field{
		key: key, id: personID.MatchString(key), ids: peopleIDs.MatchString(key), nick: nickName.MatchString(key), about: aboutPeople.MatchString(key), private: private.MatchString(key),
		// The farms of servers have names for display too.
		name: personName.MatchString(key) && !strings.HasPrefix(key, "farm_") || key == "name",
	}
	h.fields[name] = f
	return f
}

var (
	// personID recognises fields that hold the id of a person or a team. See also [hider.isPerson].
	personID = regexp.MustCompile(`^(cust|custid|cust_id|customer_id|team_id|group_id|driver_id|member_id|user_id|` +
		`(.*_)?(owner|host|winner|winner_group|creator|created_by|admin|initiator|sender|author|spotter|leader|opponent|rival)_id|` +
		`.+_(cust|customer|team|member|driver)_id)$`)
	// peopleIDs recognises fields that hold lists of such ids.
	peopleIDs = regexp.MustCompile(`^((.*_)?(cust|customer|team|member|driver|friend|admin|owner)_?ids|allowed_(season_)?members|allowed_teams|friends|watched|admins|members|drivers)$`)
	// personName recognises fields that hold the name of a person or a team whatever else their object holds.
	personName = regexp.MustCompile(`^(driver|owner|host|winner|(.*_)?(display|driver|team|owner|host|winner|creator|admin|member|leader|opponent|rival|spotter|user)_?name)$`)
	// nickName recognises fields that hold a name that somebody gave himself.
	nickName = regexp.MustCompile(`(^|_)nick_?name$`)
	// private recognises fields that are nobody's business whoever looks.
	private = regexp.MustCompile(`^((.*_)?e?mail|e_mail|(first|last|real|full)_?name|on_car_name|account|ir_dollars|ir_credits|phone|address|birth.*|(.*_)?ip_address)$`)
	// aboutPeople recognises texts that people write about themselves, and those that tell of whom somebody beat.
	aboutPeople = regexp.MustCompile(`^(about|url|bio|motto|session_desc|awarded_description)$`)
)

// ownFields are what is shown of the account itself.
var ownFields = []string{"cust_id", "display_name", "member_since", "flair_id", "flair_name", "flair_shortname", "flair_country_code", "licenses"}

// someone is what a person is called whose id nobody tells.
const someone = "Driver (hidden)"

// Bounds of the names that are looked for in texts: short ones would be found within words, and of very many the search
// would take long.
const (
	minName  = 5
	maxNames = 5000
)

// hide rewrites the answer of an endpoint.
func (h *hider) hide(path string, root *node) {
	if path == "/data/member/info" && root.kind == object {
		root.drop(func(key string) bool { return !slices.Contains(ownFields, key) })
	}
	h.known, h.fields = map[string]int64{}, map[string]*field{}
	h.strip(root)
	if h.people.Names {
		return
	}
	h.learn(root)
	h.free = h.replacer()
	h.rewrite(root, path, "")
}

// strip takes off what is private, and the signatures of links, which are as good as keys.
func (h *hider) strip(n *node) {
	if n.kind == textual {
		if link, signature, found := strings.Cut(n.text, "?"); found && strings.Contains(signature, "X-Amz-") {
			n.text = link
		}
		return
	}
	if n.kind == object {
		n.drop(func(key string) bool { return h.field(key).private })
	}
	for _, item := range n.items {
		h.strip(item)
	}
}

// isPerson tells whether a field of an object holds the id of a person or a team. group_id is one unless the object is a
// licence, where it is the number of the licence class.
func (*hider) isPerson(of *node, f *field) bool {
	return f.id && (f.key != "group_id" || of.get("group_name") == nil)
}

// isName tells whether a field of an object holds the name of a person or a team.
func (*hider) isName(of *node, f *field) bool {
	return f.name && of.get("farm_id") == nil && (f.key != "name" || idOf(of, f.key) != 0)
}

// idOf is the id that belongs to a name in an object; 0 where there is none.
func idOf(of *node, name string) int64 {
	var fields []string
	switch {
	case name == "name": // of a driver or a team in lap data; elsewhere it is anything's
		fields = []string{"group_id", "team_id"}
	case strings.HasSuffix(name, "team_name"):
		fields = []string{"team_id", "group_id"}
	case strings.HasPrefix(name, "winner"):
		fields = []string{"winner_id", "winner_group_id", "winner_cust_id"}
	case strings.HasPrefix(name, "owner"), strings.HasPrefix(name, "host"), strings.HasPrefix(name, "creator"), strings.HasPrefix(name, "admin"):
		prefix, _, _ := strings.Cut(name, "_")
		fields = []string{prefix + "_id", prefix + "_cust_id"}
	default:
		fields = []string{"cust_id", "custid", "driver_id", "member_id", "customer_id", "user_id", "team_id", "group_id"}
	}
	for _, field := range fields {
		n, ok := of.fold(field).whole()
		if ok && n != 0 && n != -1 && (field != "group_id" || of.get("group_name") == nil) {
			return n
		}
	}
	return 0
}

// learn gathers the names of everybody in an answer.
func (h *hider) learn(n *node) {
	for i, item := range n.items {
		if n.kind == object && item.kind == textual && item.text != "" {
			if f := h.field(n.keys[i]); h.isName(n, f) {
				if id := idOf(n, f.key); id != 0 {
					h.known[item.text] = id
				}
			}
		}
		h.learn(item)
	}
}

// replacer finds the names in free texts, the longest first.
func (h *hider) replacer() *strings.Replacer {
	var list []string
	for name, id := range h.known {
		if len(name) >= minName && !h.people.Own(id) {
			list = append(list, name)
		}
	}
	if len(list) == 0 || len(list) > maxNames {
		return nil
	}
	slices.SortFunc(list, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	pairs := make([]string, 0, 2*len(list))
	for _, name := range list {
		pairs = append(pairs, name, h.call(h.known[name], name))
	}
	return strings.NewReplacer(pairs...)
}

// call is what somebody is called.
func (h *hider) call(id int64, name string) string {
	if id < 0 {
		return h.people.Team(id, name)
	}
	return h.people.Driver(id, name)
}

// rewrite replaces names and ids in a value and all within it.
func (h *hider) rewrite(n *node, path, within string) {
	if n.kind != object {
		for _, item := range n.items {
			switch {
			case item.kind == textual:
				item.text = h.words(item.text)
			case item.kind == numeric && within != "" && h.field(within).ids:
				h.id(item)
			default:
				h.rewrite(item, path, within)
			}
		}
		return
	}
	social := strings.HasPrefix(path, "/data/league/") || strings.HasPrefix(path, "/data/team/")
	// What a field holds is told by its neighbours, so the ids go last.
	for i, item := range n.items {
		f := h.field(n.keys[i])
		switch {
		case item.kind == textual && h.isName(n, f):
			h.name(n, f.key, item)
		case item.kind == textual && (f.nick && !h.people.Own(idOf(n, f.key)) || f.about || social && f.key == "message"):
			h.hidden = h.hidden || item.text != ""
			*item = node{}
		case item.kind == textual && !h.isPerson(n, f):
			item.text = h.words(item.text)
		case !item.scalar():
			h.rewrite(item, path, n.keys[i])
		}
	}
	people := make([]bool, len(n.items))
	for i := range n.items {
		people[i] = n.items[i].scalar() && h.isPerson(n, h.field(n.keys[i]))
	}
	for i, item := range n.items {
		if people[i] {
			h.id(item)
		}
	}
}

// name replaces a name.
func (h *hider) name(of *node, key string, item *node) {
	if item.text == "" {
		return
	}
	id := idOf(of, key)
	if id == 0 {
		id = h.known[item.text]
	}
	called := someone
	if id != 0 {
		called = h.call(id, item.text)
	}
	h.hidden = h.hidden || called != item.text
	item.text = called
}

// words replaces the names in a text.
func (h *hider) words(s string) string {
	if id := h.known[s]; id != 0 {
		s = h.call(id, s)
	} else if h.free != nil {
		s = h.free.Replace(s)
	}
	return s
}

// id replaces an id by what stands for it; 0 and -1 are nobody's.
func (h *hider) id(item *node) {
	n, ok := item.whole()
	switch {
	case !ok && item.kind != textual:
		return
	case !ok, n == 0, n == -1:
		*item = node{}
		return
	}
	key := h.people.Key(n)
	h.hidden = h.hidden || key != item.text
	*item = node{kind: textual, text: key}
}
