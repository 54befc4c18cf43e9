package frames

import (
	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/apexobs/iracing-grafana-observability/pkg/iracing"
)

// licenceColours are iRacing's colours of the licence classes, rookie to world championship. The last two are black there,
// which cannot be read on a dark page.
var licenceColours = [...]string{"#fc0706", "#fc8a27", "#feec04", "#00c702", "#0153db", "#8e8e8e", "#8e8e8e"}

// LicenceColour is the colour of a licence's class; empty for none.
func LicenceColour(l iracing.Licence) string {
	if g := l.Group(); g > 0 {
		return licenceColours[g-1]
	}
	return ""
}

// Licence is a column of licences such as A 4.32, coloured by their class.
func (c *Columns[T]) Licence(name, title string, of func(*T) iracing.Licence) *data.Field {
	field := c.Text(name, title, func(row *T) string { return of(row).String() })
	m := data.ValueMapper{}
	for i := range c.Rows {
		l := of(&c.Rows[i])
		if colour := LicenceColour(l); colour != "" {
			m[l.String()] = Mapped(l.String(), colour)
		}
	}
	if len(m) > 0 {
		field.Config.Mappings = append(field.Config.Mappings, m)
	}
	return field
}
