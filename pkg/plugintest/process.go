package plugintest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/grpcplugin"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
)

// GrafanaVersion is the version of the Grafana server that a [Process] says it was started by.
const GrafanaVersion = "13.2.2"

// exitPoll is how often Wait looks whether the process has ended; go-plugin answers when asked and does not notify.
const exitPoll = 100 * time.Millisecond

// Options say how a plugin process is started.
type Options struct {
	// Binary is the path of the plugin's executable.
	Binary string
	// Env are further variables for the plugin, as in "GF_PLUGIN_KEY=value". Like a Grafana server, Start does not hand
	// on its own environment, only what Grafana sets.
	Env []string
	// Logger receives what the plugin logs, with level and fields. Nil discards it.
	Logger hclog.Logger
}

// Process is a running plugin. Its calls may be made from several goroutines at once.
type Process struct {
	plugin      *goplugin.Client
	release     context.CancelFunc
	diagnostics grpcplugin.DiagnosticsClient
	resource    grpcplugin.ResourceClient
	data        grpcplugin.DataClient
	stream      grpcplugin.StreamClient
}

var (
	_ backend.CheckHealthHandler    = (*Process)(nil)
	_ backend.CollectMetricsHandler = (*Process)(nil)
	_ backend.QueryDataHandler      = (*Process)(nil)
	_ backend.CallResourceHandler   = (*Process)(nil)
	_ backend.StreamHandler         = (*Process)(nil)
)

// Start launches the plugin and waits until it serves. The context bounds the start only; the process then runs until
// Kill, which the caller owes it. On Linux it does not outlive the calling process, however that ends.
func Start(ctx context.Context, o Options) (*Process, error) {
	logger := o.Logger
	if logger == nil {
		logger = hclog.NewNullLogger()
	}
	run, release := context.WithCancel(context.WithoutCancel(ctx))
	cmd := exec.CommandContext(run, o.Binary)
	cmd.Env = append([]string{"GF_VERSION=" + GrafanaVersion, "GF_EDITION=Open Source"}, o.Env...)
	endWithParent(cmd)

	p := &Process{release: release, plugin: goplugin.NewClient(&goplugin.ClientConfig{
		Cmd:         cmd,
		SkipHostEnv: true,
		HandshakeConfig: goplugin.HandshakeConfig{
			ProtocolVersion:  grpcplugin.ProtocolVersion,
			MagicCookieKey:   grpcplugin.MagicCookieKey,
			MagicCookieValue: grpcplugin.MagicCookieValue,
		},
		VersionedPlugins: map[int]goplugin.PluginSet{grpcplugin.ProtocolVersion: {
			"diagnostics": &grpcplugin.DiagnosticsGRPCPlugin{},
			"resource":    &grpcplugin.ResourceGRPCPlugin{},
			"data":        &grpcplugin.DataGRPCPlugin{},
			"stream":      &grpcplugin.StreamGRPCPlugin{},
		}},
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		Logger:           logger,
	})}

	// go-plugin takes no context: what ends its wait for the handshake is the end of the process.
	settled := context.AfterFunc(ctx, release)
	err := p.connect()
	if !settled() {
		err = ctx.Err()
	}
	if err != nil {
		p.Kill()
		return nil, fmt.Errorf("start plugin %s: %w", o.Binary, err)
	}
	return p, nil
}

// connect performs the handshake and makes a client of each service.
func (p *Process) connect() error {
	conn, err := p.plugin.Client()
	if err != nil {
		return err
	}
	return errors.Join(
		dispense(conn, "diagnostics", &p.diagnostics),
		dispense(conn, "resource", &p.resource),
		dispense(conn, "data", &p.data),
		dispense(conn, "stream", &p.stream),
	)
}

func dispense[T any](conn goplugin.ClientProtocol, name string, client *T) error {
	v, err := conn.Dispense(name)
	if err != nil {
		return fmt.Errorf("service %s: %w", name, err)
	}
	c, ok := v.(T)
	if !ok {
		return fmt.Errorf("service %s: client is a %T", name, v)
	}
	*client = c
	return nil
}

// Kill asks the process to end, ends it by force when it does not within two seconds, and returns when it is gone. It
// may be called more than once.
func (p *Process) Kill() {
	p.plugin.Kill()
	p.release()
}

// PID is the id of the process, as text.
func (p *Process) PID() string { return p.plugin.ID() }

// Exited tells whether the process has ended.
func (p *Process) Exited() bool { return p.plugin.Exited() }

// Wait returns nil once the process has ended, or the context's error.
func (p *Process) Wait(ctx context.Context) error {
	tick := time.NewTicker(exitPoll)
	defer tick.Stop()
	for !p.Exited() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}

