// Package plugintest runs a compiled plugin the way the Grafana server does: as a child process, over hashicorp/go-plugin
// and gRPC, with Grafana's handshake and environment. A [Process] answers the SDK's own handler interfaces, so a call
// reads the same whether it goes to a handler or, through Grafana's wire format, to the real executable.
//
// End-to-end tests and the preview stand on it. The plugin itself never imports it.
package plugintest
