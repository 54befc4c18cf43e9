// Options that several panels have in common.
import { LegendDisplayMode, SortOrder, TooltipDisplayMode } from '@grafana/schema';

export const legend = {
  showLegend: true,
  displayMode: LegendDisplayMode.List,
  placement: 'bottom' as const,
  calcs: [] as string[],
};

export const tooltip = { mode: TooltipDisplayMode.Single, sort: SortOrder.None };

/** What stat-like panels reduce a field to. */
export const reduceOptions = { calcs: ['lastNotNull'], values: false, fields: '' };

export const hideFrom = { tooltip: false, viz: false, legend: false };

export const axisOptions = {
  axisPlacement: 'auto',
  axisLabel: '',
  axisWidth: undefined,
  axisColorMode: 'text',
  axisBorderShow: false,
  axisGridShow: undefined,
  axisCenteredZero: false,
  axisSoftMin: undefined,
  axisSoftMax: undefined,
  scaleDistribution: { type: 'linear' },
};

/** The field options of the panels that draw lines over one x axis. */
export const graphFieldOptions = {
  ...axisOptions,
  hideFrom,
  drawStyle: 'line',
  lineInterpolation: 'linear',
  lineWidth: 1,
  lineStyle: { fill: 'solid' },
  lineColor: undefined,
  fillOpacity: 0,
  fillColor: undefined,
  fillBelowTo: undefined,
  gradientMode: 'none',
  spanNulls: false,
  insertNulls: false,
  showPoints: 'auto',
  showValues: false,
  pointSize: 5,
  barAlignment: 0,
  barWidthFactor: 0.6,
  barMaxWidth: undefined,
  stacking: { mode: 'none', group: 'A' },
  transform: undefined,
  thresholdsStyle: { mode: 'off' },
};
