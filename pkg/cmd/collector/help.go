package main

import (
	"strings"

	"github.com/alecthomas/kong"
)

// explain is a flag's help with its default and its variable behind it: (5000; $REMOTE_WRITE_RATE).
func explain(v *kong.Value) string {
	var more []string
	if v.HasDefault && v.Default != "" && !v.IsBool() {
		more = append(more, v.Default+" by default")
	}
	for _, name := range v.Tag.Envs {
		more = append(more, "$"+name)
	}
	if len(more) == 0 {
		return v.Help
	}
	return strings.TrimSuffix(v.Help, ".") + " (" + strings.Join(more, "; ") + ")."
}
