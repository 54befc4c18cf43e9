import type { PanelPlugin } from '@grafana/data';
import { barChartPanel } from './barchart';
import { barGaugePanel } from './bargauge';
import { fallbackPanel } from './fallback';
import { statPanel } from './stat';
import { tablePanel } from './table';
import { textPanel } from './text';
import { timeSeriesPanel } from './timeseries';
import { trendPanel } from './trend';
import { xyChartPanel } from './xychart';

const panels = new Map<string, PanelPlugin>(
  [barChartPanel, barGaugePanel, statPanel, tablePanel, textPanel, timeSeriesPanel, trendPanel, xyChartPanel].map(
    (panel): [string, PanelPlugin] => [panel.meta.id, panel],
  ),
);

/** The panel of a type. Scenes compare panels by identity, so each type has exactly one. */
export function panelPlugin(id: string): PanelPlugin {
  let panel = panels.get(id);
  if (!panel) {
    panel = fallbackPanel(id);
    panels.set(id, panel);
  }
  return panel;
}
