package iracing

import "container/list"

// pendingEntries are entries that wait to be written, the one that waits longest in front.
type pendingEntries struct {
	bound   int64
	bytes   int64
	dropped int64
	order   *list.List // of *pendingEntry
	byKey   map[string]*list.Element
}

type pendingEntry struct {
	key     string
	entry   *Entry
	size    int64
	refused int // times
}

func newPendingEntries(bound int64) pendingEntries {
	return pendingEntries{bound: bound, order: list.New(), byKey: map[string]*list.Element{}}
}

func (p *pendingEntries) len() int { return len(p.byKey) }

func (p *pendingEntries) has(key string) bool { return p.byKey[key] != nil }

// get is a copy of the entry of a key; nil when none is pending.
func (p *pendingEntries) get(key string) *Entry {
	e := p.byKey[key]
	if e == nil {
		return nil
	}
	entry := *e.Value.(*pendingEntry).entry
	return &entry
}

// put adds an entry in place of one of the same key, and drops the first ones to make room.
func (p *pendingEntries) put(key string, entry *Entry) {
	if e := p.byKey[key]; e != nil {
		p.remove(e)
	}
	own := *entry
	n := &pendingEntry{key: key, entry: &own, size: int64(len(key)+len(entry.Header)+len(entry.Body)) + entryOverhead}
	if n.size > p.bound {
		p.dropped++
		return
	}
	for p.bytes+n.size > p.bound {
		p.remove(p.order.Front())
		p.dropped++
	}
	p.byKey[key] = p.order.PushBack(n)
	p.bytes += n.size
}

// first is the one that waits longest; nil when there is none.
func (p *pendingEntries) first() *pendingEntry {
	if e := p.order.Front(); e != nil {
		return e.Value.(*pendingEntry)
	}
	return nil
}

// done removes an entry, unless another one came in its place meanwhile.
func (p *pendingEntries) done(n *pendingEntry) {
	if e := p.byKey[n.key]; e != nil && e.Value == any(n) {
		p.remove(e)
	}
}

// toEnd lets the others go first.
func (p *pendingEntries) toEnd(n *pendingEntry) {
	if e := p.byKey[n.key]; e != nil && e.Value == any(n) {
		p.order.MoveToBack(e)
	}
}

func (p *pendingEntries) remove(e *list.Element) {
	n := p.order.Remove(e).(*pendingEntry)
	delete(p.byKey, n.key)
	p.bytes -= n.size
}
