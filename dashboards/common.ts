import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  AxisPlacement,
  LegendDisplayMode,
  LegendPlacement,
  LineInterpolation,
  SortOrder,
  TableCellHeight,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type Dashboard,
  DashboardBuilder,
  DashboardLinkBuilder,
  DashboardLinkType,
  type DataTransformerConfig,
  DatasourceVariableBuilder,
  type DynamicConfigValue,
  FieldColorModeId,
  type GridPos,
  QueryVariableBuilder,
  type RowPanel,
  ThresholdsMode,
  TimePickerBuilder,
  type VariableModel,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import type { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { PanelBuilder as TrendBuilder } from '@grafana/grafana-foundation-sdk/trend';
import manifest from '../plugin.json';
import type { VariableQuery } from '../src/models.gen';
import type { IRacingQuery } from '../src/types';

/** The data source that the dashboard's reader has chosen. */
export const datasource = { type: manifest.id, uid: '${ds}' };

type Unsaved<Q> = Q extends IRacingQuery ? Omit<Q, 'refId' | 'datasource'> : never;

/** Where distance drawn as time begins: 2000-01-01T00:00:00Z in milliseconds, to which a metre adds one. */
export const lineAsTime = 946684800000;

/** Ends a link from a row of a lap table: the linked charts then show the whole lap and no more. */
export const wholeLap = `&from=${lineAsTime}&to=\${__data.fields.trackEnd.numeric}`;

/** A panel's query, in the shape that the query editor saves. */
export function query(fields: Unsaved<IRacingQuery>, refId = 'A'): Builder<Dataquery> {
  const target: Dataquery = { _implementsDataqueryVariant: () => {} };
  return { build: () => Object.assign(target, { refId, datasource, ...fields }) };
}

/** Where a panel stands on the grid, which is 24 columns wide. */
export function at(x: number, y: number, w: number, h: number): GridPos {
  return { x, y, w, h };
}

/** What a panel shows in place of a value that is not there. */
export const nothing = 'No data';

/** The same where the data source says why in a remark, which Grafana has in the corner of a panel. */
export const unexplained = 'Nothing to draw. The mark in the corner of the panel says why.';

/** Hides a column that only links and sorting need. */
export const hidden: DynamicConfigValue[] = [{ id: 'custom.hideFrom.viz', value: true }];

export const dashed: DynamicConfigValue = { id: 'custom.lineStyle', value: { fill: 'dash', dash: [8, 6] } };

export function fixedColor(color: string): DynamicConfigValue {
  return { id: 'color', value: { mode: FieldColorModeId.Fixed, fixedColor: color } };
}

export function width(pixels: number): DynamicConfigValue {
  return { id: 'custom.width', value: pixels };
}

/** Gives a column a title of its own, where the data source's is longer than its values. */
export function titled(name: string): DynamicConfigValue {
  return { id: 'displayName', value: name };
}

/** Colours values by steps, each of which begins at its number; the first begins at null, which is below all. */
export function steps(...list: Array<[from: number | null, color: string]>) {
  return { mode: ThresholdsMode.Absolute, steps: list.map(([value, color]) => ({ value, color })) };
}

/** A link on every value of a column. */
export function link(title: string, url: string): DynamicConfigValue {
  return { id: 'links', value: [{ title, url }] };
}

/** Several links on every value of a column, of which a click offers the choice. */
export function links(...list: Array<[title: string, url: string]>): DynamicConfigValue {
  return { id: 'links', value: list.map(([title, url]) => ({ title, url })) };
}

/** Shows words in other words or colours. */
export function mapped(words: Record<string, { text?: string; color?: string }>): DynamicConfigValue {
  return { id: 'mappings', value: [{ type: 'value', options: words }] };
}

/** Colours the cells of a column: their text or their background. */
export function coloredCell(type: 'color-text' | 'color-background'): DynamicConfigValue {
  return { id: 'custom.cellOptions', value: { type, mode: 'basic' } };
}

/** The colour that the data source gives the own driver's lines, as strong as a background may be. */
const ownRow = 'rgba(255, 152, 48, 0.22)';

/** A table of what one query answers, with the row of the own driver marked where there is one. */
export function newTable(title: string, description: string, pos: GridPos, target: Builder<Dataquery>) {
  return new TableBuilder()
    .title(title)
    .description(description)
    .datasource(datasource)
    .noValue('')
    .gridPos(pos)
    .withTarget(target)
    .cellHeight(TableCellHeight.Sm)
    .overrideByName('own', [
      { id: 'custom.cellOptions', value: { type: 'color-background', mode: 'basic', applyToRow: true } },
      mapped({ true: { text: ' ', color: ownRow }, false: { text: ' ', color: 'transparent' } }),
      ...hidden,
    ]);
}

/** Hides columns of a table that only links, sorting and other panels need. */
export function hide(table: TableBuilder, ...columns: string[]): TableBuilder {
  for (const column of columns) {
    table.overrideByName(column, hidden);
  }
  return table;
}

export const noLegend = () => new VizLegendOptionsBuilder().showLegend(false).displayMode(LegendDisplayMode.Hidden);

export const legendRight = () => legendBelow().placement(LegendPlacement.Right);

export const legendBelow = () =>
  new VizLegendOptionsBuilder()
    .showLegend(true)
    .displayMode(LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom)
    .calcs([]);

/** A chart of lines over distance, lap number or time. Its builders change in place. */
export type LineChart = TrendBuilder | TimeSeriesBuilder;

/** Sets what all line charts share; axes of one width make panels that stand over each other line up. */
export function asLines(panel: LineChart): void {
  panel.lineWidth(2);
  panel.fillOpacity(0);
  panel.showPoints(VisibilityMode.Never);
  panel.lineInterpolation(LineInterpolation.Linear);
  panel.axisPlacement(AxisPlacement.Left);
  panel.axisWidth(72);
  panel.tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.None));
  panel.legend(noLegend());
}

