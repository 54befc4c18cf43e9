import { FieldValidationMessage, InlineField } from '@grafana/ui';
import React, { useEffect, useId, useState } from 'react';
import type { IRacingDataSource } from '../datasource';
import { fieldsOf } from '../kinds';
import type { EndpointParam, Option } from '../models.gen';
import type { QueryOf } from '../types';
import { errorText } from '../words';
import { DraftInput, FieldEditors } from './FieldEditor';
import type { KindEditorProps } from './QueryEditor';

const [path, ...rest] = fieldsOf('endpoint');

/** The names of parameters are iRacing's, and some are long. */
const paramWidth = 30;

/** Any endpoint of the API, with the parameters that it takes. */
export function EndpointEditor({ datasource, query, onChange }: KindEditorProps<QueryOf<'endpoint'>>) {
  const params = useParams(datasource, query.path);
  const set = query.params ?? [];
  const names = [...params.known.map(({ value }) => value), ...set.map(({ name }) => name)];
  const put = (name: string, value: string) => {
    const others = set.filter((param) => param.name !== name);
    const next: EndpointParam[] = value ? [...others, { name, value }] : others;
    onChange({ ...query, params: next.sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name)) });
  };
  return (
    <>
      <FieldEditors
        datasource={datasource}
        fields={path ? [path] : []}
        query={query}
        onChange={(change) => onChange({ ...query, ...change })}
      />
      {params.error && <FieldValidationMessage>{params.error}</FieldValidationMessage>}
      {[...new Set(names)].map((name) => (
        <Param
          key={name}
          name={name}
          known={params.known.find((param) => param.value === name)}
          value={set.find((param) => param.name === name)?.value ?? ''}
          onChange={(value) => put(name, value)}
        />
      ))}
      <FieldEditors
        datasource={datasource}
        fields={rest}
        query={query}
        onChange={(change) => onChange({ ...query, ...change })}
      />
    </>
  );
}

interface ParamProps {
  name: string;
  /** What the endpoint says of it; missing when it has no such parameter. */
  known?: Option;
  value: string;
  onChange: (value: string) => void;
}

function Param({ name, known, value, onChange }: ParamProps) {
  const id = useId();
  return (
    <InlineField
      label={name}
      htmlFor={id}
      labelWidth={paramWidth}
      tooltip={known ? known.description : 'The endpoint has no such parameter. Empty the field to leave it out.'}
    >
      <DraftInput id={id} width={80} value={value} placeholder={known?.description} onFinish={onChange} />
    </InlineField>
  );
}

interface Params {
  known: Option[];
  error?: string;
}

/** What the chosen endpoint takes. */
function useParams(datasource: IRacingDataSource, chosen?: string): Params {
  const [answer, setAnswer] = useState<Params & { path?: string }>({ known: [] });
  useEffect(() => {
    if (!chosen || chosen.includes('$')) {
      return undefined;
    }
    let current = true;
    datasource.endpointParams(chosen).then(
      (known) => current && setAnswer({ path: chosen, known }),
      (err) => current && setAnswer({ path: chosen, known: [], error: errorText(err) })
    );
    return () => {
      current = false;
    };
  }, [datasource, chosen]);
  return answer.path === chosen ? answer : { known: [] };
}