// CheckHealth is what the button "Save & test" of a data source's settings runs.
func (p *Process) CheckHealth(ctx context.Context, req *backend.CheckHealthRequest) (*backend.CheckHealthResult, error) {
	res, err := p.diagnostics.CheckHealth(ctx, &pluginv2.CheckHealthRequest{
		PluginContext: backend.ToProto().PluginContext(req.PluginContext),
		Headers:       req.Headers,
	})
	if err != nil {
		return nil, fmt.Errorf("check health: %w", err)
	}
	return backend.FromProto().CheckHealthResponse(res), nil
}

// CollectMetrics reads the plugin's Prometheus metrics in the text format.
func (p *Process) CollectMetrics(ctx context.Context, req *backend.CollectMetricsRequest) (*backend.CollectMetricsResult, error) {
	res, err := p.diagnostics.CollectMetrics(ctx, &pluginv2.CollectMetricsRequest{
		PluginContext: backend.ToProto().PluginContext(req.PluginContext),
	})
	if err != nil {
		return nil, fmt.Errorf("collect metrics: %w", err)
	}
	return backend.FromProto().CollectMetricsResponse(res), nil
}

// QueryData runs the queries of a panel. A failed query has its error in the response of its refId; an error of QueryData
// itself means that the plugin could not be asked.
func (p *Process) QueryData(ctx context.Context, req *backend.QueryDataRequest) (*backend.QueryDataResponse, error) {
	res, err := p.data.QueryData(ctx, backend.ToProto().QueryDataRequest(req))
	if err != nil {
		return nil, fmt.Errorf("query data: %w", err)
	}
	answer, err := backend.FromProto().QueryDataResponse(res)
	if err != nil {
		return nil, fmt.Errorf("query data: decode frames: %w", err)
	}
	return answer, nil
}

// CallResource calls an HTTP resource of the plugin; the answer arrives in one or more parts, the first of which has the
// status and the headers. [Process.GetResource] is the short form.
func (p *Process) CallResource(ctx context.Context, req *backend.CallResourceRequest, sender backend.CallResourceResponseSender) error {
	ctx, cancel := context.WithCancel(ctx) // ends the stream when the sender gives up
	defer cancel()
	stream, err := p.resource.CallResource(ctx, backend.ToProto().CallResourceRequest(req))
	if err != nil {
		return fmt.Errorf("call resource %s: %w", req.Path, err)
	}
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("call resource %s: %w", req.Path, err)
		}
		if err := sender.Send(backend.FromProto().CallResourceResponse(part)); err != nil {
			return err
		}
	}
}

// SubscribeStream asks whether a live channel may be listened to.
func (p *Process) SubscribeStream(ctx context.Context, req *backend.SubscribeStreamRequest) (*backend.SubscribeStreamResponse, error) {
	res, err := p.stream.SubscribeStream(ctx, backend.ToProto().SubscribeStreamRequest(req))
	if err != nil {
		return nil, fmt.Errorf("subscribe to %s: %w", req.Path, err)
	}
	return backend.FromProto().SubscribeStreamResponse(res), nil
}

// PublishStream asks whether a message may be published to a live channel.
func (p *Process) PublishStream(ctx context.Context, req *backend.PublishStreamRequest) (*backend.PublishStreamResponse, error) {
	res, err := p.stream.PublishStream(ctx, backend.ToProto().PublishStreamRequest(req))
	if err != nil {
		return nil, fmt.Errorf("publish to %s: %w", req.Path, err)
	}
	return backend.FromProto().PublishStreamResponse(res), nil
}

// RunStream hands the packets of a live channel to sender until the plugin ends the stream (nil), the context ends it or
// sender refuses a packet. Only the first packet of a frame need have its schema.
func (p *Process) RunStream(ctx context.Context, req *backend.RunStreamRequest, sender *backend.StreamSender) error {
	ctx, cancel := context.WithCancel(ctx) // ends the stream when the sender gives up
	defer cancel()
	stream, err := p.stream.RunStream(ctx, backend.ToProto().RunStreamRequest(req))
	if err != nil {
		return fmt.Errorf("run stream %s: %w", req.Path, err)
	}
	for {
		packet, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("run stream %s: %w", req.Path, err)
		}
		if err := sender.SendJSON(packet.GetData()); err != nil {
			return err
		}
	}
}

// GetResource gets a resource of the plugin, such as "laps?session=latest", as one answer. An HTTP error status is an
// answer too.
func (p *Process) GetResource(ctx context.Context, pc backend.PluginContext, url string) (*backend.CallResourceResponse, error) {
	req := &backend.CallResourceRequest{PluginContext: pc, Method: "GET", Path: resourcePath(url), URL: url}
	var whole *backend.CallResourceResponse
	err := p.CallResource(ctx, req, backend.CallResourceResponseSenderFunc(func(part *backend.CallResourceResponse) error {
		if whole == nil {
			whole = part
		} else {
			whole.Body = append(whole.Body, part.Body...)
		}
		return nil
	}))
	if err != nil {
		return nil, err
	}
	if whole == nil {
		return nil, fmt.Errorf("call resource %s: no answer", url)
	}
	return whole, nil
}
