import {
  DashboardCursorSync,
  FieldColorModeId,
  FieldType,
  getFieldDisplayName,
  type DataFrame,
  type PanelProps,
} from '@grafana/data';
import type { Options } from '@grafana/schema/dist/esm/raw/composable/trend/panelcfg/x/TrendPanelCfg_types.gen';
import { PanelContextProvider, TimeSeries, usePanelContext } from '@grafana/ui';
import { useMemo } from 'react';
import { graphFieldOptions, legend, tooltip } from './defaults';
import { definePanel } from './define';
import { NoData } from './NoData';
import { XTooltip } from './tooltip';

function TrendPanel(panel: PanelProps<Options>) {
  const { data, options, width, height, timeRange, timeZone } = panel;
  const plot = useMemo(() => prepare(data.series, options.xField), [data.series, options.xField]);
  // Only panels over time share a crosshair; the component would share it over any x.
  const shared = usePanelContext();
  const context = useMemo(() => ({ ...shared, sync: () => DashboardCursorSync.Off }), [shared]);
  if (typeof plot === 'string') {
    return <NoData panel={panel} message={plot} needs={[FieldType.number]} />;
  }
  return (
    <PanelContextProvider value={context}>
      <TimeSeries
        key={data.structureRev}
        frames={[plot]}
        preparePlotFrame={() => plot}
        structureRev={data.structureRev}
        width={width}
        height={height}
        timeRange={timeRange}
        timeZone={timeZone}
        legend={options.legend}
        options={options}
      >
        {(config, frame) => <XTooltip config={config} frame={frame} options={options.tooltip} />}
      </TimeSeries>
    </PanelContextProvider>
  );
}

/** The frame with its x in front, or why there is none: Grafana draws exactly one frame over an ascending number. */
function prepare(series: DataFrame[], xField?: string): DataFrame | string {
  const [frame] = series;
  if (!frame || frame.length === 0) {
    return 'No data';
  }
  if (series.length > 1) {
    return 'Only one frame is supported, consider adding a join transformation';
  }
  const x = frame.fields.find((field) =>
    xField ? getFieldDisplayName(field, frame) === xField || field.name === xField : field.type === FieldType.number,
  );
  if (!x) {
    return xField ? `Unable to find field: ${xField}` : 'No numeric fields found for X axis';
  }
  if (x.type !== FieldType.number) {
    return 'The X axis field must be numeric';
  }
  if (x.values.some((value, i) => i > 0 && value < x.values[i - 1])) {
    return 'Values must be in ascending order';
  }
  const ys = frame.fields.filter((field) => field !== x && field.type === FieldType.number);
  const fields = [x, ...ys].map((field, fieldIndex) => ({
    ...field,
    state: { ...field.state, origin: { frameIndex: 0, fieldIndex } },
  }));
  return ys.length > 0 ? { ...frame, fields } : 'No numeric fields found to draw';
}

export const trendPanel = definePanel<Options>({
  id: 'trend',
  component: TrendPanel,
  options: { legend, tooltip, xField: undefined },
  fieldOptions: graphFieldOptions,
  color: FieldColorModeId.PaletteClassic,
});
