package picks

import (
	"context"
	"strings"

	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/ask"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/frames"
	"github.com/apexobs/iracing-grafana-observability/pkg/datasource/models"
	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// endpoints lists the endpoints of the API with what they are for and the parameters they need.
func endpoints(_ context.Context, _ *ask.Query, v models.VariableQuery) ([]models.Option, error) {
	var options []models.Option
	for _, e := range iracing.Endpoints() {
		if !contains(e.Path+" "+e.About, v.Search) {
			continue
		}
		o := models.Option{Value: e.Path, Label: e.Path, Description: frames.Sentence(e.About)}
		var required, optional []string
		for _, p := range e.Params {
			if p.Required {
				required = append(required, p.Name)
			} else {
				optional = append(optional, p.Name)
			}
		}
		if len(required) > 0 {
			o.Description += " Needs " + strings.Join(required, ", ") + "."
		}
		if len(optional) > 0 {
			o.Description += " Takes " + strings.Join(optional, ", ") + "."
		}
		options = append(options, o)
	}
	return options, nil
}

// EndpointParams lists the parameters of an endpoint, those that must be given first; none for an unknown path.
func EndpointParams(path string) []models.Option {
	options := []models.Option{}
	e := iracing.Lookup(path)
	if e == nil {
		return options
	}
	for _, required := range []bool{true, false} {
		for _, p := range e.Params {
			if p.Required != required {
				continue
			}
			o := models.Option{Value: p.Name, Label: p.Name, Description: describe(p.Type)}
			if required {
				o.Label += " (required)"
				o.Description = "Required. " + o.Description
			}
			options = append(options, o)
		}
	}
	return options
}

// describe says how a parameter is written.
func describe(t iracing.ParamType) string {
	switch t {
	case iracing.Int:
		return "A whole number."
	case iracing.Bool:
		return "true or false."
	case iracing.Time:
		return "A time in UTC, such as 2026-04-01T15:45Z."
	case iracing.Ints:
		return "Whole numbers with commas between them."
	case iracing.Tags:
		return "key=value items with commas between them."
	case iracing.File:
		return "The name of a public file, without its ending."
	}
	return "A text."
}
