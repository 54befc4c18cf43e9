import {
  FieldColorModeId,
  FieldType,
  formattedValueToString,
  getFieldColorModeForField,
  getFieldDisplayName,
  getFieldSeriesColor,
  type DataFrame,
  type Field,
  type GrafanaTheme2,
  type PanelProps,
} from '@grafana/data';
import {
  AxisPlacement,
  GraphDrawStyle,
  LegendDisplayMode,
  ScaleDirection,
  ScaleOrientation,
  VizOrientation,
} from '@grafana/schema';
import type { Options } from '@grafana/schema/dist/esm/raw/composable/barchart/panelcfg/x/BarChartPanelCfg_types.gen';
import { UPlotChart, UPlotConfigBuilder, useTheme2, VizLayout, VizLegend } from '@grafana/ui';
import { useMemo } from 'react';
import type uPlot from 'uplot';
import { axisOptions, hideFrom, legend, tooltip } from './defaults';
import { definePanel } from './define';
import { NoData } from './NoData';
import { XTooltip } from './tooltip';

function BarChartPanel(panel: PanelProps<Options>) {
  const theme = useTheme2();
  const { data, options, width, height } = panel;
  const frame = useMemo(() => plotFrame(data.series[0], options.xField), [data.series, options.xField]);
  const colors = useMemo(() => colorField(data.series[0], options.colorByField), [data.series, options.colorByField]);
  const config = useMemo(
    () => frame && toConfig(frame, colors, options, isHorizontal(options, width, height), theme),
    [frame, colors, options, width, height, theme],
  );
  if (!frame || !config) {
    return <NoData panel={panel} needs={[FieldType.string, FieldType.number]} />;
  }
  const [, ...bars] = frame.fields;
  const rows = frame.fields[0]?.values.map((_, i) => i) ?? [];
  return (
    <VizLayout width={width} height={height} legend={toLegend(options, frame, bars, theme)}>
      {(plotWidth, plotHeight) => (
        <UPlotChart
          config={config}
          data={[rows, ...bars.map((field) => field.values)]}
          width={plotWidth}
          height={plotHeight}
        >
          <XTooltip config={config} frame={frame} options={options.tooltip} />
        </UPlotChart>
      )}
    </VizLayout>
  );
}

/** The field that names the groups, then each number that is drawn; undefined when either is missing. */
function plotFrame(frame: DataFrame | undefined, xField?: string): DataFrame | undefined {
  if (!frame || frame.length === 0) {
    return undefined;
  }
  const x = frame.fields.find((field) =>
    xField ? getFieldDisplayName(field, frame) === xField : [FieldType.string, FieldType.time].includes(field.type),
  );
  const bars = frame.fields.filter(
    (field) => field !== x && field.type === FieldType.number && !field.config.custom?.hideFrom?.viz,
  );
  return x && bars.length > 0 ? { ...frame, fields: [x, ...bars] } : undefined;
}

/** The field whose values colour the bars of their rows. */
function colorField(frame?: DataFrame, name?: string): Field | undefined {
  return name ? frame?.fields.find((field) => getFieldDisplayName(field, frame) === name) : undefined;
}

function isHorizontal({ orientation }: Options, width: number, height: number): boolean {
  return orientation === VizOrientation.Horizontal || (orientation === VizOrientation.Auto && height > width);
}

/** Groups of bars beside each other; stacked bars and values written on them are left to Grafana. */
function toConfig(
  frame: DataFrame,
  colors: Field | undefined,
  options: Options,
  horizontal: boolean,
  theme: GrafanaTheme2,
): UPlotConfigBuilder {
  const config = new UPlotConfigBuilder();
  const [x, ...bars] = frame.fields;
  if (!x) {
    return config;
  }
  const along = horizontal ? ScaleOrientation.Vertical : ScaleOrientation.Horizontal;
  const across = horizontal ? ScaleOrientation.Horizontal : ScaleOrientation.Vertical;
  config.addScale({
    scaleKey: 'x',
    isTime: false,
    orientation: along,
    direction: horizontal ? ScaleDirection.Down : ScaleDirection.Right,
    range: () => [-0.5, frame.length - 0.5],
  });
  config.addAxis({
    scaleKey: 'x',
    isTime: false,
    placement: horizontal ? AxisPlacement.Left : AxisPlacement.Bottom,
    label: x.config.custom?.axisLabel,
    grid: { show: false },
    ticks: { show: false },
    splits: () => x.values.map((_, i) => i),
    values: (_plot, splits) => splits.map((i) => label(x, i)),
    tickLabelRotation: -options.xTickLabelRotation,
    theme,
  });
  bars.forEach((field, i) => {
    const look = field.config.custom ?? {};
    const scaleKey = field.config.unit ?? 'y';
    config.addScale({
      scaleKey,
      orientation: across,
      direction: horizontal ? ScaleDirection.Right : ScaleDirection.Up,
      min: field.config.min,
      max: field.config.max,
      softMin: look.axisSoftMin ?? 0,
      softMax: look.axisSoftMax ?? 0,
    });
    if (look.axisPlacement !== AxisPlacement.Hidden) {
      config.addAxis({
        scaleKey,
        placement: horizontal ? AxisPlacement.Bottom : (look.axisPlacement ?? AxisPlacement.Auto),
        label: look.axisLabel,
        theme,
        grid: { show: look.axisGridShow },
        formatValue: (value, decimals) =>
          field.display ? formattedValueToString(field.display(value, decimals)) : value,
      });
    }
    config.addSeries({
      scaleKey,
      theme,
      show: true,
      drawStyle: GraphDrawStyle.Bars,
      pointsBuilder: () => false,
      pathBuilder: (plot) => {
        drawBars(plot, field, colors, scaleKey, { place: i, of: bars.length }, options, horizontal, theme);
        return null;
      },
    });
  });
  return config;
}

