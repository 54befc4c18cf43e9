import { css } from '@emotion/css';
import { dateTimeFormat, type DataFrame, type GrafanaTheme2 } from '@grafana/data';
import { Tooltip, useStyles2, useTheme2, type UPlotConfigBuilder } from '@grafana/ui';
import { useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from 'react';
import { createPortal } from 'react-dom';
import type uPlot from 'uplot';

interface Props {
  config: UPlotConfigBuilder;
  /** The frames of the dashboard's annotations, as scenes hand them to a panel. */
  frames?: DataFrame[];
  timeZone: string;
}

interface Event {
  time: number;
  timeEnd?: number;
  title?: string;
  text?: string;
  tags?: string[];
  color?: string;
}

/** The lines of a dashboard's annotations over a plot of time, each with a mark at its foot that tells of it. */
export function Annotations({ config, frames, timeZone }: Props) {
  const styles = useStyles2(getStyles);
  const theme = useTheme2();
  const [plot, setPlot] = useState<uPlot>();
  const [, moved] = useReducer((n: number) => n + 1, 0);
  const events = useMemo(() => (frames ?? []).flatMap(toEvents), [frames]);
  const current = useRef(events);
  current.current = events;

  useLayoutEffect(() => {
    config.addHook('init', setPlot);
    config.addHook('draw', (u) => {
      current.current.forEach((event) => drawLine(u, event, theme));
      if (current.current.length > 0) {
        moved();
      }
    });
  }, [config, theme]);
  useEffect(() => plot?.redraw(false), [plot, events]);

  if (!plot) {
    return null;
  }
  return createPortal(
    events
      .map((event) => ({ event, x: plot.valToPos(event.time, 'x') }))
      .filter(({ x }) => x >= 0 && x <= plot.over.clientWidth)
      .map(({ event, x }, i) => (
        <Tooltip key={i} content={<Told event={event} timeZone={timeZone} />}>
          <span
            className={styles.mark}
            style={{ left: x, borderBottomColor: colorOf(event, theme) }}
            data-testid="annotation"
          />
        </Tooltip>
      )),
    plot.over,
  );
}

function Told({ event: { time, title, text, tags }, timeZone }: { event: Event; timeZone: string }) {
  return (
    <>
      <div>{dateTimeFormat(time, { timeZone })}</div>
      {title && <strong>{title}</strong>}
      <div>{text}</div>
      {tags && tags.length > 0 && <em>{tags.join(', ')}</em>}
    </>
  );
}

function toEvents(frame: DataFrame): Event[] {
  const rows: Array<Partial<Event>> = Array.from({ length: frame.length }, () => ({}));
  for (const { name, values } of frame.fields) {
    rows.forEach((row, i) => Object.assign(row, { [name]: values[i] ?? undefined }));
  }
  return rows.filter((row): row is Event => typeof row.time === 'number');
}

function colorOf({ color }: Event, theme: GrafanaTheme2): string {
  return theme.visualization.getColorByName(color ?? 'red');
}

function drawLine(plot: uPlot, event: Event, theme: GrafanaTheme2): void {
  const { ctx, bbox } = plot;
  const from = plot.valToPos(event.time, 'x', true);
  const to = plot.valToPos(event.timeEnd ?? event.time, 'x', true);
  if (to < bbox.left || from > bbox.left + bbox.width) {
    return;
  }
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.fillStyle = ctx.strokeStyle = colorOf(event, theme);
  ctx.globalAlpha = 0.1;
  ctx.fillRect(from, bbox.top, to - from, bbox.height);
  ctx.globalAlpha = 0.5;
  ctx.setLineDash([5 * devicePixelRatio, 5 * devicePixelRatio]);
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  ctx.moveTo(from, bbox.top);
  ctx.lineTo(from, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}

const getStyles = (theme: GrafanaTheme2) => ({
  mark: css({
    position: 'absolute',
    bottom: theme.spacing(-0.75),
    transform: 'translateX(-50%)',
    borderLeft: `${theme.spacing(0.625)} solid transparent`,
    borderRight: `${theme.spacing(0.625)} solid transparent`,
    borderBottom: `${theme.spacing(0.75)} solid`,
    cursor: 'pointer',
    zIndex: 1,
  }),
});
