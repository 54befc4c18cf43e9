import { FieldColorModeId, FieldType, getFieldDisplayName, type PanelProps } from '@grafana/data';
import { LegendDisplayMode, TooltipDisplayMode } from '@grafana/schema';
import type { Options } from '@grafana/schema/dist/esm/raw/composable/xychart/panelcfg/x/XYChartPanelCfg_types.gen';
import { TooltipPlugin2, UPlotChart, useTheme2, VizLayout, VizLegend, type UPlotConfigBuilder } from '@grafana/ui';
import { useMemo } from 'react';
import { axisOptions, hideFrom, legend, tooltip } from '../defaults';
import { definePanel } from '../define';
import { NoData } from '../NoData';
import { hoverMode, text, TooltipBox } from '../tooltip';
import { toPlot } from './plot';
import { toSeries, type XYSeries } from './series';

function XYChartPanel(panel: PanelProps<Options>) {
  const theme = useTheme2();
  const { data, options, width, height } = panel;
  const series = useMemo(() => toSeries(options, data.series, theme), [options, data.series, theme]);
  const plot = useMemo(() => toPlot(series, theme), [series, theme]);
  if (!series.some(({ frame }) => frame.length > 0)) {
    return <NoData panel={panel} needs={[FieldType.number]} />;
  }
  return (
    <VizLayout width={width} height={height} legend={toLegend(options, series)}>
      {(plotWidth, plotHeight) => (
        <UPlotChart config={plot.config} data={plot.data} width={plotWidth} height={plotHeight}>
          {options.tooltip.mode !== TooltipDisplayMode.None && <PointTooltip config={plot.config} series={series} />}
        </UPlotChart>
      )}
    </VizLayout>
  );
}

function PointTooltip({ config, series }: { config: UPlotConfigBuilder; series: XYSeries[] }) {
  return (
    <TooltipPlugin2
      config={config}
      hoverMode={hoverMode.onePoint}
      clientZoom
      render={(_plot, rows, seriesIndex, isPinned) => {
        const one = series[(seriesIndex ?? 1) - 1];
        if (!one) {
          return null;
        }
        const row = rows[seriesIndex ?? 1];
        const fields = [...new Set([one.x, one.y, one.colorBy, one.sizeBy])].filter((field) => field !== undefined);
        return (
          <TooltipBox
            head={{ label: one.name, value: '', color: one.color }}
            items={fields.map((field) => ({ label: getFieldDisplayName(field, one.frame), value: text(field, row) }))}
            isPinned={isPinned}
          />
        );
      }}
    />
  );
}

function toLegend({ legend: { showLegend, displayMode, placement } }: Options, series: XYSeries[]) {
  if (!showLegend || displayMode === LegendDisplayMode.Hidden) {
    return null;
  }
  const items = series
    .filter(({ look }) => !look.hideFrom?.legend)
    .map(({ name, color }) => ({ label: name, fieldName: name, color, yAxis: 1 }));
  return (
    <VizLayout.Legend placement={placement}>
      <VizLegend placement={placement} displayMode={displayMode} items={items} />
    </VizLayout.Legend>
  );
}

export const xyChartPanel = definePanel<Options>({
  id: 'xychart',
  component: XYChartPanel,
  options: { mapping: 'auto', series: [], legend, tooltip },
  fieldOptions: {
    ...axisOptions,
    hideFrom,
    show: 'points',
    'pointSize.fixed': 5,
    'pointSize.min': undefined,
    'pointSize.max': undefined,
    pointShape: 'circle',
    pointStrokeWidth: 1,
    fillOpacity: 50,
    lineWidth: 2,
    lineStyle: { fill: 'solid' },
  },
  color: FieldColorModeId.PaletteClassic,
});
