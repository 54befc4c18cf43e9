import {
  fieldMatchers,
  FieldType,
  getFieldColorModeForField,
  getFieldDisplayName,
  getFieldSeriesColor,
  type DataFrame,
  type Field,
  type GrafanaTheme2,
} from '@grafana/data';
import type {
  FieldConfig,
  MatcherConfig,
  Options,
  XYSeriesConfig,
} from '@grafana/schema/dist/esm/raw/composable/xychart/panelcfg/x/XYChartPanelCfg_types.gen';

/** One cloud of points, or one line. */
export interface XYSeries {
  name: string;
  frame: DataFrame;
  x: Field;
  y: Field;
  /** The field whose value colours each point. */
  colorBy?: Field;
  /** The field whose value sizes each point. */
  sizeBy?: Field;
  /** The colour of the legend and of the line, and of points without a field that colours them. */
  color: string;
  /** How it is drawn: the y field's own options. */
  look: FieldConfig;
}

/**
 * The series that the panel's options make of the data. Mapped by hand, an entry names a frame and its fields; what it
 * leaves out is chosen as in the automatic mapping: the first number is x, each further one a y.
 */
export function toSeries(options: Options, frames: DataFrame[], theme: GrafanaTheme2): XYSeries[] {
  const manual = (options.mapping as string) === 'manual';
  const entries: XYSeriesConfig[] = manual ? (options.series ?? []) : [options.series?.[0] ?? {}];
  return entries.flatMap((entry) =>
    frames.filter((_, i) => takesFrame(entry, i)).flatMap((frame) => seriesOf(entry, frame, frames, theme)),
  );
}

/** Entries name a frame by its place; any other matcher takes all of them. */
function takesFrame({ frame }: XYSeriesConfig, index: number): boolean {
  return frame?.matcher.id !== 'byIndex' || frame.matcher.options === index;
}

function seriesOf(entry: XYSeriesConfig, frame: DataFrame, frames: DataFrame[], theme: GrafanaTheme2): XYSeries[] {
  const find = (choice?: { matcher: MatcherConfig }) => {
    if (!choice) {
      return undefined;
    }
    const matches = fieldMatchers.get(choice.matcher.id).get(choice.matcher.options);
    return frame.fields.find((field) => matches(field, frame, frames));
  };
  const numbers = frame.fields.filter((field) => field.type === FieldType.number && !isHidden(field));
  const x = find(entry.x) ?? numbers[0];
  const colorBy = find(entry.color);
  const sizeBy = find(entry.size);
  const y = find(entry.y);
  const rest = numbers.filter((field) => field !== x && field !== colorBy && field !== sizeBy);
  if (!x) {
    return [];
  }
  return (y ? [y] : rest).map((field) => ({
    name: entry.name?.fixed ?? getFieldDisplayName(field, frame, frames),
    frame,
    x,
    y: field,
    colorBy: colorBy ?? (getFieldColorModeForField(field).isByValue ? field : undefined),
    sizeBy,
    color: getFieldSeriesColor(field, theme).color,
    look: field.config.custom ?? {},
  }));
}

function isHidden(field: Field): boolean {
  return Boolean(field.config.custom?.hideFrom?.viz);
}
