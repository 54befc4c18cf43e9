import { CoreApp, type DataSourceInstanceSettings, type ScopedVars } from '@grafana/data';
import { DataSourceWithBackend, getBackendSrv, getTemplateSrv } from '@grafana/runtime';
import { lastValueFrom } from 'rxjs';
import { annotations } from './annotations';
import { fillIn } from './fill';
import {
  type NewUpload,
  type Option,
  type PickKind,
  SessionLatest,
  SubsessionLatest,
  type Upload,
  type VariableQuery,
} from './models.gen';
import { complete, isRunnable, startOf } from './query';
import type { IRacingQuery, IRacingSettings } from './types';
import { IRacingVariableSupport } from './variables';

/** What a pick list's entries belong to, and what they have to contain. */
export type Scope = Pick<VariableQuery, 'session' | 'search' | 'of'>;

/** An imported result. */
export interface Imported {
  subsession: string | number;
  title: string;
}

/** The iRacing data source in the browser: it fills in variables and leaves everything else to the backend. */
export class IRacingDataSource extends DataSourceWithBackend<IRacingQuery, IRacingSettings> {
  annotations = annotations;
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

  applyTemplateVariables(query: IRacingQuery, scopedVars: ScopedVars): IRacingQuery {
    return fillIn(complete(query), scopedVars);
  }

  /**
   * Reads a pick list of the backend.
   *
   * @param scope may hold template variables; a list of laps or channels without a session is of the latest one
   */
  pick(kind: PickKind, scope: Scope = {}, scopedVars?: ScopedVars): Promise<Option[]> {
    // An error belongs beside the list that it left empty, not in a toast as well.
    return this.getResource<Option[]>(kind, this.scopeOf(kind, scope, scopedVars), { showErrorAlert: false });
  }

  /** What a pick list depends on, with the variables filled in and nothing that does not matter to it. */
  scopeOf(kind: PickKind, { session, search, of }: Scope, scopedVars?: ScopedVars): Scope {
    const text = (value?: string) =>
      getTemplateSrv()
        .replace(value ?? '', scopedVars)
        .trim();
    const scope = {
      session: ofSession.has(kind) ? text(session) || SessionLatest : '',
      search: text(search),
      of: text(of) || (ofSubsession.has(kind) ? SubsessionLatest : ''),
    };
    return Object.fromEntries(Object.entries(scope).filter(([, value]) => value !== ''));
  }

  /** The parameters of an endpoint: their names, types and whether they are required. */
  endpointParams(path: string): Promise<Option[]> {
    return this.getResource<Option[]>('endpointParams', { path }, { showErrorAlert: false });
  }

  /** Hands over a result that was exported from the member site. The backend says what is wrong with it, if anything. */
  import(result: string): Promise<Imported> {
    const headers = { 'Content-Type': 'application/json' };
    return this.postResource<Imported>('import', result, { headers, showErrorAlert: false });
  }

  /** The telemetry files that are kept in the database, and those on their way there. */
  uploads(): Promise<Upload[]> {
    return this.getResource<Upload[]>('uploads', undefined, { showErrorAlert: false });
  }

  /** Begins an upload, or takes up one that was begun before. */
  beginUpload(upload: NewUpload): Promise<Upload> {
    return this.postResource<Upload>('uploads', upload, { showErrorAlert: false });
  }

  /** Sends the next part of an upload: bytes, unlike all else that goes to a resource. */
  async putPart(id: string, offset: number, part: Blob): Promise<Upload> {
    const request = {
      method: 'PUT',
      url: `/api/datasources/uid/${this.uid}/resources/uploads/${encodeURIComponent(id)}`,
      params: { offset },
      data: part,
      headers: { 'Content-Type': 'application/octet-stream' },
      showErrorAlert: false,
    };
    return (await lastValueFrom(getBackendSrv().fetch<Upload>(request))).data;
  }

  /** Deletes an uploaded file, or gives an upload up. */
  async deleteUpload(id: string): Promise<void> {
    const url = `/api/datasources/uid/${this.uid}/resources/uploads/${encodeURIComponent(id)}`;
    await lastValueFrom(getBackendSrv().fetch({ method: 'DELETE', url, showErrorAlert: false }));
  }
}

const ofSession = new Set<PickKind>(['laps', 'channels']);
const ofSubsession = new Set<PickKind>(['classes', 'entrants']);
