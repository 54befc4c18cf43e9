package store

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/apexobs/iracing-grafana-observability/pkg/metrics"
)

// The bounds where a Config has none.
const (
	defaultConns            = 8
	defaultConnectTimeout   = 5 * time.Second
	defaultStatementTimeout = time.Minute
)

const (
	// idleFor is how long a connection is kept that nobody uses.
	idleFor = 5 * time.Minute
	// pingAfter is the age of a connection's last use from which it is tried before it is used.
	pingAfter = 250 * time.Millisecond
	// idleInTx is how long the server lets a transaction do nothing.
	idleInTx = 5 * time.Minute
	// silence is how much longer than a statement may take a connection may be silent.
	silence = time.Minute
)

// New makes a store. It does not connect yet; an error is about the settings. Close it when it is no longer used.
func New(c Config) (*Store, error) {
	if c.ConnectTimeout <= 0 {
		c.ConnectTimeout = defaultConnectTimeout
	}
	if c.StatementTimeout <= 0 {
		c.StatementTimeout = defaultStatementTimeout
	}
	if c.Warn == nil {
		c.Warn = func(string, error) {}
	}
	pc, err := c.pool()
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(context.Background(), pc)
	if err != nil {
		return nil, &Error{Kind: BadSettings, Detail: "the settings of the database cannot be used"}
	}
	id := make([]byte, 8)
	_, _ = rand.Read(id) // never fails
	s := &Store{
		config: c, pool: pool, holder: hex.EncodeToString(id),
		breaker:    breaker{rest: defaultRest, now: time.Now},
		tokenTimes: defaultTokenTimes,
	}
	s.life, s.end = context.WithCancel(context.Background())
	s.forget = metrics.Stores.Add(s.measure)
	return s, nil
}

// pool is the driver's configuration.
func (c *Config) pool() (*pgxpool.Config, error) {
	text := c.URL
	if text == "" && c.Host != "" {
		var err error
		if text, err = c.words(); err != nil {
			return nil, err
		}
	}
	pc, err := pgxpool.ParseConfig(text)
	if _, missing := errors.AsType[*fs.PathError](err); missing {
		return nil, &Error{Kind: BadSettings, Detail: "a file that the connection string names cannot be read"}
	}
	if err != nil {
		// The driver's own message repeats the string, with its password where that is not where it looks for it.
		return nil, &Error{Kind: BadSettings, Detail: "the connection string is not one; it looks like postgres://user@host:5432/database"}
	}
	cc := pc.ConnConfig
	if c.Host != "" {
		if cc.Host, err = c.address(&cc.Port); err != nil {
			return nil, err
		}
		cc.Fallbacks = nil
	}
	if c.Database != "" {
		cc.Database = c.Database
	}
	if c.User != "" {
		cc.User = c.User
	}
	if c.Password != "" {
		cc.Password = c.Password
	}
	if err := c.secure(&cc.Config); err != nil {
		return nil, err
	}
	dial := c.Dial
	if dial == nil {
		dial = (&net.Dialer{KeepAlive: 15 * time.Second}).DialContext
	} else {
		// The proxy looks names up where the database is.
		cc.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil }
	}
	cc.DialFunc = impatient(dial, c.StatementTimeout+silence)
	cc.ConnectTimeout = c.ConnectTimeout
	if c.Name != "" {
		cc.RuntimeParams["application_name"] = c.Name
	}
	switch {
	case c.MaxConns > 0:
		pc.MaxConns = c.MaxConns
	case !strings.Contains(c.URL, "pool_max_conns"):
		pc.MaxConns = defaultConns
	}
	pc.MaxConnIdleTime = idleFor
	pc.PingTimeout = c.ConnectTimeout
	pc.ShouldPing = func(_ context.Context, p pgxpool.ShouldPingParams) bool { return p.IdleDuration > pingAfter }
	pc.AfterConnect = c.prepare
	return pc, nil
}

// words is a connection string of the fields. The driver looks into the file of passwords by it, where another host may have
// another password. The variables' mode of TLS, and the files that it takes, do not matter.
func (c *Config) words() (string, error) {
	port := uint16(0)
	host, err := c.address(&port)
	if err != nil {
		return "", err
	}
	text := "sslmode=disable"
	add := func(name, value string) {
		if value != "" {
			text += " " + name + "='" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value) + "'"
		}
	}
	add("host", host)
	if port != 0 {
		add("port", strconv.Itoa(int(port)))
	}
	add("dbname", c.Database)
	add("user", c.User)
	return text, nil
}

