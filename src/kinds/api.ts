import type { KindTable } from './field';

/** Anything else that the API has. */
export const api: KindTable<'endpoint'> = {
  endpoint: {
    label: 'Endpoint',
    description: 'Any endpoint of the /data API as a table',
    // Its parameters depend on the endpoint, so it has an editor of its own.
    fields: [
      {
        name: 'path',
        label: 'Endpoint',
        tooltip: 'Type to search by path or by what it is for.',
        control: 'pick',
        list: 'endpoints',
        needed: true,
        placeholder: 'Choose an endpoint, for example /data/results/get',
      },
      {
        name: 'rows',
        label: 'Rows',
        tooltip:
          'The path of the list whose items become the rows of the table, with dots, such as session_results.results. Empty finds one by itself.',
        control: 'text',
        placeholder: 'found by itself',
      },
      {
        name: 'columns',
        label: 'Columns',
        tooltip: 'Keeps these columns, in this order.',
        control: 'texts',
        placeholder: 'All columns',
      },
      {
        name: 'limit',
        label: 'Limit',
        tooltip: 'How many rows are answered at most.',
        control: 'number',
        placeholder: '1,000',
      },
    ],
  },
};
