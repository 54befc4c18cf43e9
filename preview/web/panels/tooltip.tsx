import { FieldType, formattedValueToString, getFieldDisplayName, type DataFrame, type Field } from '@grafana/data';
import { DashboardCursorSync, SortOrder, TooltipDisplayMode, type VizTooltipOptions } from '@grafana/schema';
import {
  getFieldDisplayItems,
  KeyboardPlugin,
  TooltipPlugin2,
  usePanelContext,
  VizTooltipContent,
  VizTooltipHeader,
  VizTooltipWrapper,
  type UPlotConfigBuilder,
  type VizTooltipItem,
} from '@grafana/ui';
import type { ComponentProps } from 'react';

type TooltipProps = ComponentProps<typeof TooltipPlugin2>;

/** What the pointer has to hit for a tooltip: @grafana/ui declares the enum and does not publish it. */
export const hoverMode = { oneSeries: 0, allSeries: 1, onePoint: 2 } as const;

interface Props {
  config: UPlotConfigBuilder;
  /** The plotted frame: x, then what is drawn over it. */
  frame: DataFrame;
  options?: VizTooltipOptions;
  /** Set for a time axis: takes the range that was drawn with the pointer. */
  onZoom?: TooltipProps['queryZoom'];
}

/** The tooltip of a plot over one x axis. Over time it also shares its crosshair with the dashboard's other panels. */
export function XTooltip({ config, frame, options, onZoom }: Props) {
  const { sync, eventsScope } = usePanelContext();
  const [x] = frame.fields;
  const mode = options?.mode ?? TooltipDisplayMode.Single;
  if (!x || mode === TooltipDisplayMode.None) {
    return null;
  }
  const syncMode = (x.type === FieldType.time && sync?.()) || DashboardCursorSync.Off;
  return (
    <>
      <KeyboardPlugin config={config} />
      <TooltipPlugin2
        config={config}
        hoverMode={mode === TooltipDisplayMode.Multi ? hoverMode.allSeries : hoverMode.oneSeries}
        queryZoom={onZoom}
        clientZoom={!onZoom}
        syncMode={syncMode}
        syncScope={eventsScope}
        maxWidth={options?.maxWidth}
        render={(_plot, indexes, seriesIndex, isPinned, _dismiss, _range, viaSync) => (
          <TooltipBox
            head={{ label: x.type === FieldType.time ? '' : getFieldDisplayName(x, frame), value: text(x, indexes[0]) }}
            items={getFieldDisplayItems(
              frame.fields,
              x,
              indexes,
              seriesIndex,
              viaSync && mode !== TooltipDisplayMode.Multi ? TooltipDisplayMode.Multi : mode,
              options?.sort ?? SortOrder.None,
              (field) => field.type === FieldType.number && !field.config.custom?.hideFrom?.tooltip,
              options?.hideZeros,
            )}
            isPinned={isPinned}
          />
        )}
      />
    </>
  );
}

interface BoxProps {
  head: VizTooltipItem;
  items: VizTooltipItem[];
  isPinned: boolean;
}

export function TooltipBox({ head, items, isPinned }: BoxProps) {
  return (
    <VizTooltipWrapper>
      <VizTooltipHeader item={head} isPinned={isPinned} />
      <VizTooltipContent items={items} isPinned={isPinned} />
    </VizTooltipWrapper>
  );
}

/** A field's value as it reads everywhere else; empty when the pointer is over no row. */
export function text(field: Field, index: number | null | undefined): string {
  if (index === null || index === undefined) {
    return '';
  }
  const value: unknown = field.values[index];
  return field.display ? formattedValueToString(field.display(value)) : String(value);
}