// address is the host of Host, whose port goes to port if it has one.
func (c *Config) address(port *uint16) (string, error) {
	host, text := strings.TrimSpace(c.Host), ""
	if h, p, err := net.SplitHostPort(host); err == nil {
		host, text = h, p
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if text == "" {
		return host, nil
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || n == 0 {
		return "", &Error{Kind: BadSettings, Detail: fmt.Sprintf("%.20q is no port of a database", text)}
	}
	*port = uint16(n)
	return host, nil
}

// prepare sets a new connection up. These settings are statements and no part of the greeting, as poolers refuse what they
// do not know there. Who has waited for a lock must see what was written meanwhile, so that the isolation is not the
// database's to choose.
func (c *Config) prepare(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, c.ConnectTimeout)
	defer cancel()
	_, err := conn.Exec(ctx, fmt.Sprintf(`
		set statement_timeout = %d;
		set idle_in_transaction_session_timeout = %d;
		set default_transaction_isolation = 'read committed';
		set timezone = 'UTC';
		set search_path = iracing, pg_temp;
		set tcp_keepalives_idle = 30;
		set tcp_keepalives_interval = 10;
		set tcp_keepalives_count = 3`, c.StatementTimeout.Milliseconds(), idleInTx.Milliseconds()))
	return err
}

// secure sets the TLS mode, unless that is the connection string's.
func (c *Config) secure(pc *pgconn.Config) error {
	mode := c.TLS
	if mode == "" && (c.Host != "" || c.CA != "") {
		mode = TLSVerifyFull
	}
	switch mode {
	case "":
		return nil
	case TLSDisable, TLSRequire, TLSVerifyCA, TLSVerifyFull:
	default:
		return &Error{Kind: BadSettings, Detail: fmt.Sprintf("there is no TLS mode %.20q", c.TLS)}
	}
	t, err := c.tls(mode, tlsOf(pc))
	if err != nil {
		return err
	}
	to := func(host string) *tls.Config {
		if t == nil || isSocket(host) {
			return nil
		}
		own := t.Clone()
		own.ServerName = host
		return own
	}
	// A connection string may name several hosts, and each of them twice: with TLS and without.
	type place struct {
		host string
		port uint16
	}
	seen := map[place]bool{{pc.Host, pc.Port}: true}
	fallbacks := pc.Fallbacks
	pc.TLSConfig, pc.Fallbacks = to(pc.Host), nil
	for _, f := range fallbacks {
		if at := (place{f.Host, f.Port}); !seen[at] {
			seen[at] = true
			pc.Fallbacks = append(pc.Fallbacks, &pgconn.FallbackConfig{Host: f.Host, Port: f.Port, TLSConfig: to(f.Host)})
		}
	}
	return nil
}

// isSocket tells a socket of this computer from a host; the driver has the same rule.
func isSocket(host string) bool {
	network, _ := pgconn.NetworkAddress(host, 0)
	return network == "unix"
}

// tlsOf is the TLS of the connection string, for the certificates that it names; nil when it has none.
func tlsOf(pc *pgconn.Config) *tls.Config {
	if pc.TLSConfig != nil {
		return pc.TLSConfig
	}
	for _, f := range pc.Fallbacks {
		if f.TLSConfig != nil {
			return f.TLSConfig
		}
	}
	return nil
}

// tls is what a mode means; nil for none. Certificates that the Config lacks are those that the connection string names.
func (c *Config) tls(mode TLSMode, own *tls.Config) (*tls.Config, error) {
	if mode == TLSDisable {
		return nil, nil
	}
	t := &tls.Config{MinVersion: tls.VersionTLS12}
	if own != nil {
		t.RootCAs, t.Certificates, t.NextProtos = own.RootCAs, own.Certificates, own.NextProtos
	}
	if c.CA != "" {
		t.RootCAs = x509.NewCertPool()
		if !t.RootCAs.AppendCertsFromPEM([]byte(c.CA)) {
			return nil, &Error{Kind: BadSettings, Detail: "the certificate of the authority is no PEM text that begins with -----BEGIN CERTIFICATE-----"}
		}
	}
	if c.Cert != "" || c.Key != "" {
		pair, err := tls.X509KeyPair([]byte(c.Cert), []byte(c.Key))
		if err != nil {
			return nil, &Error{Kind: BadSettings, Detail: "the client's certificate and its key are no pair of PEM texts"}
		}
		t.Certificates = []tls.Certificate{pair}
	}
	switch {
	case mode == TLSVerifyFull:
	case mode == TLSRequire && t.RootCAs == nil:
		t.InsecureSkipVerify = true
	default:
		t.InsecureSkipVerify = true // the name; the rest is looked at here
		t.VerifyConnection = verifyChain(t.RootCAs)
	}
	return t, nil
}

// verifyChain looks at everything of a certificate but the name; no roots are the system's.
func verifyChain(roots *x509.CertPool) func(tls.ConnectionState) error {
	return func(s tls.ConnectionState) error {
		if len(s.PeerCertificates) == 0 {
			return errors.New("the server has shown no certificate")
		}
		between := x509.NewCertPool()
		for _, cert := range s.PeerCertificates[1:] {
			between.AddCert(cert)
		}
		_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between})
		return err
	}
}

// session makes a connection outside of the pool, for what belongs to a session: locks.
func (s *Store) session(ctx context.Context) (*pgx.Conn, error) {
	return s.sessionOf(ctx, s.pool.Config().ConnConfig)
}

func (s *Store) sessionOf(ctx context.Context, cc *pgx.ConnConfig) (*pgx.Conn, error) {
	if err := s.breaker.enter(); err != nil {
		return nil, err
	}
	wait, cancel := context.WithTimeout(ctx, s.config.ConnectTimeout+time.Second)
	defer cancel()
	conn, err := pgx.ConnectConfig(wait, cc)
	if err == nil {
		if err = s.config.prepare(wait, conn); err != nil {
			end(conn)
		}
	}
	s.breaker.leave(s.downErr(ctx, err))
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	return conn, nil
}

// end closes a connection that is not the pool's.
func end(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_ = conn.Close(ctx)
}

// measure is how the store stands, for the metrics.
func (s *Store) measure() metrics.StoreState {
	err, tried := s.breaker.state()
	st := s.pool.Stat()
	return metrics.StoreState{
		Tried: tried, Up: err == nil,
		Idle: int(st.IdleConns()), Used: int(st.AcquiredConns()), Opening: int(st.ConstructingConns()), Max: int(st.MaxConns()),
	}
}
