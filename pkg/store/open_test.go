package store_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/store"
)

// authority signs certificates.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	PEM  string
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	a := &authority{t: t}
	a.PEM, _ = a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		NotAfter: time.Now().Add(time.Hour),
	})
	return a
}

// sign makes a certificate and its key, as PEM texts; the first one is the authority's own.
func (a *authority) sign(c *x509.Certificate) (cert, key string) {
	a.t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	c.NotBefore = time.Now().Add(-24 * time.Hour)
	if c.SerialNumber, err = rand.Int(rand.Reader, big.NewInt(1<<60)); err != nil {
		a.t.Fatal(err)
	}
	parent, by := a.cert, a.key
	if parent == nil {
		parent, by = c, k
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &k.PublicKey, by)
	if err != nil {
		a.t.Fatal(err)
	}
	if a.cert == nil {
		if a.cert, err = x509.ParseCertificate(der); err != nil {
			a.t.Fatal(err)
		}
		a.key = k
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		a.t.Fatal(err)
	}
	text := func(kind string, b []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}))
	}
	return text("CERTIFICATE", der), text("PRIVATE KEY", pkcs8)
}

func (a *authority) server(host string, until time.Time) (cert, key string) {
	c := &x509.Certificate{
		Subject: pkix.Name{CommonName: host}, NotAfter: until,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if ip := net.ParseIP(host); ip != nil {
		c.IPAddresses = []net.IP{ip}
	} else {
		c.DNSNames = []string{host}
	}
	return a.sign(c)
}

func (a *authority) client(user string) (cert, key string) {
	return a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: user}, NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
}

