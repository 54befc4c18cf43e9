package iracing

import (
	"container/list"
	"context"
	"sync"
)

// Memory is a [Cache] that keeps the entries used last, up to a number of bytes. The bodies it hands out are the ones it
// keeps: nobody may change them.
type Memory struct {
	bound int64

	mu    sync.Mutex
	used  int64
	order *list.List // of *kept, the one used last in front
	byKey map[string]*list.Element
}

type kept struct {
	key   string
	entry Entry
	size  int64
}

// DefaultMemory is the bound of a [Memory] in bytes when none is given.
const DefaultMemory = 64 << 20

// entryOverhead is what an entry costs beside its texts.
const entryOverhead = 256

// NewMemory makes an empty cache of maxBytes; 0 means DefaultMemory. An entry of more than a quarter of that is not kept.
func NewMemory(maxBytes int64) *Memory {
	if maxBytes <= 0 {
		maxBytes = DefaultMemory
	}
	return &Memory{bound: maxBytes, order: list.New(), byKey: map[string]*list.Element{}}
}

// Load answers a copy of what is kept under a key; its body is shared.
func (m *Memory) Load(_ context.Context, key string) (*Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.byKey[key]
	if !ok {
		return nil, nil
	}
	m.order.MoveToFront(e)
	entry := e.Value.(*kept).entry
	return &entry, nil
}

// Save keeps an entry, and forgets others to make room.
func (m *Memory) Save(_ context.Context, key string, entry *Entry) error {
	k := &kept{key, *entry, int64(len(key)+cap(entry.Header)+cap(entry.Body)) + entryOverhead}
	m.mu.Lock()
	defer m.mu.Unlock()
	if e, ok := m.byKey[key]; ok {
		m.forget(e)
	}
	if k.size > m.bound/4 {
		return nil
	}
	for m.used+k.size > m.bound {
		m.forget(m.order.Back())
	}
	m.byKey[key] = m.order.PushFront(k)
	m.used += k.size
	return nil
}

func (m *Memory) forget(e *list.Element) {
	k := m.order.Remove(e).(*kept)
	delete(m.byKey, k.key)
	m.used -= k.size
}
