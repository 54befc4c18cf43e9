import {
  ConstantVariable,
  CustomVariable,
  DataSourceVariable,
  IntervalVariable,
  QueryVariable,
  TextBoxVariable,
  type SceneVariable,
  type SceneVariableSet,
} from '@grafana/scenes';
import { VariableRefresh, VariableSort, type VariableModel } from '@grafana/schema';

type Variables = SceneVariableSet['state']['variables'];

/** The variables of a dashboard. One of a kind that is not known here is left out and named in the console. */
export function toVariables(models: VariableModel[] = []): Variables {
  return models.flatMap((model) => toVariable(model) ?? []);
}

function toVariable(model: VariableModel): SceneVariable | undefined {
  const { name, label, hide, skipUrlSync, description, multi, includeAll, allValue } = model;
  const base = { name, label: label ?? undefined, hide, skipUrlSync, description };
  const value = one(model.current?.value);
  const current = { value: model.current?.value ?? '', text: model.current?.text ?? '' };
  const choice = { ...base, ...current, isMulti: multi, includeAll, allValue: allValue ?? undefined };
  const query = typeof model.query === 'string' ? model.query : '';
  switch (model.type) {
    case 'query':
      return new QueryVariable({
        ...choice,
        query: model.query as QueryVariable['state']['query'],
        datasource: model.datasource ?? null,
        regex: model.regex ?? '',
        sort: model.sort ?? VariableSort.disabled,
        refresh: model.refresh || VariableRefresh.onDashboardLoad,
        allowCustomValue: model.allowCustomValue,
      });
    case 'custom':
      return new CustomVariable({ ...choice, query });
    case 'datasource':
      return new DataSourceVariable({ ...choice, pluginId: query, regex: model.regex ?? '' });
    case 'interval':
      return new IntervalVariable({ ...base, value, intervals: query.split(',') });
    case 'constant':
      return new ConstantVariable({ ...base, value: query || value });
    case 'textbox':
      return new TextBoxVariable({ ...base, value: value || query });
    default:
      console.error(`The preview knows no variables of type ${model.type}: ${name} is left out.`);
      return undefined;
  }
}

function one(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? '';
}
