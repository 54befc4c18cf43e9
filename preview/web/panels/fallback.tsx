import { FieldColorModeId, type PanelProps } from '@grafana/data';
import { Text } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import { definePanel } from './define';
import { NoData } from './NoData';

/** The height of the line above the table, in pixels. */
const noteHeight = 22;

/** Stands for a panel whose code Grafana does not publish: its data, as a table. */
export function fallbackPanel(id: string) {
  const Fallback = (panel: PanelProps) => {
    const [frame] = panel.data.series;
    return (
      <>
        <Text variant="bodySmall" color="secondary" element="p" truncate>
          Grafana draws a {id} panel here, which the preview cannot. This is its data.
        </Text>
        {frame && frame.length > 0 ? (
          <TableNG data={frame} width={panel.width} height={panel.height - noteHeight} />
        ) : (
          <NoData panel={panel} />
        )}
      </>
    );
  };
  return definePanel({ id, component: Fallback, color: FieldColorModeId.Thresholds });
}
