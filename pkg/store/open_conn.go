package store

import (
	"context"
	"net"
	"sync"
	"time"
)

type dialer = func(ctx context.Context, network, address string) (net.Conn, error)

// impatient makes connections that break when the other side is silent while something is expected from it: a host that
// vanished says nothing at all, for hours. The server ends each statement by itself before that.
func impatient(dial dialer, after time.Duration) dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &impatientConn{Conn: c, after: after}, nil
	}
}

type impatientConn struct {
	net.Conn
	after time.Duration

	mu          sync.Mutex
	read, write time.Time // the deadlines that the owner has set
}

func (c *impatientConn) Read(b []byte) (int, error) {
	c.mu.Lock()
	if c.read.IsZero() {
		_ = c.Conn.SetReadDeadline(time.Now().Add(c.after))
	}
	c.mu.Unlock()
	return c.Conn.Read(b)
}

func (c *impatientConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	if c.write.IsZero() {
		_ = c.Conn.SetWriteDeadline(time.Now().Add(c.after))
	}
	c.mu.Unlock()
	return c.Conn.Write(b)
}

// SetDeadline sets both deadlines.
func (c *impatientConn) SetDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read, c.write = t, t
	return c.Conn.SetDeadline(t)
}

// SetReadDeadline sets the deadline of reading.
func (c *impatientConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read = t
	return c.Conn.SetReadDeadline(t)
}

// SetWriteDeadline sets the deadline of writing.
func (c *impatientConn) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.write = t
	return c.Conn.SetWriteDeadline(t)
}
