// What the panels that show a few large values have in common.
import { getFieldDisplayValues, type FieldDisplay, type PanelProps } from '@grafana/data';
import type { SingleStatBaseOptions } from '@grafana/schema';
import { DataLinksContextMenu, useTheme2 } from '@grafana/ui';
import type { MouseEventHandler, ReactElement } from 'react';
import { reduceOptions } from './defaults';

type ValuePanel = Pick<PanelProps, 'data' | 'fieldConfig' | 'replaceVariables' | 'timeZone'> & {
  options: SingleStatBaseOptions;
};

/** Returns a function that reduces the panel's fields to the values it shows. */
export function useValues(
  panel: ValuePanel,
  extra: { sparkline?: boolean; percentChange?: boolean } = {},
): () => FieldDisplay[] {
  const theme = useTheme2();
  const { data, fieldConfig, options, replaceVariables, timeZone } = panel;
  return () =>
    getFieldDisplayValues({
      fieldConfig,
      reduceOptions: { ...reduceOptions, ...options.reduceOptions },
      replaceVariables,
      theme,
      data: data.series,
      timeZone,
      ...extra,
    });
}

interface LinkedProps {
  value: FieldDisplay;
  children: (onClick?: MouseEventHandler<HTMLElement>) => ReactElement;
}

/** Opens the links of a value, where it has any. */
export function Linked({ value, children }: LinkedProps) {
  if (!value.hasLinks || !value.getLinks) {
    return children();
  }
  return (
    <DataLinksContextMenu links={value.getLinks} style={{ flexGrow: 1 }}>
      {({ openMenu }) => children(openMenu)}
    </DataLinksContextMenu>
  );
}
