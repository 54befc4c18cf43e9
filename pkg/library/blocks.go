package library

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
	"time"
)

// Files that are far away are read in runs of blocks. A run gets longer as long as the file is read on from where the last
// one ended, and the next run is fetched before it is asked for; what was read last stays in memory, so that several panels
// over one lap fetch it once.
const (
	maxRunBytes   = 4 << 20  // of one request
	firstRunBytes = 1 << 20  // of the first one at a place that is read in large pieces
	smallRead     = 64 << 10 // from here on a piece is large
	blockBudget   = 64 << 20 // of memory, for all files of a store
	fetchesAtOnce = 16       // for all files of a store
	fetchTries    = 3
	fetchIdle     = 30 * time.Second // without a byte
	fetchBackoff  = 200 * time.Millisecond
)

// fetchFunc writes the n bytes of a file from off on to w. It tells the file's size, and a mark that is another one when the
// file has another content, before the first byte.
type fetchFunc func(ctx context.Context, off, n int64, found func(size int64, mark string) error, w io.Writer) error

// blocks is what several remote files have in common: the memory, the fetches under way and their end.
type blocks struct {
	size   int64 // bytes of a block
	budget int64
	idle   time.Duration
	retry  func(error) bool // whether the same fetch may succeed later

	ctx    context.Context // ends with close
	cancel context.CancelFunc
	work   sync.WaitGroup
	slots  chan struct{}

	mu     sync.Mutex
	closed bool
	held   int64     // bytes of the blocks in recent
	recent list.List // of *block that are there, the last used at the end
}

// block is one block of a file, there or on its way.
type block struct {
	file *remote
	n    int64
	done chan struct{} // closed when data and err are final
	data []byte
	err  error
	elem *list.Element // in recent; nil before it is there
}

// stream is a place at which a file is read on.
type stream struct {
	next    int64 // the first block behind what was fetched
	trigger int64 // the block whose use starts the next run; -1 for none
	run     int64 // blocks of the last run
}

// remote is an open file that is far away. It is an [ibt.Source].
type remote struct {
	blocks *blocks
	fetch  fetchFunc
	ctx    context.Context // ends with Close
	cancel context.CancelFunc

	// Guarded by blocks.mu.
	size    int64 // -1 until the first answer
	mark    string
	there   map[int64]*block
	streams [4]stream // the last used first
}

func newBlocks(size int64, retry func(error) bool) *blocks {
	b := &blocks{size: size, budget: blockBudget, idle: fetchIdle, retry: retry, slots: make(chan struct{}, fetchesAtOnce)}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	return b
}

// close ends all fetches and waits for them.
func (b *blocks) close() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.cancel()
	b.work.Wait()
}

// open fetches the beginning of a file, which tells its size.
func (b *blocks) open(ctx context.Context, fetch fetchFunc) (*remote, error) {
	r := &remote{blocks: b, fetch: fetch, size: -1, there: make(map[int64]*block)}
	for i := range r.streams {
		r.streams[i] = stream{next: -1, trigger: -1}
	}
	r.ctx, r.cancel = context.WithCancel(b.ctx)
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return nil, fs.ErrClosed
	}
	first := r.start(0, 1)[0]
	b.mu.Unlock()
	select {
	case <-first.done:
	case <-ctx.Done():
		r.drop()
		return nil, ctx.Err()
	}
	if first.err != nil {
		r.drop()
		return nil, first.err
	}
	return r, nil
}

// Size implements [ibt.Source]: the size when the file was opened. A file that has changed since is another one.
func (r *remote) Size() (int64, error) { return r.size, nil }

// Close implements [io.Closer]. Reads under way fail.
func (r *remote) Close() error {
	r.drop()
	return nil
}

func (r *remote) drop() {
	r.cancel()
	b := r.blocks
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, bl := range r.there {
		if bl.elem != nil {
			b.recent.Remove(bl.elem)
			b.held -= int64(len(bl.data))
		}
	}
	r.there = nil
}

// ReadAt implements [io.ReaderAt].
func (r *remote) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, fs.ErrInvalid
	}
	for n < len(p) {
		at := off + int64(n)
		if at >= r.size {
			return n, io.EOF
		}
		bl, err := r.block(at/r.blocks.size, len(p))
		if err != nil {
			return n, err
		}
		select {
		case <-bl.done:
		case <-r.ctx.Done():
			return n, fs.ErrClosed
		}
		if bl.err != nil {
			return n, bl.err
		}
		skip := at % r.blocks.size
		if skip >= int64(len(bl.data)) {
			return n, io.ErrUnexpectedEOF
		}
		n += copy(p[n:], bl.data[skip:])
	}
	return n, nil
}

// block finds a block or has it fetched, for a read of want bytes.
func (r *remote) block(n int64, want int) (*block, error) {
	b := r.blocks
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || r.there == nil {
		return nil, fs.ErrClosed
	}
	if bl := r.there[n]; bl != nil {
		if bl.elem != nil {
			b.recent.MoveToBack(bl.elem)
		}
		r.ahead(n)
		return bl, nil
	}
	for i, s := range r.streams {
		if s.next == n {
			return r.goOn(i)[0], nil
		}
	}
	run := int64(1)
	if want >= smallRead {
		run = firstRunBytes / b.size
	}
	bl := r.start(n, run)
	copy(r.streams[1:], r.streams[:]) // the one that was not used for longest is forgotten
	r.streams[0] = streamOf(n, int64(len(bl)))
	return bl[0], nil
}

func streamOf(from, run int64) stream {
	s := stream{next: from + run, trigger: -1, run: run}
	if run >= 4 {
		s.trigger = from + run/2
	}
	return s
}

