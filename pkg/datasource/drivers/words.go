package drivers

import (
	"slices"
	"strings"
)

// list joins words for readers: a, b and c.
func list(words []string) string {
	switch len(words) {
	case 0:
		return "none"
	case 1:
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// distinct counts different values.
func distinct[T any, K comparable](rows []T, of func(*T) K) []K {
	var keys []K
	for i := range rows {
		if k := of(&rows[i]); !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	return keys
}
