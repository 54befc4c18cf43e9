import {
  type DataSourceInstanceSettings,
  dateTime,
  PluginType,
  type ScopedVars,
  type TypedVariableModel,
} from '@grafana/data';
import {
  type BackendSrv,
  type BackendSrvRequest,
  setBackendSrv,
  setTemplateSrv,
  type TemplateSrv,
} from '@grafana/runtime';
import { of, throwError } from 'rxjs';
import { IRacingDataSource } from '../datasource';
import type { IRacingSettings } from '../types';

/** A library of two sessions and an account with two races, answered as the plugin's backend answers. */
export const library: Record<string, unknown> = {
  sessions: [
    { value: 's2', label: '2026-11-21 19:03 · Summit Point · MX-5', description: 'Practice, 14 laps' },
    { value: 's1', label: '2026-11-20 21:10 · Lime Rock · FF1600' },
  ],
  'laps?session=latest': [
    { value: '3', label: 'Lap 3 · 1:32.456' },
    { value: '4', label: 'Lap 4 · 1:33.001' },
  ],
  'laps?session=s1': [{ value: '7', label: 'Lap 7 · 0:58.114' }],
  'channels?session=latest': [
    { value: 'Speed', label: 'Speed', description: 'GPS vehicle speed (m/s)' },
    { value: 'Throttle', label: 'Throttle', description: '0=off throttle to 1=full throttle (%)' },
    { value: 'Brake', label: 'Brake', description: '0=brake released to 1=max pedal force (%)' },
    { value: 'Gear', label: 'Gear', description: '-1=reverse 0=neutral 1..n=current gear' },
  ],
  subsessions: [
    { value: '7002', label: '2026-11-21 20:15 · Ring Meister · Nürburgring' },
    { value: '7001', label: '2026-11-20 20:15 · Ring Meister · Nürburgring' },
  ],
  'classes?of=latest': [{ value: '74', label: 'GT3' }],
  'classes?of=7001': [{ value: '84', label: 'GT4' }],
  'entrants?of=7001': [
    { value: 'me', label: 'Me · Ada Example' },
    { value: '~x', label: 'Driver 48213' },
  ],
  'drivers?search=exa': [{ value: '1001', label: 'Ada Example' }],
  seasons: [{ value: '501', label: 'Ring Meister 2026 Season 4' }],
  'weeks?of=501': [{ value: '1', label: 'Week 1 · Nürburgring' }],
  endpoints: [
    { value: '/data/results/get', label: '/data/results/get', description: 'one race as its result page has it' },
    { value: '/data/track/get', label: '/data/track/get', description: 'every track with its layouts' },
  ],
  'endpointParams?path=/data/results/get': [
    { value: 'subsession_id', label: 'subsession_id (required)', description: 'Required. A whole number.' },
    { value: 'include_licenses', label: 'include_licenses', description: 'true or false.' },
  ],
  'endpointParams?path=/data/track/get': [],
  import: { subsession: 7001, title: 'Ring Meister' },
};

/**
 * Puts a Grafana server in place that knows one data source.
 *
 * @param resources what the resources answer; one that is missing answers 404 with a message
 * @returns the paths that were asked for, with their parameters
 */
export function serve(resources: Record<string, unknown> = library): string[] {
  const asked: string[] = [];
  const fetch = ({ url, params = {} }: BackendSrvRequest) => {
    const query = decodeURIComponent(new URLSearchParams(params).toString());
    const path = [url.split('/resources/')[1], query].filter(Boolean).join('?');
    asked.push(path);
    const data = resources[path];
    const error = { status: 404, statusText: 'Not Found', data: { message: 'there is no such session' }, config: {} };
    return data ? of({ data, status: 200 }) : throwError(() => error);
  };
  setBackendSrv({ fetch } as unknown as BackendSrv);
  return asked;
}

/** Puts dashboard variables in place. A variable with several values is written as Grafana writes it. */
export function defineVariables(values: Record<string, string | string[]>) {
  const replace = (target = '', scopedVars?: ScopedVars, format?: string | Function) =>
    target.replace(/\$(\w+)|\$\{(\w+)\}/g, (match, plain, braced) => {
      const name: string = plain ?? braced;
      const value = scopedVars?.[name]?.value ?? values[name] ?? match;
      if (!Array.isArray(value) || value.length === 1) {
        return String(value);
      }
      return format === 'csv' ? value.join(',') : `{${value.join(',')}}`;
    });
  const getVariables = () => Object.keys(values).map((name) => ({ name }) as TypedVariableModel);
  setTemplateSrv({ replace, getVariables, containsTemplate: () => false, updateTimeRange: () => {} } as TemplateSrv);
}

/** The data source as Grafana makes it from its saved settings. */
export function makeDataSource(): IRacingDataSource {
  const settings: Omit<DataSourceInstanceSettings<IRacingSettings>, 'id'> = {
    uid: 'iracing',
    type: 'apexobs-iracing-datasource',
    name: 'iRacing',
    access: 'proxy',
    readOnly: false,
    jsonData: {},
    meta: {
      id: 'apexobs-iracing-datasource',
      name: 'iRacing',
      type: PluginType.datasource,
      module: '',
      baseUrl: '',
      info: {
        author: { name: '' },
        description: '',
        links: [],
        logos: { large: '', small: '' },
        screenshots: [],
        updated: '',
        version: '',
      },
    },
  };
  return new IRacingDataSource(settings as DataSourceInstanceSettings<IRacingSettings>);
}

/** A request as a dashboard sends it. */
export function requestOf<Q>(targets: Q[], scopedVars: ScopedVars = {}) {
  const [from, to] = [dateTime('2026-11-21T00:00:00Z'), dateTime('2026-11-22T00:00:00Z')];
  return {
    app: 'dashboard',
    requestId: 'Q1',
    interval: '1s',
    intervalMs: 1000,
    maxDataPoints: 1000,
    range: { from, to, raw: { from, to } },
    startTime: 0,
    timezone: 'utc',
    scopedVars,
    targets,
  };
}
