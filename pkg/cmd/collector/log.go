package main

import (
	"io"
	"math"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"
)

// globals are the flags of every command.
type globals struct {
	LogLevel  string `env:"LOG_LEVEL" enum:"trace,debug,info,warn,error,off" default:"info" placeholder:"LEVEL" group:"log" help:"How much is told: trace, debug, info, warn, error or off."`
	LogFormat string `env:"LOG_FORMAT" enum:"text,json" default:"text" placeholder:"FORMAT" group:"log" help:"text for people, json for what collects logs: one object a line."`
}

const logJSON = "json"

// logger writes to where messages go, one line each.
func (g *globals) logger(w io.Writer) hclog.Logger {
	return newLog(w, hclog.LevelFromString(g.LogLevel), g.LogFormat == logJSON)
}

func newLog(w io.Writer, level hclog.Level, json bool) hclog.Logger {
	format := time.DateTime
	if json {
		format = time.RFC3339
	}
	return &journal{json: json, Logger: hclog.New(&hclog.LoggerOptions{
		Name: "collector", Level: level, Output: w, JSONFormat: json, JSONEscapeDisabled: true, TimeFormat: format,
	})}
}

// journal is the log of all commands. Names of files, and whatever else others have written, cannot forge a line or move a
// terminal's cursor in it. Durations are readable in text, and in JSON numbers of seconds, whose names say so.
type journal struct {
	hclog.Logger
	json bool
}

// Log writes a line.
func (j *journal) Log(level hclog.Level, text string, args ...any) {
	j.Logger.Log(level, printable(text), j.fields(args)...)
}

// Trace writes a line of that level.
func (j *journal) Trace(text string, args ...any) { j.Log(hclog.Trace, text, args...) }

// Debug writes a line of that level.
func (j *journal) Debug(text string, args ...any) { j.Log(hclog.Debug, text, args...) }

// Info writes a line of that level.
func (j *journal) Info(text string, args ...any) { j.Log(hclog.Info, text, args...) }

// Warn writes a line of that level.
func (j *journal) Warn(text string, args ...any) { j.Log(hclog.Warn, text, args...) }

// Error writes a line of that level.
func (j *journal) Error(text string, args ...any) { j.Log(hclog.Error, text, args...) }

// With is a journal with fields in all lines.
func (j *journal) With(args ...any) hclog.Logger {
	return &journal{j.Logger.With(j.fields(args)...), j.json}
}

// Named is a journal for a part of the program.
func (j *journal) Named(name string) hclog.Logger { return &journal{j.Logger.Named(name), j.json} }

// ResetNamed is a journal of another name.
func (j *journal) ResetNamed(name string) hclog.Logger {
	return &journal{j.Logger.ResetNamed(name), j.json}
}

// fields are names and values as they are written.
func (j *journal) fields(args []any) []any {
	out := make([]any, len(args))
	for i, arg := range args {
		switch v := arg.(type) {
		case string:
			out[i] = printable(v)
		case error:
			out[i] = printable(v.Error())
		case time.Duration:
			out[i] = v.String()
			if name, ok := out[max(i-1, 0)].(string); ok && i%2 == 1 && j.json {
				out[i-1], out[i] = name+"_seconds", math.Round(v.Seconds()*1000)/1000
			}
		default:
			out[i] = arg
		}
	}
	return out
}

// messages is where a command tells its user something apart from the log: nil where that is text, and the log where
// everything is JSON. What is told there is told at any level of the log.
func (c *console) messages() hclog.Logger {
	format := ""
	if c.flags != nil {
		format = c.flags.LogFormat
	}
	if format == "" && c.env != nil {
		format = c.env("LOG_FORMAT")
	}
	if format != logJSON {
		return nil
	}
	return newLog(c.err, hclog.Info, true)
}

// logFormatOf finds --log-format on a command line that cannot be read.
func (c *console) logFormatOf(args []string) {
	const flag = "--log-format"
	for i, arg := range args {
		switch format, joined := strings.CutPrefix(arg, flag+"="); {
		case arg == "--":
			return
		case joined:
			c.flags.LogFormat = format
		case arg == flag && i+1 < len(args):
			c.flags.LogFormat = args[i+1]
		}
	}
}

// lines are the texts of an error, one for each that was joined, none of which holds a line break.
func lines(err error) []string {
	if many, ok := err.(interface{ Unwrap() []error }); ok { //nolint:errorlint // what it wraps is looked at
		var all []string
		for _, one := range many.Unwrap() {
			all = append(all, lines(one)...)
		}
		return all
	}
	return []string{printable(err.Error())}
}
