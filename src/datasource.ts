import { CoreApp, type DataSourceInstanceSettings, type ScopedVars } from '@grafana/data';
import { DataSourceWithBackend, getTemplateSrv } from '@grafana/runtime';
import { LapBest, LapFilter, type Option, type PickKind, SessionLatest, type StringList } from './models.gen';
import { complete, isRunnable, startOf } from './query';
import type { IRacingQuery, IRacingSettings } from './types';
import { IRacingVariableSupport } from './variables';
import { listOf } from './words';

/** The iRacing data source in the browser: it fills in variables and leaves everything else to the backend. */
export class IRacingDataSource extends DataSourceWithBackend<IRacingQuery, IRacingSettings> {
  /** Any query can be an annotation query, with Grafana's own editor for it. */
  annotations = {};
  variables = new IRacingVariableSupport(this);

  constructor(settings: DataSourceInstanceSettings<IRacingSettings>) {
    super(settings);
  }

  /** A new panel shows the newest session's best lap. Explore draws no distance axis, so it starts with the lap table. */
  getDefaultQuery(app: CoreApp): Partial<IRacingQuery> {
    return startOf(app === CoreApp.Explore ? 'laps' : 'trace');
  }

  /** A query that misses what its kind needs, and one that is switched off, stays unsent. */
  filterQuery(query: IRacingQuery): boolean {
    return !query.hide && isRunnable(complete(query));
  }

  applyTemplateVariables(raw: IRacingQuery, scopedVars: ScopedVars): IRacingQuery {
    const templates = getTemplateSrv();
    const text = (value?: string) => templates.replace(value ?? '', scopedVars).trim();
    const list = (values?: StringList) =>
      unique(listOf(values).flatMap((value) => listOf(templates.replace(value, scopedVars, 'csv'))));

    const query = complete(raw);
    switch (query.queryType) {
      case 'sessions':
        return { ...query, car: text(query.car), track: text(query.track) };
      case 'laps':
        return {
          ...query,
          session: text(query.session) || SessionLatest,
          only: filterOf(text(query.only)),
          laps: list(query.laps),
        };
      case 'trace': {
        const laps = list(query.laps);
        return {
          ...query,
          session: text(query.session) || SessionLatest,
          laps: laps.length > 0 ? laps : [LapBest],
          channels: list(query.channels),
          x: query.x ?? 'distance',
          reference: query.reference && { session: text(query.reference.session), lap: text(query.reference.lap) },
        };
      }
    }
  }

  /**
   * Reads a pick list of the backend: the sessions of the library, or the laps or channels of one session.
   *
   * @param session a session's id, the word latest, or a template variable; empty means latest
   */
  pick(kind: PickKind, session?: string, scopedVars?: ScopedVars): Promise<Option[]> {
    const id = getTemplateSrv().replace(session ?? '', scopedVars) || SessionLatest;
    const params = kind === 'sessions' ? undefined : { session: id };
    // An error belongs beside the list that it left empty, not in a toast as well.
    return this.getResource<Option[]>(kind, params, { showErrorAlert: false });
  }
}

/** The filter that a text names; a variable that names none lists every lap. */
function filterOf(text: string): LapFilter {
  return Object.values(LapFilter).find((filter) => filter === text) ?? LapFilter.all;
}

function unique(list: string[]): string[] {
  return [...new Set(list)];
}
