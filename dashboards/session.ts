import {
  AxisPlacement,
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  GraphDrawStyle,
  ReduceDataOptionsBuilder,
  TableCellHeight,
  VisibilityMode,
} from '@grafana/grafana-foundation-sdk/common';
import {
  CustomVariableBuilder,
  type DataTransformerConfig,
  FieldColorBuilder,
  FieldColorModeId,
  type GridPos,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TrendBuilder } from '@grafana/grafana-foundation-sdk/trend';
import { LapFilter, SessionLatest } from '../src/models.gen';
import {
  asLines,
  at,
  coloredCell,
  datasource,
  fixedColor,
  hidden,
  wholeLap,
  legendBelow,
  link,
  newDashboard,
  nothing,
  pickVariable,
  query,
  scaled,
  steps,
  width,
} from './common';

const lapsOf = (only: LapFilter, refId = 'A') => query({ queryType: 'laps', session: '${session}', only }, refId);

/** A figure of the session, made from one column of its lap table. */
interface Figure {
  title: string;
  description: string;
  only: LapFilter;
  /** The column, by the name that the backend gives it. */
  column: string;
  calc: string;
  noValue?: string;
  /** Sorts the laps first, by a column, the least first. */
  sortBy?: string;
  color?: string;
}

const figures: Figure[] = [
  {
    title: 'Best lap',
    description:
      'The fastest clean lap: timed from line to line, without an off-track, an incident or a visit to the pits.',
    only: 'valid',
    column: 'Lap time',
    sortBy: 'Lap time, s',
    calc: 'firstNotNull',
    noValue: 'No clean lap',
    color: 'purple',
  },
  {
    title: 'Timed laps',
    description: 'Laps from line to line that iRacing gave a time.',
    only: 'timed',
    column: 'Lap number',
    calc: 'count',
  },
  {
    title: 'Top speed',
    description: 'The highest speed in any lap.',
    only: 'all',
    column: 'Top speed',
    calc: 'max',
  },
  {
    title: 'Fuel per lap',
    description:
      'The mean of the clean laps. Plan a stint with a little more: a lap behind another car takes less, a push lap more.',
    only: 'valid',
    column: 'Fuel used',
    calc: 'mean',
    noValue: 'No clean lap',
  },
  {
    title: 'Incidents',
    description: 'Incident points of all laps together.',
    only: 'all',
    column: 'Incidents',
    calc: 'sum',
  },
  {
    title: 'Track temperature',
    description: 'The mean of the last lap. A hotter track has less grip.',
    only: 'all',
    column: 'Track',
    calc: 'lastNotNull',
  },
];

function stat({ title, description, only, column, calc, noValue, sortBy, color = 'text' }: Figure, pos: GridPos) {
  const sorted: DataTransformerConfig = { id: 'sortBy', options: { sort: [{ field: sortBy, desc: false }] } };
  return new StatBuilder()
    .title(title)
    .description(description)
    .datasource(datasource)
    .noValue(noValue ?? nothing)
    .gridPos(pos)
    .withTarget(lapsOf(only))
    .transformations(sortBy ? [sorted] : [])
    .reduceOptions(new ReduceDataOptionsBuilder().calcs([calc]).fields(`/^${column}$/`).values(false))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor(color))
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None)
    .textMode(BigValueTextMode.Value);
}

const compareLink = link(
  'Compare with the best lap',
  '/d/iracing-compare?var-ds=${ds}&var-session=${__data.fields.session}&var-lap=${__data.fields.lap}' +
    '&var-refsession=${__data.fields.session}&var-ref=best' +
    wholeLap
);

/**
 * The fastest of a sector is purple, as on a timing screen. The other colours are shares of the way from there to the
 * slowest; the first of them are narrow, because one visit to the pits makes that way long.
 */
const sectorColors = {
  mode: ThresholdsMode.Percentage,
  steps: [
    { value: null, color: 'purple' },
    { value: 0.01, color: 'green' },
    { value: 10, color: 'dark-yellow' },
    { value: 35, color: 'orange' },
    { value: 70, color: 'red' },
  ],
};

function lapTable(pos: GridPos) {
  const table = new TableBuilder()
    .title('Laps')
    .description(
      'A click on a lap draws it against the best one. The fastest of each sector is purple; the slower ones go from green to red.'
    )
    .datasource(datasource)
    .noValue('')
    .gridPos(pos)
    .withTarget(lapsOf('${only}' as LapFilter))
    .cellHeight(TableCellHeight.Sm)
    .overrideByName('lap', [compareLink, width(60)])
    .overrideByName('lapTimeText', [compareLink, width(95)])
    .overrideByName('delta', [
      coloredCell('color-text'),
      { id: 'thresholds', value: steps([null, 'purple'], [0.0005, 'text']) },
      width(90),
    ])
    .overrideByName('kind', [width(80)])
    .overrideByName('valid', [
      coloredCell('color-text'),
      {
        id: 'mappings',
        value: [
          { type: 'value', options: { true: { text: '✓', color: 'green' }, false: { text: '✗', color: 'red' } } },
        ],
      },
      { id: 'custom.align', value: 'center' },
      width(65),
    ])
    .overrideByRegexp('/^S\\d+$/', [
      coloredCell('color-text'),
      { id: 'fieldMinMax', value: true },
      { id: 'color', value: { mode: FieldColorModeId.Thresholds } },
      { id: 'thresholds', value: sectorColors },
      {
        id: 'mappings',
        value: [{ type: 'special', options: { match: 'null+nan', result: { text: '', color: 'transparent' } } }],
      },
      width(90),
    ])
    .overrideByRegexp('/^Fuel/', [width(105)])
    .overrideByName('topSpeed', [width(105)])
    .overrideByName('incidents', [
      coloredCell('color-text'),
      { id: 'thresholds', value: steps([null, 'text'], [1, 'red']) },
      width(90),
    ])
    .overrideByName('trackTemp', [width(75)])
    .overrideByName('run', [width(60)])
    .overrideByName('sessionType', [width(120)]);
  for (const helper of ['lapTime', 'number', 'minSpeed', 'airTemp', 'start', 'session', 'trackEnd']) {
    table.overrideByName(helper, hidden);
  }
  return table;
}

