import { PanelBuilder as BarChartBuilder } from '@grafana/grafana-foundation-sdk/barchart';
import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  GraphDrawStyle,
  LineInterpolation,
  ReduceDataOptionsBuilder,
  SortOrder,
  TooltipDisplayMode,
  VisibilityMode,
  VizOrientation,
  VizTextDisplayOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type DynamicConfigValue,
  FieldColorBuilder,
  FieldColorModeId,
  type GridPos,
  MappingType,
  SpecialValueMatch,
  ThresholdsConfigBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TrendBuilder } from '@grafana/grafana-foundation-sdk/trend';
import { allOf } from '../src/kinds/lists';
import { DriverMe, SubsessionLatest } from '../src/models.gen';
import {
  asLines,
  at,
  coloredCell,
  datasource,
  fixedColor,
  hide,
  legendBelow,
  legendRight,
  link,
  links,
  mapped,
  newDashboard,
  newTable,
  noLegend,
  nothing,
  pickVariable,
  query,
  steps,
  titled,
  unexplained,
  width,
} from './common';

/** What every query of the dashboard asks about. */
const race = { subsession: '${subsession}', class: '${cls}' };

const here = '/d/iracing-race?var-ds=${ds}&var-subsession=${subsession}&var-cls=${cls}';

/** What a click on a driver offers. */
const aboutDriver: DynamicConfigValue = links(
  ['Laps and gaps of this driver', `${here}&var-driver=\${__data.fields.driverKey}`],
  ['Ratings and races of this driver', '/d/iracing-ratings?var-ds=${ds}&var-driver=${__data.fields.driverKey}']
);

const gains = steps([null, 'red'], [0, 'text'], [1, 'green']);

/** As many decimals as a tick or a value needs: a gap of 40 s reads better than one of 40.000 s. */
const fewDecimals: DynamicConfigValue = { id: 'decimals', value: null };

const none = { text: '–', color: 'text' };

/** Some figures of the race's summary, by the titles that the backend gives them. */
interface Figure {
  title: string;
  description: string;
  columns: string[];
  noValue?: string;
  look?: (panel: StatBuilder) => void;
}

const figures: Array<[columns: number, figure: Figure]> = [
  [
    5,
    {
      title: 'Race',
      description: 'The series, the track, and when the session began.',
      columns: ['Series', 'Track', 'Start'],
      noValue: 'No race: set up an account, or import a result',
      look: (panel) => {
        panel.orientation(VizOrientation.Horizontal);
        panel.overrideByName('start', [{ id: 'unit', value: 'time:D MMM YYYY HH:mm [UTC]' }]);
      },
    },
  ],
  [
    4,
    {
      title: 'Field',
      description:
        'Strength of field, which split it was, and cars. With a class chosen, strength and cars are those of the class.',
      columns: ['SoF', 'Split', 'Cars'],
      look: (panel) => panel.textMode(BigValueTextMode.ValueAndName),
    },
  ],
  [
    3,
    {
      title: 'Start and finish',
      description: 'Where you started and finished.',
      columns: ['My start', 'My finish'],
      noValue: '–',
      look: (panel) => {
        panel.textMode(BigValueTextMode.ValueAndName);
        panel.overrideByRegexp('/^My (start|finish)$/', [{ id: 'unit', value: 'prefix:P' }]);
      },
    },
  ],
  [
    4,
    {
      title: 'Your iRating',
      description:
        'What the race did to your iRating, and what the community’s formula makes of it. iRacing’s own formula is not public.',
      columns: ['Actual', 'Estimate'],
      look: (panel) => {
        panel.textMode(BigValueTextMode.ValueAndName);
        panel.colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds));
        panel.thresholds(new ThresholdsConfigBuilder().mode(gains.mode).steps(gains.steps));
        // What is not there is no loss.
        panel.mappings([{ type: MappingType.SpecialValue, options: { match: SpecialValueMatch.Null, result: none } }]);
        panel.overrideByName('iRating change', [titled('Actual')]);
        panel.overrideByName('iRating estimate', [titled('Estimate')]);
      },
    },
  ],
  [
    3,
    {
      title: 'Incidents',
      description: 'Your incident points in the race.',
      columns: ['My incidents'],
      noValue: '–',
    },
  ],
  [
    5,
    {
      title: 'Weather',
      description: 'Air, sky and the share of the race with rain, as the result has them.',
      columns: ['Air', 'Skies', 'Rain'],
      look: (panel) => panel.textMode(BigValueTextMode.ValueAndName),
    },
  ],
];

