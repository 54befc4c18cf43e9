import { getTemplateSrv } from '@grafana/runtime';
import type { ComboboxOption } from '@grafana/ui';
import { useEffect, useMemo, useState } from 'react';
import type { IRacingDataSource } from '../datasource';
import type { Option, PickKind } from '../models.gen';
import { errorText, wordsBefore } from '../words';

export interface PickList {
  /** The dashboard's variables and the words that always fit, then the entries that the backend knows. */
  options: Array<ComboboxOption<string>>;
  loading: boolean;
  /** Why the backend gave no entries. */
  error?: string;
}

interface Answer {
  key: string;
  entries: Option[];
  error?: string;
}

const groups: Record<PickKind, string> = {
  sessions: 'Sessions',
  laps: 'Laps of the session',
  channels: 'Channels of the file',
};

/** Loads a pick list of the backend, again whenever the session changes. */
export function usePickList(datasource: IRacingDataSource, kind: PickKind, session?: string): PickList {
  const templates = getTemplateSrv();
  const key = [datasource.uid, kind, kind === 'sessions' ? '' : templates.replace(session ?? '')].join('\n');
  const [answer, setAnswer] = useState<Answer>();

  useEffect(() => {
    let current = true;
    const settle = (entries: Option[], error?: string) => current && setAnswer({ key, entries, error });
    datasource.pick(kind, session).then(
      (entries) => settle(entries),
      (err) => settle([], errorText(err))
    );
    return () => {
      current = false;
    };
    // The key stands for whatever would change the answer.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key]);

  const names = templates.getVariables().map((variable) => variable.name);
  const variables = names.join(',');
  const known = answer?.key === key ? answer : undefined;
  const options = useMemo(() => {
    const entries = known?.entries ?? [];
    const grouped = (group: string, list: Option[]) => list.map((option) => ({ ...option, group }));
    return [
      ...grouped(
        'Dashboard variables',
        variables
          .split(',')
          .filter(Boolean)
          .map((name) => ({ value: `$${name}`, label: `$${name}` }))
      ),
      ...grouped('Follows what you drive', wordsBefore(kind, entries)),
      ...grouped(groups[kind], entries),
    ];
  }, [variables, known, kind]);

  return { options, loading: !known, error: known?.error };
}
