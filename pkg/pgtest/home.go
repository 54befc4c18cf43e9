package pgtest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/gofrs/flock"
)

// home is where the servers of this process live.
var home = &place{}

// homePrefix begins the names of all homes.
const homePrefix = "pgtest-"

// place is a folder with a fresh data folder, which is copied for each server, as that is quicker than making another one.
type place struct {
	mu      sync.Mutex
	dir     string
	lock    *flock.Flock // tells other processes that this one lives
	bin     string
	as      user
	servers []*Server
	common  *Server

	copying   sync.Mutex // guards templates, and is held while one is made
	templates map[string]string
	ends      []func()
}

// template is the database of a name, which is made once.
func (p *place) template(name string, create func() (string, error)) (database string, err error) {
	p.copying.Lock()
	defer p.copying.Unlock()
	if database = p.templates[name]; database != "" {
		return database, nil
	}
	if database, err = create(); err != nil {
		return "", err
	}
	if p.templates == nil {
		p.templates = map[string]string{}
	}
	p.templates[name] = database
	return database, nil
}

// atEnd calls f when the process ends. The caller is making a template.
func (p *place) atEnd(f func()) { p.ends = append(p.ends, f) }

// shared is the server that all tests use which need none of their own.
func (p *place) shared() (*Server, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.common != nil {
		return p.common, nil
	}
	s, err := p.start("")
	if err != nil {
		return nil, err
	}
	p.common = s
	return s, nil
}

func (p *place) launch(settings string) (*Server, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.start(settings)
}

func (p *place) start(settings string) (*Server, error) {
	if err := p.open(); err != nil {
		return nil, err
	}
	s := &Server{place: p, dir: filepath.Join(p.dir, "server-"+strconv.Itoa(len(p.servers))), settings: settings}
	if err := p.run("cp", "-R", p.fresh(), s.dir); err != nil {
		return nil, err
	}
	p.servers = append(p.servers, s)
	if err := s.start(); err != nil {
		s.remove()
		return nil, err
	}
	return s, nil
}

func (p *place) fresh() string { return filepath.Join(p.dir, "fresh") }

// open makes the folder, once.
func (p *place) open() (err error) {
	if p.dir != "" {
		return nil
	}
	if p.bin, err = binaries(); err != nil {
		return err
	}
	if p.as, err = unprivileged(); err != nil {
		return err
	}
	sweep()
	dir, err := os.MkdirTemp(roots()[0], homePrefix)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(dir)
			p.dir = ""
		}
	}()
	p.dir = dir
	p.lock = flock.New(filepath.Join(dir, "alive"))
	if ok, err := p.lock.TryLock(); err != nil || !ok {
		return fmt.Errorf("lock %s: %w", p.lock.Path(), err)
	}
	if err = p.as.own(dir); err != nil {
		return err
	}
	return p.run(filepath.Join(p.bin, "initdb"), "-D", p.fresh(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
}

// run runs a program as the servers' user.
func (p *place) run(name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	p.as.apply(cmd)
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(name), err, out.String())
	}
	return nil
}

// end ends all servers and removes the folder.
func (p *place) end() {
	p.copying.Lock()
	if os.Getenv("DATABASE_URL") != "" { // or else they go with the server
		for _, f := range p.ends {
			f()
		}
	}
	p.copying.Unlock()
	p.mu.Lock()
	servers := p.servers
	p.mu.Unlock()
	for _, s := range servers {
		s.remove()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dir == "" {
		return
	}
	_ = p.lock.Close()
	_ = os.RemoveAll(p.dir)
	p.dir, p.servers, p.common = "", nil, nil
}

// roots are where homes are: the first one is where the next one will be. Who sets TMPDIR knows better.
func roots() []string {
	roots := []string{os.TempDir()}
	if dir := memory(); dir != "" && os.Getenv("TMPDIR") == "" {
		roots = []string{dir, os.TempDir()}
	}
	return roots
}

// sweep removes what processes left behind that were killed: nobody holds their locks any more.
func sweep() {
	var left []string
	for _, root := range roots() {
		found, _ := filepath.Glob(filepath.Join(root, homePrefix+"*"))
		left = append(left, found...)
	}
	for _, dir := range left {
		alive := filepath.Join(dir, "alive")
		if _, err := os.Stat(alive); err != nil {
			continue // just being made, or not ours
		}
		l := flock.New(alive)
		if ok, err := l.TryLock(); !ok || err != nil {
			continue
		}
		pids, _ := filepath.Glob(filepath.Join(dir, "server-*", "postmaster.pid"))
		for _, pid := range pids {
			err := stopLeft(filepath.Dir(pid))
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				continue
			}
		}
		_ = l.Close()
		_ = os.RemoveAll(dir)
	}
}

// stopLeft ends a server that outlived its process, which happens where the system does not tell it.
func stopLeft(data string) error {
	bin, err := binaries()
	if err != nil {
		return err
	}
	as, err := unprivileged()
	if err != nil {
		return err
	}
	cmd := exec.Command(filepath.Join(bin, "pg_ctl"), "-D", data, "-m", "immediate", "-w", "-t", "10", "stop")
	as.apply(cmd)
	return cmd.Run() // it looks whether the process is a server of that folder
}
