package store

import (
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// pack compresses with zstd. It may be used by several goroutines.
func pack(b []byte) []byte {
	w := packers.Get().(*zstd.Encoder)
	defer packers.Put(w)
	return w.EncodeAll(b, make([]byte, 0, len(b)/4+64))
}

// unpack undoes pack. It fails for what is damaged or would be longer than limit bytes.
func unpack(b []byte, limit int64) ([]byte, error) {
	var head zstd.Header
	if err := head.Decode(b); err != nil {
		return nil, fmt.Errorf("decompress: %w", err)
	}
	// What pack writes tells its size; a damaged size must not cost memory.
	if head.HasFCS && head.FrameContentSize > uint64(max(limit, 0)) {
		return nil, fmt.Errorf("decompress: it claims to have %d bytes, not %d", head.FrameContentSize, limit)
	}
	r := unpackers.Get().(*zstd.Decoder)
	defer unpackers.Put(r)
	out, err := r.DecodeAll(b, make([]byte, 0, min(max(limit, 0), int64(len(b))*64)))
	switch {
	case err != nil:
		return nil, fmt.Errorf("decompress: %w", err)
	case int64(len(out)) > limit:
		return nil, fmt.Errorf("decompress: it has more than %d bytes", limit)
	}
	return out, nil
}

// The coders are kept for the next one, as making one costs more than most answers.
var (
	packers = sync.Pool{New: func() any {
		w, _ := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1)) // fails for bad options only
		return w
	}}
	unpackers = sync.Pool{New: func() any {
		r, _ := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxAnswer))
		return r
	}}
)
