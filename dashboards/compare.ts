import {
  AxisPlacement,
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  GraphGradientMode,
  LineInterpolation,
  ReduceDataOptionsBuilder,
  TableCellHeight,
  VizOrientation,
} from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardCursorSync,
  type DynamicConfigValue,
  FieldColorBuilder,
  FieldColorModeId,
  type GridPos,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TextBuilder, TextMode } from '@grafana/grafana-foundation-sdk/text';
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { PanelBuilder as TrendBuilder } from '@grafana/grafana-foundation-sdk/trend';
import {
  PanelBuilder as XYBuilder,
  SeriesMapping,
  XYSeriesConfigBuilder,
  XYShowMode,
} from '@grafana/grafana-foundation-sdk/xychart';
import { LapBest, LapLast, SessionLatest, type XAxis } from '../src/models.gen';
import {
  asLines,
  at,
  dashed,
  datasource,
  fixedColor,
  hidden,
  legendBelow,
  lineAsTime,
  type LineChart,
  newDashboard,
  noLegend,
  nothing,
  pickVariable,
  query,
  wholeLap,
  width,
} from './common';

/** The two laps have these colours in every panel. */
const lapColor = 'blue';
const referenceColor = 'orange';

/** The reference lap's fields, by the name that the backend gives them. */
const ofReference = '/reference/i';

const reference = { session: '${refsession}', lap: '${ref}' };

const traceOf = (channels: string[], x: XAxis, delta = false) =>
  query({ queryType: 'trace', session: '${session}', laps: ['${lap}'], channels, x, reference, delta });

/** One chart of the stack: it is drawn over distance, and once more with the shared cursor. */
interface Trace {
  title: string;
  description: string;
  channels: string[];
  height: number;
  look?: (panel: LineChart) => void;
}

const stack: Trace[] = [
  {
    title: 'Time delta · above zero behind the reference, below zero ahead',
    description:
      'How much later (red) or earlier (green) than the reference the lap reached each place on track. Time is lost where the line climbs; its last value is the difference of the lap times.',
    channels: [],
    height: 7,
    look: (panel) => {
      panel.colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds));
      panel.thresholds(greenBelowZero());
      panel.gradientMode(GraphGradientMode.Scheme);
      panel.fillOpacity(18);
      panel.axisSoftMin(-0.05);
      panel.axisSoftMax(0.05);
    },
  },
  {
    title: 'Speed',
    description:
      'The lowest point of each valley is the speed at the apex; where the fall begins is the braking point.',
    channels: ['Speed'],
    height: 9,
    look: (panel) => panel.legend(legendBelow()),
  },
  {
    title: 'Throttle and brake',
    description: 'How far the pedals are down. The reference lap is dashed.',
    channels: ['Throttle', 'Brake'],
    height: 7,
    look: (panel) => {
      panel.overrideByRegexp('/throttle/i', [fixedColor('green')]);
      panel.overrideByRegexp('/brake/i', [fixedColor('red')]);
      panel.legend(legendBelow());
    },
  },
  {
    title: 'Steering wheel angle',
    description: 'Left is positive. A saw-toothed line through a corner is a car that had to be caught.',
    channels: ['SteeringWheelAngle'],
    height: 6,
  },
  {
    title: 'Gear',
    description: 'The gear that is engaged; 0 is neutral.',
    channels: ['Gear'],
    height: 5,
    look: (panel) => {
      panel.lineInterpolation(LineInterpolation.StepAfter);
      panel.decimals(0);
    },
  },
  {
    title: 'Engine speed',
    description: 'Where one line drops before the other, that lap shifted up earlier.',
    channels: ['RPM'],
    height: 6,
  },
];

function greenBelowZero() {
  const tie = 0.0005; // s, half of what is shown
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([
    { value: null, color: 'green' },
    { value: -tie, color: 'text' },
    { value: tie, color: 'red' },
  ]);
}

function draw<P extends LineChart>(panel: P, { title, description, channels, look }: Trace, x: XAxis, pos: GridPos): P {
  panel
    .title(title)
    .description(description)
    .datasource(datasource)
    .noValue(nothing)
    .gridPos(pos)
    .withTarget(traceOf(channels, x, channels.length === 0));
  asLines(panel);
  if (channels.length === 1) {
    panel.colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor(lapColor));
    panel.overrideByRegexp(ofReference, [fixedColor(referenceColor)]);
  }
  look?.(panel);
  if (channels.length > 0) {
    panel.overrideByRegexp(ofReference, [dashed, { id: 'custom.lineWidth', value: 1 }]);
  }
  return panel;
}

/** A map of the circuit in metres, coloured by a field of the lap. */
function trackMap(title: string, description: string, color: string, scheme: FieldColorModeId, pos: GridPos) {
  const named = (options: string) => ({ matcher: { id: 'byName', options } });
  return new XYBuilder()
    .title(title)
    .description(description)
    .datasource(datasource)
    .noValue(nothing)
    .gridPos(pos)
    .mapping(SeriesMapping.Manual)
    .series([new XYSeriesConfigBuilder().x(named('TrackX')).y(named('TrackY')).color(named(color))])
    .show(XYShowMode.Points)
    .pointSize({ fixed: 5 })
    .pointStrokeWidth(0)
    .fillOpacity(100)
    .axisPlacement(AxisPlacement.Hidden)
    .axisGridShow(false)
    .legend(noLegend())
    .overrideByName(color, [
      { id: 'color', value: { mode: scheme } },
      { id: 'fieldMinMax', value: true },
    ]);
}

