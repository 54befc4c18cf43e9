import { getFieldColorModeForField, type Field, type GrafanaTheme2 } from '@grafana/data';
import type uPlot from 'uplot';
import type { XYSeries } from './series';

/** A series with each point's colour and size worked out, as drawing asks for them at every frame. */
export interface Drawn extends XYSeries {
  /** The y scale. */
  scale: string;
  colors: string[] | undefined;
  /** Diameters in CSS pixels. */
  sizes: number[] | undefined;
}

/** Series share their y scale by unit, and the ranges of values that colours and sizes are spread over. */
export function prepare(all: XYSeries[], theme: GrafanaTheme2): Drawn[] {
  const colorRange = rangeOf(all.flatMap(({ colorBy }) => colorBy ?? []));
  const sizeRange = rangeOf(all.flatMap(({ sizeBy }) => sizeBy ?? []));
  return all.map((series) => ({
    ...series,
    scale: series.y.config.unit ?? 'y',
    colors: pointColors(series, colorRange, theme),
    sizes: pointSizes(series, sizeRange),
  }));
}

export function pointSize({ sizes, look }: Drawn, index: number): number {
  return sizes?.[index] ?? look.pointSize?.fixed ?? 5;
}

interface Range {
  low: number;
  /** Never 0. */
  span: number;
}

function rangeOf(fields: Field[]): Range {
  let [low, high] = [Infinity, -Infinity];
  for (const value of fields.flatMap((field) => field.values)) {
    if (value != null) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return { low, span: high - low || 1 };
}

/** Continuous schemes are spread over the range; thresholds, mappings and the rest are the field's own display. */
function pointColors({ colorBy, color }: XYSeries, { low, span }: Range, theme: GrafanaTheme2): string[] | undefined {
  if (!colorBy) {
    return undefined;
  }
  const mode = getFieldColorModeForField(colorBy);
  const spread = mode.isContinuous ? mode.getCalculator(colorBy, theme) : undefined;
  return colorBy.values.map((value) => {
    if (value == null) {
      return color;
    }
    return spread ? spread(value, (value - low) / span) : (colorBy.display?.(value).color ?? color);
  });
}

/** The area of a point, not its width, follows the value. */
function pointSizes({ sizeBy, look }: XYSeries, { low, span }: Range): number[] | undefined {
  const { min: small = 5, max: large = 40 } = look.pointSize ?? {};
  return sizeBy?.values.map((value) => Math.sqrt(small ** 2 + ((value - low) / span) * (large ** 2 - small ** 2)));
}

/** Draws one series onto the plot's canvas. */
export function drawSeries(plot: uPlot, series: Drawn): void {
  const { ctx, bbox } = plot;
  const show: string = series.look.show ?? 'points';
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  if (show !== 'lines') {
    drawPoints(plot, series);
  }
  if (show !== 'points') {
    drawLine(plot, series);
  }
  ctx.restore();
}

/** A line has one colour, in Grafana too; where a value is missing it breaks. */
function drawLine(plot: uPlot, series: Drawn): void {
  const { ctx } = plot;
  const { look, color } = series;
  ctx.strokeStyle = color;
  ctx.lineWidth = (look.lineWidth ?? 2) * devicePixelRatio;
  ctx.lineJoin = 'round';
  ctx.setLineDash(
    (look.lineStyle?.fill === 'dash' ? (look.lineStyle.dash ?? [10, 10]) : []).map((n) => n * devicePixelRatio),
  );
  ctx.beginPath();
  let joined = false;
  for (const [, left, top] of positions(plot, series)) {
    if (left === undefined || top === undefined) {
      joined = false;
    } else if (joined) {
      ctx.lineTo(left, top);
    } else {
      ctx.moveTo(left, top);
      joined = true;
    }
  }
  ctx.stroke();
  ctx.setLineDash([]);
}

function drawPoints(plot: uPlot, series: Drawn): void {
  const { ctx } = plot;
  const { look, colors, color } = series;
  const shape: string = look.pointShape ?? 'circle';
  const fill = (look.fillOpacity ?? 50) / 100;
  const stroke = look.pointStrokeWidth ?? 1;
  ctx.lineWidth = stroke;
  for (const [i, left, top] of positions(plot, series)) {
    if (left === undefined || top === undefined) {
      continue;
    }
    const radius = (pointSize(series, i) / 2) * devicePixelRatio;
    ctx.fillStyle = ctx.strokeStyle = colors?.[i] ?? color;
    ctx.beginPath();
    if (shape === 'square') {
      ctx.rect(left - radius, top - radius, 2 * radius, 2 * radius);
    } else {
      ctx.arc(left, top, radius, 0, 2 * Math.PI);
    }
    ctx.globalAlpha = fill;
    ctx.fill();
    if (stroke > 0) {
      ctx.globalAlpha = 1;
      ctx.stroke();
    }
  }
  ctx.globalAlpha = 1;
}

/** Each row with its place on the canvas; a row without a value has none. */
function* positions(plot: uPlot, { x, y, scale }: Drawn): Generator<[number, number | undefined, number | undefined]> {
  for (let i = 0; i < x.values.length; i++) {
    const [across, up] = [x.values[i], y.values[i]];
    if (across == null || up == null) {
      yield [i, undefined, undefined];
    } else {
      yield [i, plot.valToPos(across, 'x', true), plot.valToPos(up, scale, true)];
    }
  }
}

/** The series and row under the pointer, which is in CSS pixels; undefined where there is no point. */
export function hit(plot: uPlot, all: Drawn[], left: number, top: number): { series: number; row: number } | undefined {
  let best: { series: number; row: number; distance: number } | undefined;
  all.forEach((one, series) => {
    for (const [row, x, y] of positions(plot, one)) {
      if (x === undefined || y === undefined) {
        continue;
      }
      const dx = (x - plot.bbox.left) / devicePixelRatio - left;
      const dy = (y - plot.bbox.top) / devicePixelRatio - top;
      const distance = Math.hypot(dx, dy);
      if (distance <= pointSize(one, row) / 2 && (!best || distance < best.distance)) {
        best = { series, row, distance };
      }
    }
  });
  return best;
}
