package main

import (
	"io"
	"time"

	"github.com/hashicorp/go-hclog"
)

// globals are the flags of every command.
type globals struct {
	LogLevel  string `env:"LOG_LEVEL" enum:"trace,debug,info,warn,error,off" default:"info" placeholder:"LEVEL" group:"log" help:"How much is told: trace, debug, info, warn, error or off."`
	LogFormat string `env:"LOG_FORMAT" enum:"text,json" default:"text" placeholder:"FORMAT" group:"log" help:"text for people, json for what collects logs: one object a line."`
}

// logger writes to where messages go, one line each.
func (g *globals) logger(w io.Writer) hclog.Logger {
	format := time.DateTime
	if g.LogFormat == "json" {
		format = time.RFC3339
	}
	return hclog.New(&hclog.LoggerOptions{
		Name: "collector", Level: hclog.LevelFromString(g.LogLevel), Output: w,
		JSONFormat: g.LogFormat == "json", JSONEscapeDisabled: true, TimeFormat: format,
	})
}
