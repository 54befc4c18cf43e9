// Command plugin is a data source as small as can be: it gives back what it was asked.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/datasource"
	"github.com/grafana/grafana-plugin-sdk-go/backend/instancemgmt"
	"github.com/grafana/grafana-plugin-sdk-go/backend/resource/httpadapter"
	"github.com/grafana/grafana-plugin-sdk-go/data"
)

func main() {
	if err := datasource.Manage("echo-datasource", newInstance, datasource.ManageOpts{}); err != nil {
		os.Exit(1)
	}
}

type instance struct {
	backend.CallResourceHandler
	settings backend.DataSourceInstanceSettings
}

func newInstance(_ context.Context, s backend.DataSourceInstanceSettings) (instancemgmt.Instance, error) {
	backend.Logger.Info("instance made", "uid", s.UID)
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Lap", r.URL.Query().Get("lap"))
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write([]byte(r.URL.Path))
	})
	return &instance{CallResourceHandler: httpadapter.New(echo), settings: s}, nil
}

func (i *instance) CheckHealth(context.Context, *backend.CheckHealthRequest) (*backend.CheckHealthResult, error) {
	return &backend.CheckHealthResult{
		Status:      backend.HealthStatusOk,
		Message:     i.settings.Name + " " + i.settings.DecryptedSecureJSONData["key"],
		JSONDetails: i.settings.JSONData,
	}, nil
}

func (i *instance) QueryData(_ context.Context, req *backend.QueryDataRequest) (*backend.QueryDataResponse, error) {
	res := backend.NewQueryDataResponse()
	for _, q := range req.Queries {
		if q.QueryType == "bad" {
			res.Responses[q.RefID] = backend.ErrDataResponse(backend.StatusBadRequest, "no such lap")
			continue
		}
		frame := data.NewFrame("echo", data.NewField("query", nil, []json.RawMessage{q.JSON}))
		res.Responses[q.RefID] = backend.DataResponse{Frames: data.Frames{frame}}
	}
	return res, nil
}

func (i *instance) SubscribeStream(_ context.Context, req *backend.SubscribeStreamRequest) (*backend.SubscribeStreamResponse, error) {
	if req.Path != "lap" {
		return &backend.SubscribeStreamResponse{Status: backend.SubscribeStreamStatusNotFound}, nil
	}
	return &backend.SubscribeStreamResponse{Status: backend.SubscribeStreamStatusOK}, nil
}

func (i *instance) PublishStream(context.Context, *backend.PublishStreamRequest) (*backend.PublishStreamResponse, error) {
	return &backend.PublishStreamResponse{Status: backend.PublishStreamStatusPermissionDenied}, nil
}

func (i *instance) RunStream(_ context.Context, _ *backend.RunStreamRequest, sender *backend.StreamSender) error {
	frame := data.NewFrame("lap", data.NewField("speed", nil, []float64{61.5}))
	return errors.Join(sender.SendFrame(frame, data.IncludeAll), sender.SendFrame(frame, data.IncludeDataOnly))
}
