package store

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// The bounds where a Config has none.
const (
	defaultConns            = 8
	defaultConnectTimeout   = 5 * time.Second
	defaultStatementTimeout = time.Minute
)

// New makes a store. It does not connect yet; an error is about the settings.
func New(c Config) (*Store, error) {
	pc, err := pgxpool.ParseConfig(c.URL)
	if err != nil {
		// The library's own message repeats the string, with its password where that is not where it looks for it.
		return nil, &Error{Kind: BadSettings, Detail: "the connection string is not one; it looks like postgres://user@host:5432/database"}
	}
	if c.Host != "" {
		host, port := c.Host, ""
		if h, p, err := net.SplitHostPort(c.Host); err == nil {
			host, port = h, p
		}
		pc.ConnConfig.Host, pc.ConnConfig.Fallbacks = host, nil
		if port != "" {
			n, err := strconv.ParseUint(port, 10, 16)
			if err != nil {
				return nil, &Error{Kind: BadSettings, Detail: fmt.Sprintf("%.20q is no port of a database", port)}
			}
			pc.ConnConfig.Port = uint16(n)
		}
		if c.TLS == "" {
			c.TLS = TLSVerifyFull
		}
	}
	if c.Database != "" {
		pc.ConnConfig.Database = c.Database
	}
	if c.User != "" {
		pc.ConnConfig.User = c.User
	}
	if c.Password != "" {
		pc.ConnConfig.Password = c.Password
	}
	if err := secure(&pc.ConnConfig.Config, &c); err != nil {
		return nil, err
	}
	if c.Dial != nil {
		pc.ConnConfig.DialFunc = c.Dial
		pc.ConnConfig.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil }
	}
	if c.MaxConns <= 0 {
		c.MaxConns = defaultConns
	}
	if c.ConnectTimeout <= 0 {
		c.ConnectTimeout = defaultConnectTimeout
	}
	if c.StatementTimeout <= 0 {
		c.StatementTimeout = defaultStatementTimeout
	}
	pc.MaxConns = c.MaxConns
	pc.ConnConfig.ConnectTimeout = c.ConnectTimeout
	params := pc.ConnConfig.RuntimeParams
	if c.Name != "" {
		params["application_name"] = c.Name
	}
	params["statement_timeout"] = strconv.FormatInt(c.StatementTimeout.Milliseconds(), 10)
	params["idle_in_transaction_session_timeout"] = strconv.FormatInt((5 * time.Minute).Milliseconds(), 10)
	params["timezone"] = "UTC"
	pool, err := pgxpool.NewWithConfig(context.Background(), pc)
	if err != nil {
		return nil, &Error{Kind: BadSettings, Detail: "the settings of the database cannot be used"}
	}
	return &Store{config: c, pool: pool}, nil
}

// secure sets the TLS mode, unless that is the connection string's.
func secure(pc *pgconn.Config, c *Config) error {
	switch c.TLS {
	case "":
		return nil
	case TLSDisable:
		pc.TLSConfig, pc.Fallbacks = nil, nil
		return nil
	case TLSRequire, TLSVerifyCA, TLSVerifyFull:
	default:
		return &Error{Kind: BadSettings, Detail: fmt.Sprintf("there is no TLS mode %.20q", c.TLS)}
	}
	t := &tls.Config{ServerName: pc.Host, MinVersion: tls.VersionTLS12}
	if c.CA != "" {
		t.RootCAs = x509.NewCertPool()
		if !t.RootCAs.AppendCertsFromPEM([]byte(c.CA)) {
			return &Error{Kind: BadSettings, Detail: "the certificate of the authority is no PEM text that begins with -----BEGIN CERTIFICATE-----"}
		}
	}
	if c.Cert != "" || c.Key != "" {
		pair, err := tls.X509KeyPair([]byte(c.Cert), []byte(c.Key))
		if err != nil {
			return &Error{Kind: BadSettings, Detail: "the client's certificate and its key are no pair of PEM texts"}
		}
		t.Certificates = []tls.Certificate{pair}
	}
	switch c.TLS {
	case TLSRequire:
		t.InsecureSkipVerify = true
	case TLSVerifyCA:
		roots := t.RootCAs
		t.InsecureSkipVerify = true
		t.VerifyConnection = func(s tls.ConnectionState) error {
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
	pc.TLSConfig, pc.Fallbacks = t, nil
	return nil
}
