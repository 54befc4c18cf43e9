import {
  DataTopic,
  getDefaultTimeRange,
  LoadingState,
  type DataQueryRequest,
  type DataQueryResponse,
  type DataSourceApi,
  type PanelData,
} from '@grafana/data';
import { toDataQueryError } from '@grafana/runtime';
import { catchError, defer, from, map, merge, of, share, takeUntil, timer, type Observable } from 'rxjs';

/** How long a query may take before the panel shows that it is loading. */
const loadingAfterMs = 200;

/**
 * Runs the queries of one panel or variable. A data source may answer in several packets, told apart by their key; the
 * result holds the newest of each.
 *
 * @param query asks in place of the data source's own query method, as variables do
 */
export function runRequest(
  source: DataSourceApi,
  request: DataQueryRequest,
  query?: DataSourceApi['query'],
): Observable<PanelData> {
  if (!query) {
    // The data source knows which of a panel's queries are worth sending.
    request.targets = request.targets.filter((target) => source.filterQuery?.(target) ?? true);
    query = source.query.bind(source);
  }
  const ask = query;
  const idle = {
    series: [],
    request,
    timeRange: request.range ?? getDefaultTimeRange(),
  };
  request.startTime = Date.now();
  if (request.targets.length === 0) {
    return of({ ...idle, state: LoadingState.Done });
  }
  const packets = new Map<string, DataQueryResponse>();
  const answers = defer(() => from(ask(request))).pipe(
    map((packet): PanelData => {
      request.endTime = Date.now();
      packets.set(packet.key ?? 'A', packet);
      const frames = [...packets.values()].flatMap((p) => p.data);
      const isAnnotation = (frame: DataQueryResponse['data'][number]) =>
        frame.meta?.dataTopic === DataTopic.Annotations;
      const errors = packet.errors ?? (packet.error ? [packet.error] : []);
      return {
        ...idle,
        state: errors.length > 0 ? LoadingState.Error : (packet.state ?? LoadingState.Done),
        errors: errors.length > 0 ? errors : undefined,
        error: errors[0],
        series: frames.filter((frame) => !isAnnotation(frame)),
        annotations: frames.filter(isAnnotation),
      };
    }),
    catchError((err: unknown) => {
      const error = toDataQueryError(err);
      return of({ ...idle, state: LoadingState.Error, error, errors: [error] });
    }),
    share(),
  );
  const loading = timer(loadingAfterMs).pipe(map(() => ({ ...idle, state: LoadingState.Loading })));
  return merge(loading.pipe(takeUntil(answers)), answers);
}
