import {
  CustomVariableSupport,
  type DataSourceApi,
  type DataQueryRequest,
  type DataQueryResponse,
  type MetricFindValue,
  type QueryEditorProps,
  type ScopedVars,
} from '@grafana/data';
import { createElement } from 'react';
import { from, map, type Observable } from 'rxjs';
import { VariableEditor } from './components/VariableEditor';
import type { IRacingDataSource } from './datasource';
import type { VariableQuery } from './models.gen';
import type { IRacingQuery, IRacingSettings, IRacingVariableQuery } from './types';
import { entriesOfVariable, errorText } from './words';

type AnyDataSource = DataSourceApi<IRacingQuery, IRacingSettings>;
type EditorProps = QueryEditorProps<AnyDataSource, IRacingQuery, IRacingSettings, IRacingVariableQuery>;

/** Dashboard variables: whatever the editors have a pick list of. */
export class IRacingVariableSupport extends CustomVariableSupport<AnyDataSource, IRacingVariableQuery> {
  editor = (props: EditorProps) => createElement(VariableEditor, { ...props, datasource: this.datasource });

  constructor(private readonly datasource: IRacingDataSource) {
    super();
  }

  query(request: DataQueryRequest<IRacingVariableQuery>): Observable<DataQueryResponse> {
    const [query] = request.targets;
    return from(this.values(query ?? { kind: 'sessions' }, request.scopedVars)).pipe(map((data) => ({ data })));
  }

  private async values({ kind, ...scope }: VariableQuery, scopedVars?: ScopedVars): Promise<MetricFindValue[]> {
    try {
      const entries = await this.datasource.pick(kind, scope, scopedVars);
      return entriesOfVariable(kind, entries).map(({ label, value }) => ({ text: label, value }));
    } catch (err) {
      throw new Error(errorText(err));
    }
  }
}
