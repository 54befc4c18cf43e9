package plugintest

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
)

// mainPackage is the plugin's process.
const mainPackage = "github.com/apexobs/iracing-grafana-observability/pkg"

// Build compiles the plugin into dir and returns the executable's path. Flags go to go build, as in "-race". It wants the
// working directory inside this module, which it is in every test.
func Build(ctx context.Context, dir string, flags ...string) (string, error) {
	return build(ctx, mainPackage, dir, flags...)
}

func build(ctx context.Context, pkg, dir string, flags ...string) (string, error) {
	name := "gpx_iracing"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	binary := filepath.Join(dir, name)
	args := append([]string{"build", "-o", binary}, flags...)
	out, err := exec.CommandContext(ctx, "go", append(args, pkg)...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", pkg, err, out)
	}
	return binary, nil
}
