// The plugin process: what Grafana starts and asks over gRPC.
package main

import (
	"os"

	"github.com/grafana/grafana-plugin-sdk-go/backend/datasource"
	"github.com/grafana/grafana-plugin-sdk-go/backend/log"

	iracing "github.com/apexobs/iracing-grafana-observability/pkg/datasource"
	"github.com/apexobs/iracing-grafana-observability/pkg/metrics"
)

func main() {
	metrics.BuildInfo()
	if err := datasource.Manage(iracing.PluginID, iracing.New, datasource.ManageOpts{}); err != nil {
		log.DefaultLogger.Error("The plugin ends", "error", err)
		os.Exit(1)
	}
}
