//go:build mage

// The commands of this repository; `go tool mage -l` lists them.
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/build"
	"github.com/magefile/mage/mg"
	"github.com/magefile/mage/target"

	"github.com/apexobs/iracing-grafana-observability/pkg/demo"
)

// Default is what plain `go tool mage` does.
var Default = Build

const (
	previewBin = "bin/preview"
	demoFolder = "data/demo-telemetry"

	// Linters are run at fixed versions and not linked into go.mod, which they would triple.
	golangci = "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0"
)

// Demo shows the dashboards in a browser, without Grafana. The telemetry is a simulated driver's, or yours with
// IBT_DIR=folder; races and ratings are those of a made-up iRacing. ADDR changes where it listens. Ctrl-C ends it.
func Demo(ctx context.Context) error {
	mg.SerialCtxDeps(ctx, Build, Preview)
	folder := os.Getenv("IBT_DIR")
	if folder == "" {
		folder = demoFolder
		fmt.Println("Writing the telemetry of the demo driver to", folder)
		if _, err := demo.Write(ctx, folder, demo.Options{}); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go endWithParent(ctx, cancel)
	args := []string{"-telemetry", folder, "-fake"}
	if addr := os.Getenv("ADDR"); addr != "" {
		args = append(args, "-addr", addr)
	}
	return run(ctx, nil, executable(previewBin), args...)
}

// endWithParent cancels when the process that started this one is gone. A Ctrl-C reaches all of them, but who ends only
// the command that he started must not leave a server behind.
func endWithParent(ctx context.Context, cancel context.CancelFunc) {
	parent := os.Getppid()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for os.Getppid() == parent {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
	cancel()
}

// Build makes both halves of the plugin for this machine, in dist.
func Build(ctx context.Context) {
	mg.SerialCtxDeps(ctx, Frontend, Backend)
}

// BuildAll makes both halves of the plugin for every platform that Grafana runs on.
func BuildAll(ctx context.Context) error {
	mg.SerialCtxDeps(ctx, Frontend)
	if err := manifestAtTop(); err != nil {
		return err
	}
	b := build.Build{}
	mg.SerialDeps(b.Linux, b.LinuxARM64, b.Windows, b.Darwin, b.DarwinARM64, b.GenerateManifestFile)
	return nil
}

// Collector makes the collector for this machine, in bin.
func Collector(ctx context.Context) error {
	return run(ctx, nil, "go", "build", "-trimpath", "-o", executable("bin/collector"), "./pkg/cmd/collector")
}

// Collectors makes the collector for every platform, in bin: for servers, containers and the PCs that iRacing runs on.
func Collectors(ctx context.Context) error {
	for _, platform := range []string{"linux/amd64", "linux/arm64", "windows/amd64", "darwin/amd64", "darwin/arm64"} {
		system, arch, _ := strings.Cut(platform, "/")
		out := "bin/collector_" + system + "_" + arch
		if system == "windows" {
			out += ".exe"
		}
		env := []string{"GOOS=" + system, "GOARCH=" + arch, "CGO_ENABLED=0"}
		if err := run(ctx, env, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", out, "./pkg/cmd/collector"); err != nil {
			return err
		}
	}
	return nil
}

// Frontend makes the browser's half.
func Frontend(ctx context.Context) error {
	if err := install(ctx, "."); err != nil {
		return err
	}
	if fresh, err := upToDate("dist/module.js", "src", "plugin.json", "package-lock.json", ".config", "webpack.config.ts", "README.md"); fresh || err != nil {
		return err
	}
	return run(ctx, nil, "npm", "run", "build")
}

// Backend makes the server's half for this machine.
func Backend() error {
	if err := manifestAtTop(); err != nil {
		return err
	}
	return build.Build{}.Backend()
}

// manifestAtTop tells the SDK's builder where the one plugin.json is.
func manifestAtTop() error {
	return build.SetBeforeBuildCallback(func(c build.Config) (build.Config, error) {
		c.PluginJSONPath = "."
		return c, nil
	})
}

// Preview makes the page and the server that show the plugin without Grafana.
func Preview(ctx context.Context) error {
	if err := install(ctx, "preview"); err != nil {
		return err
	}
	fresh, err := upToDate("preview/dist/index.html", "preview/web", "preview/package-lock.json", "preview/vite.config.mjs")
	if err != nil {
		return err
	}
	if !fresh {
		if err := run(ctx, nil, "npm", "--prefix", "preview", "run", "build"); err != nil {
			return err
		}
	}
	return run(ctx, nil, "go", "build", "-o", executable(previewBin), "./preview")
}

// Generate writes what is made from other sources: the TypeScript of the query model and the dashboards.
func Generate(ctx context.Context) error {
	if err := install(ctx, "."); err != nil {
		return err
	}
	if err := run(ctx, nil, "go", "generate", "./..."); err != nil {
		return err
	}
	return run(ctx, nil, "npm", "run", "dashboards")
}

// Test checks everything that needs no browser: vet, the Go tests with the race detector, types, lint and the tests of
// the frontend. IBT_CORPUS=folder adds the tests over real telemetry.
func Test(ctx context.Context) error {
	for _, dir := range []string{".", "preview"} {
		if err := install(ctx, dir); err != nil {
			return err
		}
	}
	for _, c := range [][]string{
		{"go", "vet", "./..."},
		{"npm", "run", "typecheck"},
		{"npm", "run", "lint"},
		{"npm", "run", "format:check"},
		{"npm", "run", "test:ci"},
		{"npm", "--prefix", "preview", "run", "typecheck"},
		{"npm", "--prefix", "preview", "run", "format:check"},
		{"go", "test", "-race", "-timeout", "20m", "./..."},
	} {
		if err := run(ctx, nil, c[0], c[1:]...); err != nil {
			return err
		}
	}
	return nil
}

// E2E drives the preview in Chromium. CHROMIUM names the browser if it is not in a usual place.
func E2E(ctx context.Context) error {
	mg.SerialCtxDeps(ctx, Build, Preview)
	folder, err := filepath.Abs(demoFolder)
	if err != nil {
		return err
	}
	if _, err := demo.Write(ctx, folder, demo.Options{}); err != nil {
		return err
	}
	bin, err := filepath.Abs(executable(previewBin))
	if err != nil {
		return err
	}
	return run(ctx, []string{"PREVIEW_BIN=" + bin, "IBT_DIR=" + folder}, "npm", "--prefix", "preview", "run", "e2e")
}

// Lint runs golangci-lint over the Go code.
func Lint(ctx context.Context) error {
	return run(ctx, nil, "go", "run", golangci, "run", "./...")
}

// Coverage tells how much of each Go package the tests reach.
func Coverage(ctx context.Context) error {
	if err := os.MkdirAll("coverage", 0o755); err != nil {
		return err
	}
	return run(ctx, nil, "go", "test", "-coverprofile=coverage/go.out", "./pkg/...")
}

// Bench prints the benchmarks of the decoder, the lap analysis and the database, with the ratios that matter.
func Bench(ctx context.Context) error {
	if err := run(ctx, nil, "go", "test", "-run", "^$", "-bench", ".", "-benchtime", "1x", "./pkg/ibt", "./pkg/analysis", "./pkg/collect/ingest"); err != nil {
		return err
	}
	// A database has to run for a while to be as quick as it gets.
	return run(ctx, nil, "go", "test", "-run", "^$", "-bench", ".", "-benchtime", "3s", "./pkg/store")
}

// Fuzz runs every fuzz target for FUZZTIME each, 1m if it is not set.
func Fuzz(ctx context.Context) error {
	spell := os.Getenv("FUZZTIME")
	if spell == "" {
		spell = "1m"
	}
	packages, err := exec.CommandContext(ctx, "go", "list", "./...").Output()
	if err != nil {
		return fmt.Errorf("list the packages: %w", err)
	}
	for pkg := range strings.FieldsSeq(string(packages)) {
		list, err := exec.CommandContext(ctx, "go", "test", "-list", "^Fuzz", pkg).Output()
		if err != nil {
			return fmt.Errorf("list the fuzz targets of %s: %w", pkg, err)
		}
		for name := range strings.FieldsSeq(string(list)) {
			if !strings.HasPrefix(name, "Fuzz") {
				continue
			}
			if err := run(ctx, nil, "go", "test", "-run", "^$", "-fuzz", "^"+name+"$", "-fuzztime", spell, pkg); err != nil {
				return err
			}
		}
	}
	return nil
}

// Clean removes what the other commands made, but not the installed packages.
func Clean() error {
	var err error
	for _, dir := range []string{"dist", "bin", "preview/dist", "coverage", demoFolder} {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	return err
}

// install installs the npm packages of a folder, unless they are those of its lockfile already.
func install(ctx context.Context, dir string) error {
	// npm notes in this file what it installed.
	if fresh, err := upToDate(filepath.Join(dir, "node_modules", ".package-lock.json"), filepath.Join(dir, "package-lock.json")); fresh || err != nil {
		return err
	}
	return run(ctx, nil, "npm", "--prefix", dir, "ci", "--no-audit", "--no-fund")
}

// upToDate tells whether out exists and is newer than all sources.
func upToDate(out string, sources ...string) (bool, error) {
	if _, err := os.Stat(out); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	stale, err := target.Dir(out, sources...)
	return !stale, err
}

func executable(path string) string {
	if runtime.GOOS == "windows" {
		return path + ".exe"
	}
	return path
}

// run runs a command and shows what it prints. When ctx ends, the command is asked to end too and given time to.
func run(ctx context.Context, env []string, name string, args ...string) error {
	fmt.Println("$", name, strings.Join(args, " "))
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.WaitDelay = 10 * time.Second
	if runtime.GOOS != "windows" {
		cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	}
	err := cmd.Run()
	if ctx.Err() != nil {
		return nil // that is how the demo ends
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