function stat({ title, description, columns, noValue, look }: Figure, pos: GridPos) {
  const panel = new StatBuilder()
    .title(title)
    .description(description)
    .datasource(datasource)
    .noValue(noValue ?? nothing)
    .gridPos(pos)
    .withTarget(query({ queryType: 'raceResults', ...race, view: 'summary' }))
    .reduceOptions(
      new ReduceDataOptionsBuilder()
        .calcs(['lastNotNull'])
        .fields(`/^(${columns.join('|')})$/`)
        .values(false)
    )
    .orientation(VizOrientation.Vertical)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor('text'))
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None)
    .textMode(BigValueTextMode.Value)
    .text(new VizTextDisplayOptionsBuilder().valueSize(columns.length > 2 ? 18 : 30).titleSize(12));
  look?.(panel);
  return panel;
}

/**
 * Between two laps there is nothing to read: where a race is short enough for ticks between them, these stay blank. The
 * chart itself has no whole-number axis to choose.
 */
const wholeLaps: DynamicConfigValue = {
  id: 'mappings',
  value: Array.from({ length: 16 }, (_, lap) => ({
    type: MappingType.RangeToText,
    options: { from: lap + 0.01, to: lap + 0.99, result: { text: '' } },
  })),
};

/** A chart with a line for each car over the lap number. */
function overLaps(title: string, description: string, order: SortOrder, pos: GridPos) {
  const panel = new TrendBuilder()
    .title(title)
    .description(description)
    .datasource(datasource)
    .noValue(unexplained)
    .gridPos(pos)
    .xField('Lap');
  asLines(panel);
  return (
    panel
      // The own line is thicker: the data source says so of that field.
      .lineWidth(1)
      .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(order))
      .overrideByFieldType('number', [fewDecimals])
      .overrideByName('lap', [wholeLaps])
  );
}

function lapChart(pos: GridPos) {
  return (
    overLaps(
      'Lap chart',
      'The position of each car at the end of each lap; lap 0 is the grid. Your line is thick and orange.',
      SortOrder.Descending,
      pos
    )
      .withTarget(query({ queryType: 'lapChart', ...race }))
      .lineInterpolation(LineInterpolation.StepAfter)
      .axisWidth(48)
      .legend(legendRight())
      // Room for the leader's line, which would lie on the upper edge.
      .overrideByRegexp('/^(?!Lap$)/', [
        { id: 'max', value: -0.5 },
        { id: 'decimals', value: 0 },
      ])
  );
}

function gapToLeader(pos: GridPos) {
  return overLaps(
    'Gap to the leader',
    'How far behind the leader each car crossed the line: a line that climbs loses time. Jumps are pit stops and trouble.',
    SortOrder.Ascending,
    pos
  ).withTarget(query({ queryType: 'gapChart', ...race, to: 'leader' }));
}

function gapToDriver(pos: GridPos) {
  return overLaps(
    'Gap to ${driver:text}',
    'Above zero is behind the chosen driver, below zero ahead. Where a line crosses zero, the two changed places.',
    SortOrder.Ascending,
    pos
  ).withTarget(query({ queryType: 'gapChart', ...race, to: 'driver', driver: '${driver}' }));
}

function raceTrace(pos: GridPos) {
  return overLaps(
    'Race trace',
    'Each car against one that drives every lap at the winner’s average. A line that climbs is faster than that, a step down is a pit stop; cautions bend all lines down together.',
    SortOrder.Descending,
    pos
  ).withTarget(query({ queryType: 'gapChart', ...race, to: 'pace' }));
}

function lapTimes(pos: GridPos) {
  return (
    overLaps(
      'Lap times of the field',
      'The clean laps of everybody, yours in orange. Laps with a pit stop, an incident or a tow are left out, as they would flatten all others.',
      SortOrder.Ascending,
      pos
    )
      .withTarget(query({ queryType: 'raceLaps', ...race, drivers: [], as: 'chart', clean: true }))
      .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor('rgba(130, 145, 170, 0.65)'))
      .drawStyle(GraphDrawStyle.Points)
      .showPoints(VisibilityMode.Always)
      .pointSize(5)
      .axisWidth(80)
      // Two dozen names under the pointer would hide the chart.
      .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Single).sort(SortOrder.None))
  );
}

const pace = query({ queryType: 'paceRanking', ...race });

