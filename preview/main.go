// Command preview shows the plugin's dashboards and editors in a browser without a Grafana server. A page built on
// Grafana's published frontend libraries (the folder web) draws them; this command serves that page on the loopback
// interface and answers its calls from the real plugin process, which it starts as Grafana would.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/sync/errgroup"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing/iracingtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/pgtest"
	"github.com/apexobs/iracing-grafana-observability/pkg/plugintest"
)

const (
	startTimeout = 20 * time.Second // for the plugin to serve
	drainTimeout = 3 * time.Second  // for requests under way when the preview is stopped
)

var errPluginEnded = errors.New("the plugin process has ended by itself; its last words are above")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "preview:", err)
		os.Exit(1)
	}
}

// run serves until the context ends, then stops the server and the plugin process. The address goes to stdout as soon as
// it answers, what the plugin logs to stderr.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("preview", flag.ContinueOnError)
	flags.SetOutput(stderr)
	addr := flags.String("addr", "127.0.0.1:3400", "loopback `address` to listen on; port 0 takes a free one")
	dist := flags.String("dist", "dist", "`folder` of the built plugin")
	web := flags.String("web", filepath.Join("preview", "dist"), "`folder` of the built page")
	telemetry := flags.String("telemetry", "", "`folder` or URL of the .ibt files that the data source starts with")
	fake := flags.Bool("fake", false, "serve a made-up iRacing, and let the data source sign in to it")
	postgres := flags.Bool("postgres", false, "keep what is fetched and uploaded in a PostgreSQL that lives as long as the preview; its programs must be installed")
	verbose := flags.Bool("v", false, "show all that the plugin logs, not only warnings and errors")
	open := flags.Bool("open", false, "open the page in the browser")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("there is nothing to do with %q; see -help", flags.Arg(0))
	}

	built, err := openDist(*dist)
	if err != nil {
		return err
	}
	if err := wantFile(filepath.Join(*web, "index.html"), "npm --prefix preview run build"); err != nil {
		return err
	}
	saved, err := telemetrySettings(*telemetry)
	if err != nil {
		return err
	}
	secrets := map[string]string{}
	if *fake {
		iracing, err := iracingtest.New(iracingtest.Options{OneHost: true, PerMinute: -1})
		if err != nil {
			return err
		}
		defer func() { _ = iracing.Close() }() // the process ends
		signIn(&saved, secrets, iracing)
	}
	if *postgres {
		database, end, err := pgtest.Run()
		if err != nil {
			return err
		}
		defer end()
		keepIn(&saved, database)
	}
	source, err := newDataSource(built.Manifest, saved, secrets)
	if err != nil {
		return err
	}
	listener, err := listen(ctx, *addr)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }() // the server closes it too once it serves

	level := hclog.Warn
	if *verbose {
		level = hclog.Debug
	}
	starting, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	plugin, err := plugintest.Start(starting, plugintest.Options{
		Binary: built.binary(),
		Logger: hclog.New(&hclog.LoggerOptions{Name: "plugin", Output: stderr, Level: level}),
	})
	if err != nil {
		return err
	}
	defer plugin.Kill()

	server := &http.Server{
		Handler:           guard(listener.Addr(), newServer(built, os.DirFS(*web), source, plugin)),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      2 * time.Minute,
		IdleTimeout:       time.Minute,
	}
	url := "http://" + listener.Addr().String()
	if _, err := fmt.Fprintln(stdout, url); err != nil {
		return err
	}
	if *open {
		if err := openBrowser(ctx, url); err != nil {
			_, _ = fmt.Fprintf(stderr, "preview: open %s yourself: %v\n", url, err)
		}
	}
	return serve(ctx, server, listener, plugin)
}

// serve returns when the context has ended (nil), the plugin process has, or the server fails.
func serve(ctx context.Context, server *http.Server, listener net.Listener, plugin *plugintest.Process) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	g.Go(func() error {
		if plugin.Wait(ctx) == nil {
			return errPluginEnded
		}
		return nil
	})
	g.Go(func() error {
		<-ctx.Done()
		drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
		defer cancel()
		if server.Shutdown(drain) != nil {
			return server.Close()
		}
		return nil
	})
	return g.Wait()
}

// listen binds to the loopback interface and to nothing else: the page answers without a password.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("-addr %s: want host:port, such as 127.0.0.1:3400", addr)
	}
	if host == "" || strings.EqualFold(host, "localhost") {
		host = "127.0.0.1"
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("-addr %s: the preview listens on the loopback interface only, such as 127.0.0.1:3400", addr)
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is taken by another program; -addr 127.0.0.1:0 takes a free port", addr)
	}
	return l, err
}

func openBrowser(ctx context.Context, url string) error {
	command := []string{"xdg-open"}
	switch runtime.GOOS {
	case "darwin":
		command = []string{"open"}
	case "windows":
		command = []string{"rundll32", "url.dll,FileProtocolHandler"}
	}
	return exec.CommandContext(ctx, command[0], append(command[1:], url)...).Run()
}