function label(field: Field, index: number): string {
  const value: unknown = field.values[index];
  return field.display ? formattedValueToString(field.display(value)) : String(value ?? '');
}

function drawBars(
  plot: uPlot,
  field: Field,
  colors: Field | undefined,
  scale: string,
  { place, of: count }: { place: number; of: number },
  { groupWidth, barWidth }: Options,
  horizontal: boolean,
  theme: GrafanaTheme2,
): void {
  const { ctx } = plot;
  const look = field.config.custom ?? {};
  const byValue = getFieldColorModeForField(field).isByValue;
  const seriesColor = getFieldSeriesColor(field, theme).color;
  const group = (plot.valToPos(1, 'x', true) - plot.valToPos(0, 'x', true)) * groupWidth;
  const thickness = (group / count) * barWidth;
  const zero = plot.valToPos(0, scale, true);
  ctx.save();
  ctx.lineWidth = (look.lineWidth ?? 1) * devicePixelRatio;
  field.values.forEach((value: number | null, row) => {
    if (value === null || value === undefined) {
      return;
    }
    const middle = plot.valToPos(row, 'x', true) - group / 2 + (group * (place + 0.5)) / count;
    const end = plot.valToPos(value, scale, true);
    ctx.beginPath();
    if (horizontal) {
      ctx.rect(zero, middle - thickness / 2, end - zero, thickness);
    } else {
      ctx.rect(middle - thickness / 2, zero, thickness, end - zero);
    }
    const ownColor = colors ? colors.display?.(colors.values[row]).color : byValue && field.display?.(value).color;
    ctx.fillStyle = ctx.strokeStyle = ownColor || seriesColor;
    ctx.globalAlpha = (look.fillOpacity ?? 80) / 100;
    ctx.fill();
    ctx.globalAlpha = 1;
    if (ctx.lineWidth > 0) {
      ctx.stroke();
    }
  });
  ctx.restore();
}

function toLegend(
  { legend: { showLegend, displayMode, placement } }: Options,
  frame: DataFrame,
  bars: Field[],
  theme: GrafanaTheme2,
) {
  if (!showLegend || displayMode === LegendDisplayMode.Hidden) {
    return null;
  }
  const items = bars.map((field) => {
    const name = getFieldDisplayName(field, frame);
    return { label: name, fieldName: name, color: getFieldSeriesColor(field, theme).color, yAxis: 1 };
  });
  return (
    <VizLayout.Legend placement={placement}>
      <VizLegend placement={placement} displayMode={displayMode} items={items} />
    </VizLayout.Legend>
  );
}

export const barChartPanel = definePanel<Options>({
  id: 'barchart',
  component: BarChartPanel,
  options: {
    legend,
    tooltip,
    orientation: VizOrientation.Auto,
    xField: undefined,
    barWidth: 0.97,
    barRadius: 0,
    groupWidth: 0.7,
    stacking: 'none',
    showValue: 'auto',
    xTickLabelRotation: 0,
    xTickLabelMaxLength: 0,
    xTickLabelSpacing: 0,
    fullHighlight: false,
    colorByField: undefined,
    text: undefined,
  },
  fieldOptions: {
    ...axisOptions,
    hideFrom,
    lineWidth: 1,
    fillOpacity: 80,
    gradientMode: 'none',
    thresholdsStyle: { mode: 'off' },
  },
  color: FieldColorModeId.PaletteClassic,
});