/** The laps of the session with their times, to choose another one of the two. */
function lapPicker(pos: GridPos) {
  const here = '/d/iracing-compare?var-ds=${ds}';
  const [session, lap] = ['${__data.fields.session}', '${__data.fields.lap}'];
  const links: DynamicConfigValue = {
    id: 'links',
    value: [
      {
        title: 'Draw this lap',
        url: `${here}&var-session=${session}&var-lap=${lap}&var-refsession=\${refsession}&var-ref=\${ref}${wholeLap}`,
      },
      {
        title: 'Make it the reference',
        url: `${here}&var-session=\${session}&var-lap=\${lap}&var-refsession=${session}&var-ref=${lap}${wholeLap}`,
      },
    ],
  };
  return new TableBuilder()
    .title('Other laps of the session')
    .description('A click on a lap draws it, or makes it the reference.')
    .datasource(datasource)
    .noValue('')
    .gridPos(pos)
    .withTarget(query({ queryType: 'laps', session: '${session}', only: 'timed' }))
    .withTransformation({
      id: 'filterFieldsByName',
      options: { include: { names: ['lap', 'lapTimeText', 'delta', 'notes', 'session', 'trackEnd'] } },
    })
    .cellHeight(TableCellHeight.Sm)
    .overrideByName('lap', [links, width(60)])
    .overrideByName('lapTimeText', [links, width(95)])
    .overrideByName('delta', [width(85)])
    .overrideByName('session', hidden)
    .overrideByName('trackEnd', hidden);
}

export function compare() {
  const dashboard = newDashboard(
    'iracing-compare',
    'iRacing · Lap compare',
    'Two laps over distance: where the time is lost, and what the driver did there.',
    [
      pickVariable('session', 'Session', { kind: 'sessions' }, { text: 'Latest', value: SessionLatest }),
      pickVariable('lap', 'Lap', { kind: 'laps', session: '${session}' }, { text: 'Last lap', value: LapLast }),
      pickVariable('refsession', 'Reference session', { kind: 'sessions' }, { text: 'Latest', value: SessionLatest }),
      pickVariable(
        'ref',
        'Reference lap',
        { kind: 'laps', session: '${refsession}' },
        { text: 'Best lap', value: LapBest }
      ),
    ]
  )
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: new Date(lineAsTime).toISOString(), to: new Date(lineAsTime + 7000).toISOString() });

  let y = 0;
  for (const trace of stack) {
    dashboard.withPanel(draw(new TrendBuilder(), trace, 'distance', at(0, y, 18, trace.height)));
    y += trace.height;
  }
  dashboard
    .withPanel(
      new StatBuilder()
        .title('The two laps')
        .description('Blue in the charts is the lap, orange and dashed the reference.')
        .datasource(datasource)
        .noValue(nothing)
        .gridPos(at(18, 0, 6, 5))
        .withTarget(query({ queryType: 'laps', session: '${session}', laps: ['${lap}'] }, 'Lap'))
        .withTarget(query({ queryType: 'laps', session: '${refsession}', laps: ['${ref}'] }, 'Reference'))
        .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('/.*/').values(false))
        .withTransformation({ id: 'filterFieldsByName', options: { include: { names: ['lapTimeText'] } } })
        .orientation(VizOrientation.Vertical)
        .colorMode(BigValueColorMode.Value)
        .graphMode(BigValueGraphMode.None)
        .textMode(BigValueTextMode.ValueAndName)
        .overrideByQuery('Lap', [{ id: 'displayName', value: 'Lap' }, fixedColor(lapColor)])
        .overrideByQuery('Reference', [{ id: 'displayName', value: 'Reference' }, fixedColor(referenceColor)])
    )
    .withPanel(
      new StatBuilder()
        .title('Gap at the line')
        .description('The difference of the lap times: above zero the lap is slower than the reference.')
        .datasource(datasource)
        .noValue(nothing)
        .gridPos(at(18, 5, 6, 4))
        .withTarget(traceOf([], 'distance', true))
        .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('/^Delta/').values(false))
        .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
        .thresholds(greenBelowZero())
        .colorMode(BigValueColorMode.Value)
        .graphMode(BigValueGraphMode.None)
        .textMode(BigValueTextMode.Value)
    )
    .withPanel(
      trackMap(
        'Speed around the lap',
        'The line that was driven, seen from above with north up. Red is slow, green is fast.',
        'Speed',
        FieldColorModeId.ContinuousRdYlGr,
        at(18, 9, 6, 12)
      ).withTarget(
        query({
          queryType: 'trace',
          session: '${session}',
          laps: ['${lap}'],
          channels: ['TrackX', 'TrackY', 'Speed'],
          x: 'distance',
        })
      )
    )
    .withPanel(
      trackMap(
        'Delta around the lap',
        'The same line coloured by the time delta: where the colour turns towards red, time was lost.',
        'delta',
        FieldColorModeId.ContinuousGrYlRd,
        at(18, 21, 6, 12)
      ).withTarget(traceOf(['TrackX', 'TrackY'], 'distance', true))
    )
    .withPanel(lapPicker(at(18, 33, 6, y - 33)));

  const linked = new RowBuilder('Linked cursor').collapsed(true).gridPos(at(0, y, 24, 1));
  linked.withPanel(
    new TextBuilder()
      .title('Distance as time')
      .description('How to read the time axis of the charts below')
      .gridPos(at(0, ++y, 24, 3))
      .mode(TextMode.Markdown)
      .content(
        'These charts share one cursor and one zoom: drag across one of them to look at a corner in all. Their axis is the distance written as a time, **1 second is 1 km**, so 00:00:04.200 is 4,200 m after the line. A click on a lap in the list above shows the whole lap again.'
      )
  );
  y += 3;
  for (const trace of stack) {
    linked.withPanel(draw(new TimeSeriesBuilder(), trace, 'distanceAsTime', at(0, y, 24, trace.height)));
    y += trace.height;
  }
  return dashboard.withRow(linked);
}
