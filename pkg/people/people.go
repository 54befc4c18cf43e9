// Package people names drivers and teams for those who look at what others drove: by pseudonyms, unless the operator
// turned names on.
package people

import (
	"cmp"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// People names drivers and teams. Unless the operator turned names on, everybody but the own driver is a pseudonym that
// stays the same in every panel: "Driver 48213". Customer ids, which tell as much as names, are replaced by keys. Both
// come from a secret of the operator's, so that who sees a dashboard cannot count back to a person.
//
// A pseudonym hides who somebody is from those who look at a dashboard. It is no anonymity: who was in the race can tell.
type People struct {
	// Names shows everybody's name and id.
	Names bool

	secret []byte
	keys   cipher.Block
	own    int64
}

// KeyMark begins a key that stands for an id, so that it is told apart from one.
const KeyMark = "~"

// keyText writes keys; they have no padding and no case.
var keyText = base32.HexEncoding.WithPadding(base32.NoPadding)

// New makes the names for one account. secret is what pseudonyms and keys come from, of any length; own is the own
// driver's customer id, 0 when nobody knows it.
func New(names bool, own int64, secret []byte) *People {
	mac := func(use string) []byte {
		m := hmac.New(sha256.New, secret)
		m.Write([]byte(use))
		return m.Sum(nil)
	}
	keys, _ := aes.NewCipher(mac("keys")) // refuses other lengths than that of a digest only
	return &People{Names: names, secret: mac("pseudonyms"), keys: keys, own: own}
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
// data source understand. It is the id enciphered as one block, whose other half is empty and proves it.
func (p *People) Key(id int64) string {
	if p.Names || p.Own(id) {
		return strconv.FormatInt(id, 10)
	}
	var block [aes.BlockSize]byte
	binary.BigEndian.PutUint64(block[:], uint64(id))
	p.keys.Encrypt(block[:], block[:])
	return KeyMark + strings.ToLower(keyText.EncodeToString(block[:]))
}

// Find is the id behind a key.
func (p *People) Find(key string) (id int64, ok bool) {
	block, err := keyText.DecodeString(strings.ToUpper(strings.TrimPrefix(key, KeyMark)))
	if err != nil || len(block) != aes.BlockSize {
		return 0, false
	}
	p.keys.Decrypt(block, block)
	return int64(binary.BigEndian.Uint64(block)), binary.BigEndian.Uint64(block[8:]) == 0
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