func TestTLS(t *testing.T) {
	server := pgtest.Start(t)
	ours, theirs := newAuthority(t, "Ours"), newAuthority(t, "Theirs")
	certificate := func(cert, key string) {
		t.Helper()
		server.Put(t, "server.crt", cert)
		server.Put(t, "server.key", key)
	}
	later := time.Now().Add(time.Hour)
	certificate(ours.server("database.example", later))
	server.Put(t, "clients.crt", ours.PEM)
	server.Exec(t, "create role plain login; create role cert login; create role pass login password 'hunter2'")
	server.Exec(t, "alter system set ssl = on")
	server.Exec(t, "alter system set ssl_ca_file = 'clients.crt'")
	server.Exec(t, "alter system set password_encryption = 'scram-sha-256'")
	server.Put(t, "pg_hba.conf", `
host all postgres 127.0.0.1/32 trust
hostssl all plain 127.0.0.1/32 trust
hostssl all cert 127.0.0.1/32 cert
hostssl all pass 127.0.0.1/32 scram-sha-256
`)
	reload := func() {
		t.Helper()
		server.StopServer(t)
		server.StartServer(t)
	}
	reload()
	cert, key := ours.client("cert")
	strange, strangeKey := theirs.client("cert")

	written := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	// The name is looked up where the database is: here, every name is this computer.
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
	}
	type try struct {
		name  string
		c     store.Config
		want  store.Kind // empty when it works
		words []string
	}
	check := func(t *testing.T, tries []try) {
		t.Helper()
		for _, c := range tries {
			t.Run(c.name, func(t *testing.T) {
				t.Helper()
				if c.c.URL == "" {
					if c.c.Host == "" {
						c.c.Host = "database.example"
					}
					c.c.Host += ":" + strconv.Itoa(server.Port)
				}
				c.c.Dial, c.c.Database = dial, "postgres"
				if c.c.User == "" {
					c.c.User = "plain"
				}
				s := openAt(t, c.c)
				err := s.Query(t.Context(), "select 1")
				if kindOf(err) == store.Rights { // it is in
					err = nil
				}
				if c.want == "" && err != nil || c.want != "" && kindOf(err) != c.want {
					t.Fatalf("the error is %v (%v), want %q", err, kindOf(err), c.want)
				}
				if c.want != "" {
					is(t, err, c.want, c.words...)
				}
			})
		}
	}
	t.Setenv("PGPASSFILE", written("pgpass", "localhost:*:*:pass:hunter3\ndatabase.example:*:*:pass:hunter2\n"))
	check(t, []try{
		{"with a host, all is checked", store.Config{CA: ours.PEM}, "", nil},
		{"in full", store.Config{TLS: store.TLSVerifyFull, CA: ours.PEM}, "", nil},
		{"in full, by the system's authorities", store.Config{TLS: store.TLSVerifyFull}, store.Insecure, []string{"authority"}},
		{"in full, of another authority", store.Config{TLS: store.TLSVerifyFull, CA: theirs.PEM}, store.Insecure, []string{"authority"}},
		{"in full, another host", store.Config{Host: "other.example", TLS: store.TLSVerifyFull, CA: ours.PEM}, store.Insecure, []string{"another host"}},
		{"the authority, another host", store.Config{Host: "other.example", TLS: store.TLSVerifyCA, CA: ours.PEM}, "", nil},
		{"another authority", store.Config{TLS: store.TLSVerifyCA, CA: theirs.PEM}, store.Insecure, []string{"authority"}},
		{"both authorities", store.Config{TLS: store.TLSVerifyFull, CA: theirs.PEM + ours.PEM}, "", nil},
		{"encrypted", store.Config{TLS: store.TLSRequire}, "", nil},
		{"encrypted, with an authority", store.Config{TLS: store.TLSRequire, CA: theirs.PEM}, store.Insecure, []string{"authority"}},
		{"in the clear", store.Config{TLS: store.TLSDisable}, store.Insecure, []string{"without TLS"}},
		{"a client's certificate", store.Config{User: "cert", CA: ours.PEM, Cert: cert, Key: key}, "", nil},
		{"no client's certificate", store.Config{User: "cert", CA: ours.PEM}, store.SignIn, []string{"certificate"}},
		{"a certificate for another user", store.Config{User: "plain", CA: ours.PEM, Cert: cert, Key: key}, "", nil},
		{"a stranger's certificate", store.Config{User: "cert", CA: ours.PEM, Cert: strange, Key: strangeKey}, store.SignIn, []string{"certificate"}},
		{"a password", store.Config{User: "pass", CA: ours.PEM, Password: "hunter2"}, "", nil},
		{"a wrong password", store.Config{User: "pass", CA: ours.PEM, Password: "hunter3"}, store.SignIn, []string{"the password is wrong"}},
		{"no password", store.Config{Host: "127.0.0.1", TLS: store.TLSRequire, User: "pass"}, store.SignIn, nil},
		{"an unknown user", store.Config{User: "somebody", CA: ours.PEM, Password: "hunter3"}, store.SignIn, []string{"pg_hba.conf"}},
		{"by URL", store.Config{URL: fmt.Sprintf("postgres://pass:hunter2@database.example:%d/postgres", server.Port), User: "pass", CA: ours.PEM}, "", nil},
		{"by URL, several hosts", store.Config{
			URL: fmt.Sprintf("postgres://nowhere.example:1,database.example:%d/postgres", server.Port), TLS: store.TLSVerifyFull, CA: ours.PEM,
		}, "", nil},
		{"by URL, in the clear", store.Config{URL: fmt.Sprintf("postgres://pass:hunter2@database.example:%d/postgres?sslmode=disable", server.Port), User: "pass"}, store.Insecure, nil},
		{"by URL, a socket before the host", store.Config{
			URL: fmt.Sprintf("postgres://plain@/postgres?host=/nowhere,database.example&port=%[1]d,%[1]d", server.Port), TLS: store.TLSVerifyFull, CA: ours.PEM,
		}, "", nil},
		{"by URL, a socket before the host, of another authority", store.Config{
			URL: fmt.Sprintf("postgres://plain@/postgres?host=/nowhere,database.example&port=%[1]d,%[1]d", server.Port), TLS: store.TLSVerifyFull, CA: theirs.PEM,
		}, store.Insecure, []string{"authority"}},
		{"by URL, with its own mode, a socket before the host", store.Config{
			URL: fmt.Sprintf("postgres://plain@/postgres?host=/nowhere,database.example&port=%[1]d,%[1]d&sslmode=verify-full&sslrootcert=%[2]s", server.Port, written("ca", ours.PEM)),
		}, "", nil},
		{"by URL, with its authority", store.Config{
			URL: fmt.Sprintf("postgres://plain@database.example:%d/postgres?sslrootcert=%s", server.Port, written("ca", ours.PEM)), TLS: store.TLSVerifyFull,
		}, "", nil},
		{"by URL, with another authority", store.Config{
			URL: fmt.Sprintf("postgres://plain@database.example:%d/postgres?sslrootcert=%s", server.Port, written("ca", theirs.PEM)), TLS: store.TLSRequire,
		}, store.Insecure, []string{"authority"}},
		{"by URL, with its client's certificate", store.Config{
			URL: fmt.Sprintf("postgres://cert@database.example:%d/postgres?sslcert=%s&sslkey=%s", server.Port, written("cert", cert), written("key", key)), User: "cert", CA: ours.PEM,
		}, "", nil},
		{"by the file of passwords", store.Config{User: "pass", CA: ours.PEM}, "", nil},
		{"by an address", store.Config{Host: "127.0.0.1", TLS: store.TLSVerifyFull, CA: ours.PEM}, store.Insecure, []string{"another host"}},
	})
	certificate(ours.server("database.example", time.Now().Add(-time.Hour)))
	reload()
	check(t, []try{
		{"expired", store.Config{TLS: store.TLSVerifyFull, CA: ours.PEM}, store.Insecure, []string{"not valid"}},
		{"expired, the authority", store.Config{TLS: store.TLSVerifyCA, CA: ours.PEM}, store.Insecure, []string{"not valid"}},
		{"expired, encrypted", store.Config{TLS: store.TLSRequire}, "", nil},
	})
	server.Exec(t, "alter system set ssl = off")
	reload()
	check(t, []try{
		{"no TLS there", store.Config{TLS: store.TLSRequire}, store.Insecure, []string{"switched off"}},
	})
}