function paceBars(pos: GridPos) {
  return new BarChartBuilder()
    .title('Pace')
    .description(
      'How much slower the median of a driver’s clean laps is than that of the quickest driver of the class. Yours is orange.'
    )
    .datasource(datasource)
    .noValue(unexplained)
    .gridPos(pos)
    .withTarget(pace)
    .withTransformation({
      id: 'filterFieldsByName',
      options: { include: { names: ['Driver', 'To the quickest', 'Mine'] } },
    })
    .orientation(VizOrientation.Horizontal)
    .xField('Driver')
    .colorByField('Mine')
    .xTickLabelMaxLength(18)
    .showValue(VisibilityMode.Never)
    .fillOpacity(80)
    .lineWidth(0)
    .legend(noLegend())
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Single).sort(SortOrder.None))
    .overrideByName('own', [mapped({ true: { color: 'orange' }, false: { color: 'blue' } })]);
}

function paceTable(pos: GridPos) {
  const table = newTable(
    'Pace ranking',
    'The clean laps of each driver: half of them lie between the quickest and the slowest quarter. Consistency is 100 % for laps that are all alike.',
    pos,
    pace
  )
    .overrideByName('driver', [aboutDriver])
    .overrideByName('rank', [width(65)])
    .overrideByName('finish', [width(70)])
    .overrideByName('laps', [width(95)])
    .overrideByName('bestText', [width(90)])
    .overrideByName('medianText', [width(90)])
    .overrideByName('delta', [width(120)])
    .overrideByName('consistency', [width(105)]);
  return hide(
    table,
    ...['number', 'car', 'class', 'allLaps', 'best', 'p25', 'median', 'p75', 'mean', 'best5', 'sigma', 'driverKey']
  );
}

function results(pos: GridPos) {
  const table = newTable(
    'Results',
    'The classification; Inc is incident points, ± what the race did to iRating and safety rating. A click on a driver leads to that driver’s laps and gaps on this page, or to ratings and races.',
    pos,
    query({ queryType: 'raceResults', ...race })
  )
    .overrideByName('position', [width(50)])
    .overrideByName('classPosition', [titled('In class'), width(75)])
    .overrideByName('number', [titled('#'), width(50)])
    .overrideByName('driver', [aboutDriver, width(165)])
    .overrideByName('class', [width(110)])
    .overrideByName('gapText', [width(90)])
    .overrideByName('laps', [width(60)])
    .overrideByName('lapsLed', [titled('Led'), width(50)])
    .overrideByName('startPosition', [titled('Grid'), width(55)])
    .overrideByName('gained', [coloredCell('color-text'), { id: 'thresholds', value: gains }, width(75)])
    .overrideByName('bestLapText', [width(85)])
    .overrideByName('averageLapText', [titled('Average'), width(85)])
    .overrideByName('qualifyLapText', [titled('Qualifying'), width(90)])
    .overrideByName('incidents', [titled('Inc'), width(50)])
    .overrideByName('iratingChange', [
      titled('iR ±'),
      coloredCell('color-text'),
      { id: 'thresholds', value: gains },
      width(60),
    ])
    .overrideByName('licence', [width(75)])
    .overrideByName('safetyRatingChange', [
      titled('SR ±'),
      coloredCell('color-text'),
      { id: 'thresholds', value: steps([null, 'red'], [0, 'text'], [0.005, 'green']) },
      width(65),
    ])
    .overrideByName('points', [width(65)])
    .overrideByName('reasonOut', [mapped({ Running: { text: '' } }), width(100)]);
  return hide(
    table,
    ...['gap', 'bestLap', 'bestLapNumber', 'averageLap', 'qualifyLap', 'iratingOld'],
    ...['iratingNew', 'licenceOld', 'safetyRating', 'cpi', 'sof', 'division', 'flair', 'driverKey']
  );
}

function laps(pos: GridPos) {
  const table = newTable(
    'Laps · ${driver:text}',
    'The laps of the chosen driver. The best one is purple; what happened on a lap is under Events.',
    pos,
    query({ queryType: 'raceLaps', ...race, drivers: ['${driver}'], as: 'table' })
  )
    .overrideByName('lap', [width(60)])
    .overrideByName('lapTimeText', [width(90)])
    .overrideByName('delta', [
      coloredCell('color-text'),
      { id: 'thresholds', value: steps([null, 'purple'], [0.0005, 'text']) },
      width(105),
    ])
    .overrideByName('clean', [
      coloredCell('color-text'),
      mapped({ true: { text: '✓', color: 'green' }, false: { text: '✗', color: 'red' } }),
      { id: 'custom.align', value: 'center' },
      width(65),
    ])
    .overrideByName('position', [width(60)])
    .overrideByName('gapText', [width(95)]);
  return hide(table, ...['driver', 'number', 'lapTime', 'pit', 'incident', 'best', 'gap', 'since', 'driverKey']);
}