/** Multiplies a field by a number under a new name. */
export function scaled(field: string, factor: number, alias: string): DataTransformerConfig {
  return {
    id: 'calculateField',
    options: {
      mode: 'binary',
      binary: {
        left: { matcher: { id: 'byName', options: field } },
        operator: '*',
        right: { fixed: String(factor) },
      },
      alias,
    },
  };
}

/** A variable whose values are one of the plugin's pick lists. */
export function pickVariable(name: string, label: string, pick: VariableQuery, first: { text: string; value: string }) {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(datasource)
    .query({ refId: 'iRacing', ...pick })
    .definition([pick.kind, pick.session ?? pick.of].filter(Boolean).join(' of '))
    .refresh(VariableRefresh.OnDashboardLoad)
    .current({ selected: true, ...first });
}

/** A dashboard with what all of them share: the data source to choose, links to each other, times in UTC. */
export function newDashboard(
  uid: string,
  title: string,
  description: string,
  variables: Array<Builder<VariableModel>>
) {
  const ds = new DatasourceVariableBuilder('ds').label('Data source').type(manifest.id);
  return (
    new DashboardBuilder(title)
      .uid(uid)
      .description(description)
      .tags(['iracing'])
      // A lap time drawn as a time of day would be shifted by the browser's time zone.
      .timezone('utc')
      .timepicker(new TimePickerBuilder().hidden(true))
      .variables([ds, ...variables])
      .link(
        new DashboardLinkBuilder('iRacing')
          .type(DashboardLinkType.Dashboards)
          .tags(['iracing'])
          .includeVars(true)
          .keepTime(false)
      )
  );
}

/** The dashboard's JSON, with its panels numbered in reading order. */
export function render(builder: Builder<Dashboard>): string {
  const dashboard = builder.build();
  // Links and switches belong where they are seen, not into the menu that the builder puts them.
  dashboard.links?.forEach((link) => delete link.placement);
  dashboard.annotations?.list?.forEach((query) => delete query.placement);
  let id = 0;
  const number = (panels: Array<{ id?: number }>) =>
    panels.forEach((panel) => {
      panel.id = ++id;
      number((panel as Partial<RowPanel>).panels ?? []);
    });
  number(dashboard.panels ?? []);
  return JSON.stringify(dashboard, null, 2) + '\n';
}