func TestSettingsThatAreNone(t *testing.T) {
	cert, _ := newAuthority(t, "Ours").client("a")
	for name, c := range map[string]store.Config{
		"no connection string":   {URL: "postgres://user:hunter2@host:port/db"},
		"words":                  {URL: "password=hunter2 and"},
		"a mode of the string's": {URL: "postgres://user:hunter2@host/db?sslmode=hunter2"},
		"a password in the host": {URL: "postgres://user:hun/ter2@host:hunter2/db"},
		"a port":                 {Host: "host:0"},
		"a large port":           {Host: "host:70000"},
		"a mode":                 {Host: "host", TLS: "hunter2"},
		"an authority":           {Host: "host", CA: "hunter2"},
		"a certificate":          {Host: "host", Cert: "hunter2", Key: "hunter2"},
		"a certificate alone":    {Host: "host", Cert: cert},
		"no file":                {URL: "postgres://user:hunter2@host/db?sslmode=verify-full&sslrootcert=/no/such/file"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := store.New(c)
			if err == nil {
				s.Close()
			}
			if strings.HasPrefix(name, "a mode") || strings.HasPrefix(name, "a p") {
				if err != nil && strings.Contains(err.Error(), "hunter2") && c.URL != "" {
					t.Errorf("the error tells a secret: %v", err)
				}
				if kindOf(err) != store.BadSettings {
					t.Errorf("the error is %v", err)
				}
				return
			}
			is(t, err, store.BadSettings)
		})
	}
}

func TestWhereAStoreIs(t *testing.T) {
	t.Setenv("PGHOST", "")
	for want, c := range map[string]store.Config{
		"db on host:5432":              {URL: "postgres://u@host/db"},
		"db on other:6000":             {URL: "postgres://u@host/x", Host: "other:6000", Database: "db"},
		"db on other:5433":             {URL: "postgres://u@host:5433/db", Host: "other"},
		"db on [::1]:6000":             {Host: "[::1]:6000", Database: "db", User: "u"},
		"db on [::1]:5432":             {Host: "::1", Database: "db", User: "u"},
		"db on /var/run/postgres:5432": {Host: "/var/run/postgres", Database: "db", User: "u"},
		"db on [fe80::1]:5432":         {Host: "[fe80::1]", Database: "db", User: "u"},
		`it's a \db on host:5432`:      {Host: "host", Database: `it's a \db`, User: `'\`},
		"db on words:5432":             {URL: "host=words dbname=db user=u"},
	} {
		if got := openAt(t, c).String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
