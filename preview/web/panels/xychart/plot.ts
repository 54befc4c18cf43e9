import { formattedValueToString, getFieldDisplayName, type Field, type GrafanaTheme2 } from '@grafana/data';
import { AxisPlacement, GraphDrawStyle, ScaleDirection, ScaleOrientation } from '@grafana/schema';
import { UPlotConfigBuilder } from '@grafana/ui';
import { drawSeries, hit, pointSize, prepare, type Drawn } from './draw';
import type { XYSeries } from './series';

export interface XYPlot {
  config: UPlotConfigBuilder;
  data: [null, ...unknown[][][]];
}

/** Grafana's axes and scales around series that are drawn here: x below, one y axis for each unit. */
export function toPlot(series: XYSeries[], theme: GrafanaTheme2): XYPlot {
  const config = new UPlotConfigBuilder();
  const drawn = prepare(series, theme);
  const first = drawn[0];
  if (first) {
    config.setMode(2);
    addPointer(config, drawn);
    addX(config, first, theme);
    drawn.forEach((one) => addSeries(config, one, drawn.length === 1, theme));
  }
  const data: XYPlot['data'] = [null, ...drawn.map(({ x, y }) => [x.values, y.values])];
  config.setPrepData(() => data);
  return { config, data };
}

/** A point is hovered when the pointer is on it, wherever its neighbours along x are. */
function addPointer(config: UPlotConfigBuilder, drawn: Drawn[]): void {
  let over: ReturnType<typeof hit>;
  const hovered = (seriesIndex: number) => (over && over.series === seriesIndex - 1 ? over : undefined);
  config.setCursor({
    drag: { setScale: true, x: true, y: true },
    dataIdx: (plot, seriesIndex) => {
      if (seriesIndex === 1) {
        over = hit(plot, drawn, plot.cursor.left ?? -10, plot.cursor.top ?? -10);
      }
      // uPlot takes null for "no point", its types do not.
      return (hovered(seriesIndex)?.row ?? null) as number;
    },
    points: {
      size: (_plot, seriesIndex) => {
        const point = hovered(seriesIndex);
        const one = drawn[seriesIndex - 1];
        return point && one ? pointSize(one, point.row) : 0;
      },
      fill: 'rgba(255, 255, 255, 0.4)',
    },
  });
}

function addX(config: UPlotConfigBuilder, { x, frame }: Drawn, theme: GrafanaTheme2): void {
  const look = x.config.custom ?? {};
  config.addScale({
    ...bounds(x),
    scaleKey: 'x',
    isTime: false,
    orientation: ScaleOrientation.Horizontal,
    direction: ScaleDirection.Right,
  });
  const hidden = look.axisPlacement === AxisPlacement.Hidden;
  config.addAxis({
    scaleKey: 'x',
    show: !hidden,
    placement: hidden ? AxisPlacement.Hidden : AxisPlacement.Bottom,
    label: look.axisLabel === '' || look.axisLabel == null ? getFieldDisplayName(x, frame) : look.axisLabel,
    grid: { show: look.axisGridShow },
    theme,
    formatValue: format(x),
  });
}

function addSeries(config: UPlotConfigBuilder, series: Drawn, alone: boolean, theme: GrafanaTheme2): void {
  const { y, scale, look, name } = series;
  config.addScale({
    ...bounds(y),
    scaleKey: scale,
    orientation: ScaleOrientation.Vertical,
    direction: ScaleDirection.Up,
  });
  if (look.axisPlacement !== AxisPlacement.Hidden) {
    config.addAxis({
      scaleKey: scale,
      placement: look.axisPlacement === AxisPlacement.Auto ? AxisPlacement.Left : look.axisPlacement,
      label: look.axisLabel || (alone ? name : undefined),
      size: look.axisWidth,
      grid: { show: look.axisGridShow },
      theme,
      formatValue: format(y),
    });
  }
  config.addSeries({
    facets: [
      { scale: 'x', auto: true },
      { scale, auto: true },
    ],
    scaleKey: '',
    theme,
    show: true,
    drawStyle: GraphDrawStyle.Line,
    pathBuilder: (plot) => {
      drawSeries(plot, series);
      return null;
    },
  });
}

function bounds({ config: { min, max, decimals, custom } }: Field) {
  return {
    min,
    max,
    decimals,
    softMin: custom?.axisSoftMin,
    softMax: custom?.axisSoftMax,
    centeredZero: custom?.axisCenteredZero,
    distribution: custom?.scaleDistribution?.type,
    log: custom?.scaleDistribution?.log,
  };
}

function format(field: Field) {
  return (value: unknown, decimals?: number | null) =>
    field.display ? formattedValueToString(field.display(value, decimals)) : String(value);
}
