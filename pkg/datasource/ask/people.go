package ask

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// People names drivers and teams. Unless the operator turned names on, everybody but the own driver is a pseudonym that
// stays the same in every panel of one account: "Driver 48213". Customer ids, which tell as much as names, are replaced
// by keys.
//
// A pseudonym hides who somebody is from those who look at a dashboard. It is no anonymity: who knows the race can count.
type People struct {
	// Names shows everybody's name and id.
	Names bool

	secret []byte
	own    int64

	mu    sync.Mutex
	known map[string]int64 // by key
}

// keyMark begins a key that stands for an id.
const keyMark = "~"

// maxKnown bounds the keys that are remembered.
const maxKnown = 200_000

// NewPeople makes the names for one account. The pseudonyms depend on the account's own customer id, which is 0 when
// nobody knows it.
func NewPeople(names bool, own int64) *People {
	mac := hmac.New(sha256.New, []byte("pseudonyms of one account"))
	mac.Write([]byte(strconv.FormatInt(own, 10)))
	return &People{Names: names, secret: mac.Sum(nil), own: own, known: map[string]int64{}}
}

// Own tells whether a customer id is the own driver's.
func (p *People) Own(id int64) bool { return id != 0 && id == p.own }

// Driver is what a driver is called.
func (p *People) Driver(id int64, name string) string {
	if p.Names || p.Own(id) {
		if name = strings.TrimSpace(name); name != "" {
			return name
		}
		return "Driver " + strconv.FormatInt(id, 10)
	}
	return "Driver " + p.number(id)
}

// Team is what a team is called; its id is negative. Teams are often named after their people.
func (p *People) Team(id int64, name string) string {
	if p.Names {
		if name = strings.TrimSpace(name); name != "" {
			return name
		}
		return "Team " + strconv.FormatInt(id, 10)
	}
	return "Team " + p.number(id)
}

// Key is what stands for an id in an answer: the id itself where names are shown, or else a key that queries of this
// data source understand as long as it runs.
func (p *People) Key(id int64) string {
	if p.Names || p.Own(id) {
		return strconv.FormatInt(id, 10)
	}
	sum := p.sum(id)
	key := keyMark + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:5]))
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.known) >= maxKnown {
		clear(p.known)
	}
	p.known[key] = id
	return key
}

// Find is the id behind a key.
func (p *People) Find(key string) (id int64, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id, ok = p.known[key]
	return id, ok
}

// Hide replaces names in a free text by what their bearers are called. names are by id.
func (p *People) Hide(text string, names map[int64]string) string {
	if p.Names {
		return text
	}
	// A name may stand within a longer one, which then goes first.
	ids := slices.SortedFunc(maps.Keys(names), func(a, b int64) int {
		return cmp.Or(len(names[b])-len(names[a]), cmp.Compare(a, b))
	})
	for _, id := range ids {
		name := names[id]
		if name == "" || p.Own(id) {
			continue
		}
		if id < 0 {
			text = strings.ReplaceAll(text, name, p.Team(id, name))
		} else {
			text = strings.ReplaceAll(text, name, p.Driver(id, name))
		}
	}
	return text
}

func (p *People) sum(id int64) []byte {
	mac := hmac.New(sha256.New, p.secret)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(id)))
	return mac.Sum(nil)
}

// number has five digits, which in a field of 60 cars are twice the same once in 50 races.
func (p *People) number(id int64) string {
	return strconv.FormatUint(10_000+binary.BigEndian.Uint64(p.sum(id)[8:])%90_000, 10)
}

// idParams are the parameters of requests that tell who somebody is.
var idParams = regexp.MustCompile(`\b((?:cust_id|cust_ids|team_id|host_cust_id|search_term)=)[^&\s]+`)

// hideIDs takes the ids of people out of the list of requests.
func hideIDs(text string) string { return idParams.ReplaceAllString(text, "${1}…") }
