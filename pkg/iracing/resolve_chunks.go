package iracing

import (
	"bytes"
	"context"
	"encoding/json"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// Bounds of a chunked answer. The longest real ones have some tens of chunks.
const (
	maxChunks      = 1000
	parallelChunks = 4
)

// chunkInfo says where the rows of an answer are.
type chunkInfo struct {
	Size  json.RawMessage `json:"chunk_size,omitempty"`
	Num   json.RawMessage `json:"num_chunks,omitempty"`
	Rows  json.RawMessage `json:"rows,omitempty"`
	Base  string          `json:"base_download_url,omitempty"`
	Names []string        `json:"chunk_file_names,omitempty"`
}

// chunks fetches the chunks that chunk_info names, in parallel, and joins their rows in order. Its second answer is the
// chunk_info without addresses.
func (c *Client) chunks(ctx context.Context, r Request, raw json.RawMessage, space *room) ([]byte, []byte, *failure) {
	var info chunkInfo
	if len(raw) > 0 && json.Unmarshal(raw, &info) != nil {
		return nil, nil, &failure{err: r.fail(BadAnswer, 0, "its list of chunks cannot be read")}
	}
	if len(info.Names) > maxChunks {
		return nil, nil, &failure{err: r.fail(BadAnswer, 0, "it has too many chunks")}
	}
	parts := make([][]byte, len(info.Names))
	var first atomic.Pointer[failure]
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(parallelChunks)
	for i, name := range info.Names {
		group.Go(func() error {
			if groupCtx.Err() != nil {
				return nil // another chunk failed
			}
			rep, f := c.asset(groupCtx, r, info.Base+name, space)
			if f == nil {
				parts[i], f = r.rows(rep.body)
			}
			if f == nil {
				return nil
			}
			first.CompareAndSwap(nil, f)
			return f.err
		})
	}
	if group.Wait() != nil {
		return nil, nil, first.Load()
	}
	if ctx.Err() != nil {
		return nil, nil, &failure{err: ctx.Err()}
	}
	info.Base, info.Names = "", nil
	slim, _ := json.Marshal(info)
	return joinRows(parts), slim, nil
}

// rows checks that a chunk is a JSON array and takes its brackets off.
func (r Request) rows(body []byte) ([]byte, *failure) {
	if !json.Valid(body) {
		return nil, &failure{r.fail(BadAnswer, 0, "a chunk of it is no JSON, or was cut off"), onceMore}
	}
	body = bytes.TrimSpace(body)
	if body[0] != '[' {
		return nil, &failure{err: r.fail(BadAnswer, 0, "a chunk of it is no list of rows")}
	}
	return bytes.TrimSpace(body[1 : len(body)-1]), nil
}

// joinRows puts rows of several chunks into one JSON array, as they are.
func joinRows(parts [][]byte) []byte {
	n := 2
	for _, part := range parts {
		n += len(part) + 1
	}
	out := append(make([]byte, 0, n), '[')
	for _, part := range parts {
		if len(part) == 0 {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, part...)
	}
	return append(out, ']')
}
