import { useMemo } from 'react';
import { cacheFieldDisplayNames, FieldColorModeId, type PanelProps } from '@grafana/data';
import { TableCellHeight } from '@grafana/schema';
import type { Options } from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import { TableNG } from '@grafana/ui/unstable';
import { definePanel } from './define';
import { emptyNotice, NoData } from './NoData';

function TablePanel(panel: PanelProps<Options>) {
  const { data, options, fieldConfig, width, height, timeRange, transparent, onOptionsChange } = panel;
  // The table takes the names of its columns from this cache.
  useMemo(() => cacheFieldDisplayNames(data.series), [data.series]);
  const frame = data.series[options.frameIndex] ?? data.series[0];
  if (!frame || frame.fields.length === 0 || emptyNotice(data.series)) {
    return <NoData panel={panel} />;
  }
  return (
    <TableNG
      data={frame}
      width={width}
      height={height}
      noHeader={!options.showHeader}
      noValue={fieldConfig.defaults.noValue}
      showTypeIcons={options.showTypeIcons}
      resizable
      sortBy={options.sortBy}
      onSortByChange={(sortBy) => onOptionsChange({ ...options, sortBy })}
      cellHeight={options.cellHeight}
      maxRowHeight={options.maxRowHeight}
      enablePagination={options.enablePagination}
      pageSize={options.pageSize}
      frozenColumns={options.frozenColumns?.left}
      fieldConfig={fieldConfig}
      structureRev={data.structureRev}
      timeRange={timeRange}
      transparent={transparent}
    />
  );
}

export const tablePanel = definePanel<Options>({
  id: 'table',
  component: TablePanel,
  options: {
    frameIndex: 0,
    showHeader: true,
    showTypeIcons: false,
    cellHeight: TableCellHeight.Sm,
    maxRowHeight: undefined,
    enablePagination: false,
    pageSize: undefined,
    frozenColumns: {},
    sortBy: undefined,
  },
  fieldOptions: {
    'hideFrom.viz': undefined,
    align: 'auto',
    cellOptions: { type: 'auto' },
    inspect: false,
    filterable: undefined,
    hidden: undefined,
    width: undefined,
    minWidth: undefined,
    wrapText: undefined,
    wrapHeaderText: undefined,
    footer: undefined,
    tooltip: undefined,
    styleField: undefined,
    hideHeader: undefined,
  },
  color: FieldColorModeId.Thresholds,
});
