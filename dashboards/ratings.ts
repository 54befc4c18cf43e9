import { PanelBuilder as BarChartBuilder } from '@grafana/grafana-foundation-sdk/barchart';
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  LineInterpolation,
  ReduceDataOptionsBuilder,
  SortOrder,
  TooltipDisplayMode,
  VisibilityMode,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  AnnotationPanelFilterBuilder,
  AnnotationQueryBuilder,
  FieldColorBuilder,
  FieldColorModeId,
  type GridPos,
  ThresholdsConfigBuilder,
  TimePickerBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { allOf } from '../src/kinds/lists';
import { type Category, DriverMe, type Rating } from '../src/models.gen';
import {
  asLines,
  at,
  coloredCell,
  datasource,
  hide,
  legendBelow,
  link,
  newDashboard,
  newTable,
  noLegend,
  pickVariable,
  query,
  steps,
  titled,
  unexplained,
  width,
} from './common';

const driver = '${driver}';
const category = '${category}' as Category;
const categories = [category];

const openRace = link('Show this race', '/d/iracing-race?var-ds=${ds}&var-subsession=${__data.fields.subsession}');

const gains = steps([null, 'red'], [0, 'text'], [0.005, 'green']);

/** A figure of the current licences, once for each category. */
function licences(title: string, description: string, column: string, pos: GridPos) {
  return new StatBuilder()
    .title(title)
    .description(description)
    .datasource(datasource)
    .noValue('–')
    .gridPos(pos)
    .withTarget(query({ queryType: 'ratingHistory', driver, view: 'current', categories }))
    .withTransformation({ id: 'filterFieldsByName', options: { include: { names: ['Category', column] } } })
    .reduceOptions(new ReduceDataOptionsBuilder().calcs([]).fields(`/^${column}$/`).values(true))
    .orientation(VizOrientation.Vertical)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor('text'))
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None)
    .textMode(BigValueTextMode.ValueAndName);
}

function history(rating: Rating, title: string, description: string, pos: GridPos) {
  const panel = new TimeSeriesBuilder()
    .title(title)
    .description(description)
    .datasource(datasource)
    .noValue(unexplained)
    .gridPos(pos)
    .withTarget(query({ queryType: 'ratingHistory', driver, view: 'history', rating, categories }));
  asLines(panel);
  return panel
    .lineInterpolation(LineInterpolation.StepAfter)
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .legend(legendBelow());
}

function races(pos: GridPos) {
  const table = newTable(
    'Races',
    'The races of the time range, the newest first. A click on one opens it. Ahead of is the share of the field that finished behind; Inc is incident points. Rating changes and best laps are looked up for the newest 50.',
    pos,
    query({ queryType: 'raceHistory', driver, category, as: 'table', ratings: 50 })
  )
    .overrideByName('start', [
      titled('Start (UTC)'),
      { id: 'unit', value: 'time:YYYY-MM-DD HH:mm' },
      openRace,
      width(140),
    ])
    .overrideByName('series', [openRace, { id: 'custom.minWidth', value: 150 }])
    .overrideByName('startPosition', [width(55)])
    .overrideByName('finish', [width(65)])
    .overrideByName('gained', [coloredCell('color-text'), width(75)])
    .overrideByName('field', [width(60)])
    .overrideByName('finishPercentile', [width(85)])
    .overrideByName('sof', [width(60)])
    .overrideByName('bestLapText', [width(85)])
    .overrideByName('incidents', [titled('Inc'), width(50)])
    .overrideByName('points', [width(65)])
    .overrideByName('iratingChange', [titled('iR ±'), coloredCell('color-text'), width(60)])
    .overrideByName('irating', [width(70)])
    .overrideByName('safetyRatingChange', [titled('SR ±'), coloredCell('color-text'), width(65)])
    .overrideByName('licence', [width(75)]);
  return hide(
    table,
    ...['class', 'classStart', 'classFinish', 'classField', 'laps', 'lapsLed', 'bestLap', 'averageLapText'],
    ...['averageLap', 'dropped', 'official', 'category', 'subsession', 'seriesId', 'seasonId', 'carId', 'trackId']
  );
}

/** The share of the field that was beaten, for a colour. */
const beaten = steps([null, 'red'], [0.33, 'yellow'], [0.66, 'green'], [0.9, 'purple']);

function form(pos: GridPos) {
  return new BarChartBuilder()
    .title('Form · the last 10 races')
    .description(
      'The share of the field that finished behind, from the older race to the newer one. It is fairer than the position, as fields differ in size.'
    )
    .datasource(datasource)
    .noValue(unexplained)
    .gridPos(pos)
    .withTarget(query({ queryType: 'raceHistory', driver, category, as: 'table', ratings: 50 }))
    .withTransformation({ id: 'limit', options: { limitField: 10 } })
    .withTransformation({ id: 'sortBy', options: { sort: [{ field: 'Start', desc: false }] } })
    .withTransformation({ id: 'filterFieldsByName', options: { include: { names: ['Start', 'Ahead of'] } } })
    .xField('Start')
    .min(0)
    .max(1)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .thresholds(new ThresholdsConfigBuilder().mode(beaten.mode).steps(beaten.steps))
    .showValue(VisibilityMode.Never)
    .xTickLabelSpacing(100)
    .fillOpacity(80)
    .lineWidth(0)
    .legend(noLegend())
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Single).sort(SortOrder.None))
    .overrideByName('start', [{ id: 'unit', value: 'time:D MMM' }]);
}

