package store

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// Claims are names that one of several processes has to itself for a while, all on one connection of their own, which is made
// with the first. Who loses that connection loses them without notice: they save work and protect nothing. The methods may be
// called by several goroutines.
type Claims struct {
	s *Store

	mu   sync.Mutex // a connection does one thing at a time
	conn *pgx.Conn
}

// Claims returns claims of which there are none yet. They must be closed.
func (s *Store) Claims() *Claims { return &Claims{s: s} }

// Try claims a name unless others have; it does not wait. ok tells whether the name is claimed, and release gives it back.
func (c *Claims) Try(ctx context.Context, name string) (release func(), ok bool, err error) {
	key := lockKey("claim " + name)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn == nil || c.conn.IsClosed() {
		if c.conn, err = c.s.session(ctx); err != nil {
			c.conn = nil
			return nil, false, err
		}
	}
	if err := c.conn.QueryRow(ctx, "select pg_try_advisory_lock($1)", key).Scan(&ok); err != nil {
		return nil, false, c.s.fail(ctx, err)
	}
	if !ok {
		return nil, false, nil
	}
	conn := c.conn
	return sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if conn.IsClosed() {
			return // its end has given the name back
		}
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		if _, err := conn.Exec(ctx, "select pg_advisory_unlock($1)", key); err != nil {
			end(conn)
		}
	}), true, nil
}

// Close gives all names back.
func (c *Claims) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn == nil {
		return
	}
	if !c.conn.IsClosed() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		_, _ = c.conn.Exec(ctx, "select pg_advisory_unlock_all()") // its end does the same, a little later
	}
	end(c.conn)
	c.conn = nil
}
