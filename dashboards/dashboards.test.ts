import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { dashboards } from '.';
import manifest from '../plugin.json';
import { fieldsOf, read } from '../src/kinds';
import { Kind, PickKind, XAxis } from '../src/models.gen';
import { isRunnable } from '../src/query';
import type { IRacingQuery } from '../src/types';

interface Panel {
  id: number;
  type: string;
  title?: string;
  description?: string;
  datasource?: { type: string; uid: string };
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: IRacingQuery[];
  fieldConfig?: { defaults: { noValue?: string } };
  panels?: Panel[];
}

interface Dashboard {
  uid: string;
  title: string;
  timezone: string;
  panels: Panel[];
  annotations?: { list?: Array<{ target: IRacingQuery; filter?: { ids: number[] } }> };
  templating: { list: Array<{ name: string; type: string; query: string | { kind: string; session?: string } }> };
}

const root = path.join(__dirname, '..');
const rendered = dashboards();
const all = Object.entries(rendered).map(([file, json]) => ({ file, json, dashboard: JSON.parse(json) as Dashboard }));
const panelsOf = (panels: Panel[]): Panel[] => panels.flatMap((panel) => [panel, ...panelsOf(panel.panels ?? [])]);

it('ships exactly the dashboards that the manifest names', () => {
  expect(Object.keys(rendered).sort()).toEqual(manifest.includes.map((include) => include.path).sort());
});

it('gives every dashboard its own uid', () => {
  expect(new Set(all.map(({ dashboard }) => dashboard.uid)).size).toBe(all.length);
});

describe.each(all)('$file', ({ file, json, dashboard }) => {
  const panels = panelsOf(dashboard.panels);
  const drawn = panels.filter((panel) => panel.type !== 'row');

  it('is committed as the code makes it (npm run dashboards)', () => {
    const committed = path.join(root, 'src', file);
    expect(existsSync(committed) && readFileSync(committed, 'utf8')).toBe(json);
  });

  it('reads from the data source that its reader chooses', () => {
    const uids = [...json.matchAll(/"uid": "([^"]*)"/g)].map((match) => match[1]);
    expect(new Set(uids)).toEqual(new Set([dashboard.uid, '${ds}']));
    const chosen = dashboard.templating.list.find((variable) => variable.name === 'ds');
    expect(chosen).toMatchObject({ type: 'datasource', query: manifest.id });
  });

  it('uses only variables that it has', () => {
    const defined = new Set(dashboard.templating.list.map((variable) => variable.name));
    const used = [...json.matchAll(/\$\{(\w+)(?::\w+)?\}/g)].map((match) => match[1]!);
    expect(used.filter((name) => !defined.has(name) && !name.startsWith('__'))).toEqual([]);
  });

  it('asks for pick lists that the backend has', () => {
    for (const { type, query } of dashboard.templating.list) {
      if (type === 'query') {
        expect(Object.values(PickKind)).toContain(typeof query === 'object' && query.kind);
      }
    }
  });

  it('says on every panel what it shows, also where there is nothing to show', () => {
    const mute = drawn.filter((panel) => !panel.title || !panel.description);
    expect(mute.map((panel) => panel.title ?? panel.id)).toEqual([]);
    const blank = drawn.filter((panel) => panel.targets && panel.fieldConfig?.defaults.noValue === undefined);
    expect(blank.map((panel) => panel.title)).toEqual([]);
  });

  it('sends only queries that the query editor could have made', () => {
    const queries = drawn.flatMap((panel) => panel.targets ?? []);
    expect(queries.length).toBeGreaterThan(0);
    for (const query of queries) {
      expect(Object.values(Kind)).toContain(query.queryType);
      expect(isRunnable(query)).toBe(true);
      if (query.queryType === 'trace') {
        expect(Object.values(XAxis)).toContain(query.x);
        continue;
      }
      const { refId, datasource, queryType, ...chosen } = query;
      const fields = fieldsOf(queryType);
      expect(fields.map((field) => field.name)).toEqual(expect.arrayContaining(Object.keys(chosen)));
      for (const field of fields) {
        const words = [read(field, query) ?? []].flat().filter((word) => !String(word).startsWith('${'));
        if ('options' in field) {
          expect(field.options.map((option) => option.value)).toEqual(expect.arrayContaining(words));
        }
      }
    }
  });

  it('draws distance on trends and maps, and distance as time on time series', () => {
    for (const panel of drawn) {
      for (const query of panel.targets ?? []) {
        if (query.queryType === 'trace') {
          expect([panel.title, query.x]).toEqual([
            panel.title,
            panel.type === 'timeseries' ? 'distanceAsTime' : 'distance',
          ]);
        }
      }
    }
  });

  it('marks races and events where there is a time axis to mark them on', () => {
    for (const { target, filter } of dashboard.annotations?.list ?? []) {
      expect(target).toMatchObject({ as: 'annotations' });
      expect(isRunnable(target)).toBe(true);
      const marked = drawn.filter((panel) => !filter || filter.ids.includes(panel.id));
      expect(marked.map((panel) => panel.type)).toEqual(['timeseries']);
    }
  });

  it('keeps lap times readable in every time zone', () => {
    expect(dashboard.timezone).toBe('utc');
  });

  it('numbers its panels and lets none overlap', () => {
    expect(new Set(panels.map((panel) => panel.id)).size).toBe(panels.length);
    const cells = new Set<string>();
    for (const { title, gridPos } of panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect([title, cells.has(`${x},${y}`)]).toEqual([title, false]);
          cells.add(`${x},${y}`);
        }
      }
    }
  });

  it('links to dashboards and variables that exist', () => {
    for (const [url, uid] of json.matchAll(/\/d\/([\w-]+)\?[^"]*/g)) {
      const target = all.find((other) => other.dashboard.uid === uid)?.dashboard;
      expect([url, target?.uid]).toEqual([url, uid]);
      const names = target?.templating.list.map((variable) => variable.name);
      for (const [, name] of url.matchAll(/var-(\w+)=/g)) {
        expect(names).toContain(name);
      }
    }
  });
});