/** What tables of totals have in common. */
function totals(title: string, description: string, first: string, target: Builder<Dataquery>, pos: GridPos) {
  return newTable(title, description, pos, target)
    .overrideByName(first, [{ id: 'custom.minWidth', value: 150 }])
    .overrideByName('starts', [width(65)])
    .overrideByName('wins', [width(60)])
    .overrideByName('winShare', [width(70)])
    .overrideByName('podiums', [width(80)])
    .overrideByName('averageStart', [titled('Grid ⌀'), width(70)])
    .overrideByName('averageFinish', [titled('Finish ⌀'), width(80)])
    .overrideByName('finishPercentile', [width(85)])
    .overrideByName('gained', [coloredCell('color-text'), width(75)])
    .overrideByName('bestLapText', [width(85)])
    .overrideByName('averageIncidents', [titled('Inc / race'), width(85)])
    .overrideByName('laps', [width(70)])
    .overrideByName('iratingChange', [
      titled('iR ±'),
      coloredCell('color-text'),
      { id: 'thresholds', value: gains },
      width(65),
    ]);
}

const officially = 'Official races as iRacing counts them, whatever the time range.';
const withinRange = 'The races of the time range added up. Best laps and rating changes are those of the newest 60.';

function career(title: string, by: 'category' | 'year', pos: GridPos) {
  const target = query({ queryType: 'career', driver, by, category });
  return hide(
    totals(title, officially, by, target, pos),
    ...['top5', 'top5Share', 'poles', 'poleShare', 'lapsPerIncident', 'averagePoints', 'lapsLed', 'ledShare'],
    ...['categoryId', ...(by === 'year' ? ['category'] : [])]
  );
}

function per(title: string, queryType: 'perCar' | 'perTrack', first: string, pos: GridPos) {
  const target = query({ queryType, driver, category });
  return hide(
    totals(title, withinRange, first, target, pos),
    ...['winShare', 'top5', 'poles', 'averageStart', 'lapsPerIncident', 'laps', 'lapsLed', 'points', 'bestLap'],
    ...['lastRaced', 'carId', 'trackId', ...(queryType === 'perCar' ? ['bestLapText'] : [])]
  );
}

export function ratings() {
  return newDashboard(
    'iracing-ratings',
    'iRacing · Ratings',
    'How a driver’s ratings moved, and the races that moved them.',
    [
      pickVariable('driver', 'Driver', { kind: 'drivers' }, { text: 'Me', value: DriverMe }),
      pickVariable('category', 'Category', { kind: 'categories' }, { text: 'All categories', value: allOf }),
    ]
  )
    .time({ from: 'now-1y', to: 'now' })
    .timepicker(new TimePickerBuilder())
    .annotation(
      new AnnotationQueryBuilder()
        .name('Races')
        .datasource(datasource)
        .enable(true)
        .iconColor('rgba(140, 150, 170, 0.4)')
        // On the iRating alone, which is the third panel: three charts full of lines are hard to read.
        .filter(new AnnotationPanelFilterBuilder().exclude(false).ids([3]))
        .target(query({ queryType: 'raceHistory', driver, category, as: 'annotations' }, 'Races'))
    )
    .withPanel(licences('iRating now', 'The iRating in each category.', 'iRating', at(0, 0, 12, 4)))
    .withPanel(
      licences('Licence now', 'Licence class and safety rating in each category.', 'Licence', at(12, 0, 12, 4))
    )
    .withPanel(
      history(
        'irating',
        'iRating',
        'The iRating after each day of racing. The marks at the foot are races; point at one to read what happened.',
        at(0, 4, 16, 11)
      )
    )
    .withPanel(form(at(16, 4, 8, 11)))
    .withPanel(
      history(
        'safety',
        'Safety rating',
        'Licence class and safety rating in one line, so that a promotion is a step up.',
        at(0, 15, 12, 9)
      )
    )
    .withPanel(
      history('tt', 'Time trial rating', 'The rating of time trials, where somebody drives them.', at(12, 15, 12, 9))
    )
    .withPanel(races(at(0, 24, 24, 14)))
    .withPanel(career('Career by category', 'category', at(0, 38, 12, 8)))
    .withPanel(career('Career by year', 'year', at(12, 38, 12, 8)))
    .withPanel(per('By car', 'perCar', 'car', at(0, 46, 12, 10)))
    .withPanel(per('By track', 'perTrack', 'track', at(12, 46, 12, 10)));
}