function events(pos: GridPos) {
  const table = newTable(
    'Event log',
    'Penalties, cautions and lead changes. iRacing tells when they were on the session’s clock; the time of day is worked out from that.',
    pos,
    query({ queryType: 'eventLog', subsession: '${subsession}', as: 'table' })
  )
    .overrideByName('clock', [width(120), titled('Session time'), { id: 'unit', value: 'dthms' }])
    .overrideByName('lap', [width(60)])
    .overrideByName('kind', [
      coloredCell('color-text'),
      mapped({
        penalty: { text: 'Penalty', color: 'red' },
        caution: { text: 'Caution', color: 'yellow' },
        leadChange: { text: 'Lead change', color: 'blue' },
        other: { text: 'Other', color: 'text' },
      }),
      width(105),
    ])
    .overrideByName('number', [titled('#'), width(50)])
    .overrideByName('driver', [aboutDriver, width(150)]);
  return hide(table, 'time', 'event', 'lasted', 'driverKey');
}

function estimates(pos: GridPos) {
  const table = newTable(
    'iRating: estimate and actual',
    'What the community’s formula makes of the result, beside what iRacing did. The formula knows nothing but who finished where, with which rating.',
    pos,
    query({ queryType: 'iratingEstimate', ...race, view: 'drivers' })
  )
    .overrideByName('position', [width(55)])
    .overrideByName('classPosition', [titled('In class'), width(75)])
    .overrideByName('driver', [aboutDriver])
    .overrideByName('iratingOld', [width(120)])
    .overrideByName('estimate', [coloredCell('color-text'), { id: 'thresholds', value: gains }, width(95)])
    .overrideByName('actual', [coloredCell('color-text'), { id: 'thresholds', value: gains }, width(85)])
    .overrideByName('residual', [titled('Off by'), width(85)]);
  return hide(table, 'number', 'class', 'iratingNew', 'sof', 'started', 'driverKey');
}

function whatIf(pos: GridPos) {
  const panel = new TrendBuilder()
    .title('iRating of ${driver:text} by finishing position')
    .description(
      'What the iRating would have done at each finishing position in class, with everybody else in the same order. The points are where the driver finished: estimated and actual.'
    )
    .datasource(datasource)
    .noValue(unexplained)
    .gridPos(pos)
    .xField('Finish in class')
    .withTarget(query({ queryType: 'iratingEstimate', ...race, view: 'whatIf', driver: '${driver}' }));
  asLines(panel);
  return panel
    .legend(legendBelow())
    .overrideByName('finish', [fixedColor('text')])
    .overrideByName('actual', [fixedColor('green')]);
}

function splits(pos: GridPos) {
  return newTable(
    'Splits',
    'The other races of the same start, the strongest first. A click opens one.',
    pos,
    query({ queryType: 'raceResults', subsession: '${subsession}', view: 'splits' })
  )
    .overrideByName('subsession', [
      link('Show this split', '/d/iracing-race?var-ds=${ds}&var-subsession=${__data.fields.subsession}'),
    ])
    .overrideByName('this', [mapped({ true: { text: '●' }, false: { text: '' } }), width(80)])
    .overrideByName('split', [width(65)])
    .overrideByName('sof', [width(75)]);
}

export function raceDashboard() {
  const dashboard = newDashboard('iracing-race', 'iRacing · Race', 'One race: who was where, how fast, and why.', [
    pickVariable('subsession', 'Race', { kind: 'subsessions' }, { text: 'Latest race', value: SubsessionLatest }),
    pickVariable('cls', 'Class', { kind: 'classes', of: '${subsession}' }, { text: 'All classes', value: allOf }),
    pickVariable('driver', 'Driver', { kind: 'entrants', of: '${subsession}' }, { text: 'Me', value: DriverMe }),
  ]);
  let x = 0;
  for (const [columns, figure] of figures) {
    dashboard.withPanel(stat(figure, at(x, 0, columns, 4)));
    x += columns;
  }
  return dashboard
    .withPanel(results(at(0, 4, 24, 13)))
    .withPanel(lapChart(at(0, 17, 24, 13)))
    .withPanel(gapToLeader(at(0, 30, 12, 11)))
    .withPanel(gapToDriver(at(12, 30, 12, 11)))
    .withPanel(raceTrace(at(0, 41, 12, 11)))
    .withPanel(lapTimes(at(12, 41, 12, 11)))
    .withPanel(paceBars(at(0, 52, 9, 14)))
    .withPanel(paceTable(at(9, 52, 15, 14)))
    .withPanel(laps(at(0, 66, 10, 13)))
    .withPanel(events(at(10, 66, 14, 13)))
    .withPanel(estimates(at(0, 79, 13, 13)))
    .withPanel(whatIf(at(13, 79, 11, 8)))
    .withPanel(splits(at(13, 87, 11, 5)));
}
