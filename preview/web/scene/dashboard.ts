import type { DataTransformerConfig, FieldConfigSource } from '@grafana/data';
import {
  behaviors,
  EmbeddedScene,
  SceneControlsSpacer,
  SceneDataTransformer,
  SceneGridItem,
  SceneGridLayout,
  SceneGridRow,
  SceneQueryRunner,
  SceneRefreshPicker,
  SceneTimePicker,
  SceneTimeRange,
  SceneVariableSet,
  VariableValueSelectors,
  VizPanel,
  type SceneDataProvider,
  type SceneDataQuery,
  type SceneGridItemLike,
} from '@grafana/scenes';
import { DashboardCursorSync, type Dashboard, type Panel, type RowPanel } from '@grafana/schema';
import type { DashboardEntry } from '../boot';
import { LayerControls, toLayers } from './layers';
import { DashboardLinks } from './links';
import { toVariables } from './variables';

/**
 * The scene of a dashboard in the classic JSON form (schemaVersion 42).
 *
 * @param others the dashboards beside it, which its links may lead to
 */
export function toScene(dashboard: Dashboard, others: DashboardEntry[]): EmbeddedScene {
  const { time, timezone, timepicker, refresh, links } = dashboard;
  const layers = toLayers(dashboard);
  return new EmbeddedScene({
    $timeRange: new SceneTimeRange({
      from: time?.from ?? 'now-6h',
      to: time?.to ?? 'now',
      timeZone: timezone || undefined,
      fiscalYearStartMonth: dashboard.fiscalYearStartMonth,
    }),
    $variables: new SceneVariableSet({ variables: toVariables(dashboard.templating?.list) }),
    $data: layers,
    $behaviors: [new behaviors.CursorSync({ sync: dashboard.graphTooltip ?? DashboardCursorSync.Off })],
    controls: [
      new VariableValueSelectors({}),
      ...(layers ? [new LayerControls({ set: layers.getRef() })] : []),
      new SceneControlsSpacer(),
      ...(links?.length ? [new DashboardLinks({ links, others })] : []),
      ...(timepicker?.hidden
        ? []
        : [
            new SceneTimePicker({ isOnCanvas: true }),
            new SceneRefreshPicker({
              isOnCanvas: true,
              refresh: typeof refresh === 'string' ? refresh : '',
              intervals: timepicker?.refresh_intervals,
            }),
          ]),
    ],
    body: new SceneGridLayout({ isLazy: false, children: toGrid(dashboard.panels ?? []) }),
  });
}

/** Panels in reading order; an open row takes the panels after it, a collapsed one has its own with it. */
function toGrid(panels: Array<Panel | RowPanel>): SceneGridItemLike[] {
  const grid: SceneGridItemLike[] = [];
  let row: { title?: string | null; y?: number; id: number; items: SceneGridItem[] } | undefined;
  const closeRow = () => {
    if (row) {
      grid.push(toRow(row.id, row.title, row.y, row.items, false));
    }
    row = undefined;
  };
  for (const panel of [...panels].sort(readingOrder)) {
    if (!isRow(panel)) {
      (row?.items ?? grid).push(toItem(panel));
      continue;
    }
    closeRow();
    if (panel.collapsed) {
      grid.push(toRow(panel.id, panel.title, panel.gridPos?.y, panel.panels.map(toItem), true));
    } else {
      row = { id: panel.id, title: panel.title, y: panel.gridPos?.y, items: [] };
    }
  }
  closeRow();
  return grid;
}

function isRow(panel: Panel | RowPanel): panel is RowPanel {
  return panel.type === 'row';
}

function readingOrder({ gridPos: a }: Panel | RowPanel, { gridPos: b }: Panel | RowPanel): number {
  return (a?.y ?? 0) - (b?.y ?? 0) || (a?.x ?? 0) - (b?.x ?? 0);
}

function toRow(
  id: number,
  title: string | null | undefined,
  y: number | undefined,
  children: SceneGridItem[],
  isCollapsed: boolean,
): SceneGridRow {
  return new SceneGridRow({ key: `row-${id}`, title: title ?? '', y, isCollapsed, children });
}

function toItem(panel: Panel): SceneGridItem {
  const { x = 0, y = 0, w: width = 12, h: height = 8 } = panel.gridPos ?? {};
  return new SceneGridItem({ key: `item-${panel.id}`, x, y, width, height, body: toPanel(panel) });
}

function toPanel(panel: Panel): VizPanel {
  return new VizPanel({
    key: `panel-${panel.id}`,
    title: panel.title ?? '',
    description: panel.description,
    pluginId: panel.type,
    pluginVersion: panel.pluginVersion,
    options: panel.options ?? {},
    fieldConfig: toFieldConfig(panel),
    displayMode: panel.transparent ? 'transparent' : 'default',
    hoverHeader: !panel.title,
    $data: toData(panel),
    extendPanelContext: showNotices,
  });
}

/** Panels list errors and notices in their corner only where there is an inspector to open. */
export const showNotices: VizPanel['state']['extendPanelContext'] = (_panel, context) => {
  context.onOpenInspector = () => {};
};

/** The two libraries disagree on null: the schema allows it where the field options do not. */
function toFieldConfig({ fieldConfig }: Panel): FieldConfigSource {
  return { defaults: {}, overrides: [], ...fieldConfig } as FieldConfigSource;
}

function toData(panel: Panel): SceneDataProvider | undefined {
  const queries = (panel.targets ?? []) as SceneDataQuery[];
  if (queries.length === 0) {
    return undefined;
  }
  const $data = new SceneQueryRunner({
    queries,
    datasource: panel.datasource ?? queries[0]?.datasource ?? undefined,
    maxDataPoints: panel.maxDataPoints,
    maxDataPointsFromWidth: true,
    minInterval: panel.interval,
    dataLayerFilter: panel.id === undefined ? undefined : { panelId: panel.id },
  });
  const transformations = (panel.transformations ?? []) as DataTransformerConfig[];
  return transformations.length > 0 ? new SceneDataTransformer({ $data, transformations }) : $data;
}