/** A chart over lap numbers. */
function overLaps(title: string, description: string, pos: GridPos) {
  const panel = new TrendBuilder()
    .title(title)
    .description(description)
    .datasource(datasource)
    .noValue(nothing)
    .gridPos(pos)
    .xField('Lap number');
  asLines(panel);
  return panel.legend(legendBelow());
}

const flying = 'Flying laps';
const clean = 'Clean laps';

function lapTimes(pos: GridPos) {
  const of = (refId: string, alias: string): DataTransformerConfig => ({
    // Milliseconds, because only a time of day is drawn as minutes, seconds and thousandths on an axis.
    ...scaled('Lap time, s', 1000, alias),
    filter: { id: 'byRefId', options: refId },
  });
  return overLaps(
    'Lap times',
    'The line is every lap from line to line; the points are the clean ones among them. In and out laps are left out.',
    pos
  )
    .withTarget(lapsOf('timed', 'A'))
    .withTarget(lapsOf('valid', 'B'))
    .withTransformation({
      id: 'filterByValue',
      options: {
        type: 'include',
        match: 'all',
        filters: [{ fieldName: 'Kind', config: { id: 'equal', options: { value: 'flying' } } }],
      },
    })
    .withTransformation(of('A', flying))
    .withTransformation(of('B', clean))
    .withTransformation({
      id: 'filterFieldsByName',
      options: { include: { names: ['Lap number', flying, clean] } },
    })
    .withTransformation({ id: 'joinByField', options: { byField: 'Lap number', mode: 'outer' } })
    .unit('time:m:ss.SSS')
    .overrideByName('Lap number', [{ id: 'unit', value: 'none' }])
    .overrideByName(flying, [fixedColor('gray')])
    .overrideByName(clean, [
      fixedColor('purple'),
      { id: 'custom.drawStyle', value: GraphDrawStyle.Points },
      { id: 'custom.showPoints', value: VisibilityMode.Always },
      { id: 'custom.pointSize', value: 9 },
    ]);
}

function fuel(pos: GridPos) {
  return overLaps('Fuel', 'The line is what was in the tank when a lap began; the bars are what the lap used.', pos)
    .withTarget(lapsOf('all'))
    .withTransformation({
      id: 'filterFieldsByName',
      options: { include: { names: ['Lap number', 'Fuel at start', 'Fuel used'] } },
    })
    .withTransformation({ id: 'sortBy', options: { sort: [{ field: 'Lap number' }] } })
    .axisSoftMin(0)
    .overrideByName('fuelLevel', [fixedColor('blue')])
    .overrideByName('fuelUsed', [
      fixedColor('yellow'),
      { id: 'custom.drawStyle', value: GraphDrawStyle.Bars },
      { id: 'custom.fillOpacity', value: 45 },
      { id: 'custom.lineWidth', value: 0 },
      { id: 'custom.axisPlacement', value: AxisPlacement.Right },
    ]);
}

function sessions(pos: GridPos) {
  const open = link('Show this session', '/d/iracing-session?var-ds=${ds}&var-session=${__data.fields.id}');
  const table = new TableBuilder()
    .title('Sessions')
    .description('The telemetry files of the library, the newest first. A click on one shows it above.')
    .datasource(datasource)
    .noValue('')
    .gridPos(pos)
    .withTarget(query({ queryType: 'sessions' }))
    .cellHeight(TableCellHeight.Sm)
    .overrideByName('start', [{ id: 'displayName', value: 'Start (UTC)' }, open, width(170)])
    .overrideByName('track', [open])
    .overrideByName('type', [width(130)])
    .overrideByName('laps', [width(100)])
    .overrideByName('bestLapText', [width(100)])
    .overrideByName('duration', [width(110)])
    .overrideByName('driver', [width(150)])
    .overrideByName('status', [
      coloredCell('color-text'),
      {
        id: 'mappings',
        value: [
          { type: 'value', options: { ok: { text: '✓', color: 'green' } } },
          { type: 'regex', options: { pattern: '(.+)', result: { text: '$1', color: 'orange' } } },
        ],
      },
    ]);
  for (const helper of ['end', 'bestLap', 'sizeBytes', 'id']) {
    table.overrideByName(helper, hidden);
  }
  return table;
}

export function session() {
  const dashboard = newDashboard(
    'iracing-session',
    'iRacing · Session',
    'The laps of one session: pace, sectors, fuel and incidents.',
    [
      pickVariable('session', 'Session', { kind: 'sessions' }, { text: 'Latest', value: SessionLatest }),
      new CustomVariableBuilder('only')
        .label('Laps')
        .values('Timed laps : timed, Clean laps : valid, All laps : all')
        .current({ selected: true, text: 'Timed laps', value: LapFilter.timed }),
    ]
  ).refresh('1m');
  figures.forEach((figure, i) => dashboard.withPanel(stat(figure, at(4 * i, 0, 4, 4))));
  return dashboard
    .withPanel(lapTable(at(0, 4, 24, 11)))
    .withPanel(lapTimes(at(0, 15, 14, 10)))
    .withPanel(fuel(at(14, 15, 10, 10)))
    .withPanel(sessions(at(0, 25, 24, 10)));
}