// ahead starts the next run when a reader has come to the middle of the last one.
func (r *remote) ahead(n int64) {
	for i, s := range r.streams {
		if s.trigger == n && r.there[s.next] == nil && s.next*r.blocks.size < r.size {
			r.goOn(i)
			return
		}
	}
}

// goOn starts the next, longer run of a stream and makes that stream the last used.
func (r *remote) goOn(i int) []*block {
	s := r.streams[i]
	got := r.start(s.next, min(2*s.run, maxRunBytes/r.blocks.size))
	copy(r.streams[1:i+1], r.streams[:i])
	r.streams[0] = streamOf(s.next, int64(len(got)))
	return got
}

// start fetches up to run blocks from one on that is not there, at least that one, in the background. The caller holds the
// mutex.
func (r *remote) start(from, run int64) []*block {
	b := r.blocks
	var got []*block
	for n := from; n < from+max(run, 1) && r.there[n] == nil && (n == from || n*b.size < r.size); n++ {
		bl := &block{file: r, n: n, done: make(chan struct{})}
		r.there[n] = bl
		got = append(got, bl)
	}
	b.work.Go(func() { r.run(got) })
	return got
}

// run fetches blocks that follow each other.
func (r *remote) run(want []*block) {
	b := r.blocks
	a := &assembler{remote: r, want: want}
	var err error
	select {
	case b.slots <- struct{}{}:
		defer func() { <-b.slots }()
	case <-r.ctx.Done():
		a.fail(fs.ErrClosed)
		return
	}
	for try := 1; ; try++ {
		before := a.got
		err = a.attempt()
		if a.got > before {
			try = 1 // what breaks off now and then comes in the end
		}
		if err == nil || try == fetchTries || r.ctx.Err() != nil || !b.retry(err) {
			break
		}
		if !sleep(r.ctx, fetchBackoff<<(try-1)) {
			break
		}
	}
	if r.ctx.Err() != nil {
		err = fs.ErrClosed
	}
	a.fail(err) // those that did not come, if there are any
}

// sleep waits, and tells whether ctx still runs.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// errChanged says that a file is not the one that was opened any more.
var errChanged = errors.New("the file has changed since it was opened; open it again to read it as it is now")

// assembler makes blocks of the bytes of a run.
type assembler struct {
	remote *remote
	want   []*block // that are not there yet
	buf    []byte   // of the first of them
	got    int64    // bytes that came in all
	touch  func()   // puts off the end of the attempt
}

// attempt fetches what is still wanted.
func (a *assembler) attempt() error {
	if len(a.want) == 0 {
		return nil
	}
	r, b := a.remote, a.remote.blocks
	ctx, touch, stop := withIdle(r.ctx, b.idle)
	defer stop()
	a.touch = touch
	off := a.want[0].n*b.size + int64(len(a.buf))
	n := (a.want[len(a.want)-1].n+1)*b.size - off
	if r.size >= 0 {
		n = min(n, r.size-off)
	}
	err := orIdle(ctx, r.fetch(ctx, off, n, a.found, a))
	if err == nil && len(a.want) > 0 && a.end() == r.size {
		a.deliver() // the last block of a file is shorter
	}
	if err == nil && len(a.want) > 0 {
		err = io.ErrUnexpectedEOF
	}
	return err
}

var errIdle = fmt.Errorf("no answer came for %d s: %w", int(fetchIdle.Seconds()), context.DeadlineExceeded)

// end is where the bytes that came end in the file.
func (a *assembler) end() int64 { return a.want[0].n*a.remote.blocks.size + int64(len(a.buf)) }

// found takes the size and the mark of the file, which must stay as they were at first.
func (a *assembler) found(size int64, mark string) error {
	r := a.remote
	r.blocks.mu.Lock()
	defer r.blocks.mu.Unlock()
	switch {
	case size < 0:
		return fmt.Errorf("it claims to have %d bytes", size)
	case r.size < 0:
		r.size, r.mark = size, mark
	case r.size != size || r.mark != mark:
		return errChanged
	}
	return nil
}

// Write takes the next bytes. More than was asked for is an error.
func (a *assembler) Write(p []byte) (n int, err error) {
	a.touch()
	size := a.remote.blocks.size
	for n < len(p) {
		if len(a.want) == 0 {
			return n, errTooMuch
		}
		if a.buf == nil {
			a.buf = make([]byte, 0, size)
		}
		took := copy(a.buf[len(a.buf):size], p[n:])
		a.buf = a.buf[:len(a.buf)+took]
		n += took
		a.got += int64(took)
		if a.end() > a.remote.size {
			return n, errTooMuch
		}
		if int64(len(a.buf)) == size {
			a.deliver()
		}
	}
	return n, nil
}

var errTooMuch = errors.New("the service sent other bytes than it was asked for")

// deliver hands over the first of the blocks that are wanted.
func (a *assembler) deliver() {
	r, b := a.remote, a.remote.blocks
	bl := a.want[0]
	a.want = a.want[1:]
	bl.data, a.buf = a.buf, nil
	b.mu.Lock()
	defer b.mu.Unlock()
	close(bl.done)
	if r.there == nil {
		return
	}
	bl.elem = b.recent.PushBack(bl)
	b.held += int64(len(bl.data))
	for b.held > b.budget && b.recent.Len() > 1 {
		old := b.recent.Remove(b.recent.Front()).(*block)
		b.held -= int64(len(old.data))
		delete(old.file.there, old.n)
	}
}

// fail tells those who wait for the blocks that did not come; whoever asks again has them fetched again.
func (a *assembler) fail(err error) {
	b := a.remote.blocks
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, bl := range a.want {
		bl.err = err
		delete(a.remote.there, bl.n)
		close(bl.done)
	}
	a.want = nil
}
