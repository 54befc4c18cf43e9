import { FieldColorModeId, FieldType, type DataFrame, type Field, type PanelProps } from '@grafana/data';
import { TimeSeries } from '@grafana/ui';
import type { OptionsWithLegend, OptionsWithTooltip } from '@grafana/schema';
import { useMemo } from 'react';
import { Annotations } from './annotations';
import { graphFieldOptions, legend, tooltip } from './defaults';
import { definePanel } from './define';
import { NoData } from './NoData';
import { XTooltip } from './tooltip';

type Options = OptionsWithLegend & OptionsWithTooltip;

function TimeSeriesPanel(panel: PanelProps<Options>) {
  const { data, options, width, height, timeRange, timeZone, onChangeTimeRange } = panel;
  const frames = useMemo(() => drawable(data.series), [data.series]);
  if (frames.length === 0) {
    return <NoData panel={panel} needs={[FieldType.time, FieldType.number]} />;
  }
  return (
    <TimeSeries
      frames={frames}
      structureRev={data.structureRev}
      width={width}
      height={height}
      timeRange={timeRange}
      timeZone={timeZone}
      legend={options.legend}
      options={options}
    >
      {(config, frame) => (
        <>
          <Annotations config={config} frames={data.annotations} timeZone={timeZone} />
          <XTooltip config={config} frame={frame} options={options.tooltip} onZoom={onChangeTimeRange} />
        </>
      )}
    </TimeSeries>
  );
}

/** The frames with a time and something to draw over it. True and false are drawn as 1 and 0. */
function drawable(series: DataFrame[]): DataFrame[] {
  return series
    .map((frame) => ({ ...frame, fields: frame.fields.map(asNumbers) }))
    .filter(
      (frame) =>
        frame.length > 0 && has(frame, FieldType.time) && (has(frame, FieldType.number) || has(frame, FieldType.enum)),
    );
}

function has(frame: DataFrame, type: FieldType): boolean {
  return frame.fields.some((field) => field.type === type);
}

function asNumbers(field: Field): Field {
  if (field.type !== FieldType.boolean) {
    return field;
  }
  return {
    ...field,
    type: FieldType.number,
    values: field.values.map((value) => (value == null ? value : Number(value))),
  };
}

export const timeSeriesPanel = definePanel<Options>({
  id: 'timeseries',
  component: TimeSeriesPanel,
  annotations: true,
  options: { legend, tooltip },
  fieldOptions: graphFieldOptions,
  color: FieldColorModeId.PaletteClassic,
});
