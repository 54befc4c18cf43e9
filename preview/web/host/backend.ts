import { AppEvents } from '@grafana/data';
import {
  getAppEvents,
  type BackendSrv,
  type BackendSrvRequest,
  type FetchError,
  type FetchResponse,
} from '@grafana/runtime';
import { lastValueFrom, map, Observable } from 'rxjs';

/** Grafana's backend service: HTTP calls of the page's own server, cancelled when nobody listens any more. */
export const backendSrv: BackendSrv = {
  fetch: call,
  chunked: (options) => call<Uint8Array>({ ...options, responseType: 'arraybuffer' }),
  datasourceRequest: (options) => lastValueFrom(call(options)),
  request: (options) => body(options),
  get: (url, params, requestId, options) => body({ ...options, url, params, requestId, method: 'GET' }),
  delete: (url, data, options) => body({ ...options, url, data, method: 'DELETE' }),
  post: (url, data, options) => body({ ...options, url, data, method: 'POST' }),
  put: (url, data, options) => body({ ...options, url, data, method: 'PUT' }),
  patch: (url, data, options) => body({ ...options, url, data, method: 'PATCH' }),
};

function body<T>(options: BackendSrvRequest): Promise<T> {
  return lastValueFrom(call<T>(options).pipe(map((answer) => answer.data)));
}

function call<T>(options: BackendSrvRequest): Observable<FetchResponse<T>> {
  return new Observable((subscriber) => {
    const abort = new AbortController();
    send<T>(options, abort.signal).then(
      (answer) => {
        subscriber.next(answer);
        subscriber.complete();
      },
      (err: FetchError) => {
        if (!abort.signal.aborted) {
          tell(err);
          subscriber.error(err);
        }
      },
    );
    return () => abort.abort();
  });
}

/** Rejects with a FetchError, which is how plugins expect a failed call. */
async function send<T>(options: BackendSrvRequest, signal: AbortSignal): Promise<FetchResponse<T>> {
  const failed = (status: number, statusText: string, data: unknown): FetchError => ({
    status,
    statusText,
    data,
    config: options,
  });
  let answer: Response;
  try {
    answer = await fetch(address(options), {
      method: options.method ?? 'GET',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json', ...options.headers },
      body: bodyOf(options),
      signal,
    });
  } catch {
    throw failed(0, 'No connection', { message: 'The preview does not answer. Is it still running?' });
  }
  const data = await read(answer, options.responseType);
  if (!answer.ok) {
    throw failed(answer.status, answer.statusText, data);
  }
  const { status, statusText, ok, headers, redirected, type, url } = answer;
  return { status, statusText, ok, headers, redirected, type, url, data: data as T, config: options };
}

function bodyOf({ data }: BackendSrvRequest): BodyInit | undefined {
  return data === undefined || typeof data === 'string' || data instanceof Blob ? data : JSON.stringify(data);
}

function address({ url, params }: BackendSrvRequest): URL {
  const target = new URL(url, location.origin);
  for (const [key, value] of Object.entries(params ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null) {
        target.searchParams.append(key, String(one));
      }
    }
  }
  return target;
}

async function read(answer: Response, as: BackendSrvRequest['responseType']): Promise<unknown> {
  switch (as) {
    case 'arraybuffer':
      return new Uint8Array(await answer.arrayBuffer());
    case 'blob':
      return answer.blob();
    case 'text':
      return answer.text();
    default: {
      const text = await answer.text();
      try {
        return text === '' ? {} : JSON.parse(text);
      } catch {
        return text;
      }
    }
  }
}

/** As in Grafana a failed call shows in a toast, unless it is a query, whose error shows in its panel. */
function tell({ config, data, statusText }: FetchError): void {
  if (config.showErrorAlert !== false && !config.url.startsWith('/api/ds/query')) {
    getAppEvents().publish({ type: AppEvents.alertError.name, payload: [data?.message ?? statusText] });
  }
}
