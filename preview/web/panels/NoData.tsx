import { css } from '@emotion/css';
import { FieldType, type DataFrame, type GrafanaTheme2, type PanelProps } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';

interface Props {
  panel: Pick<PanelProps, 'data' | 'fieldConfig'>;
  /** The field types without which the panel cannot draw. */
  needs?: FieldType[];
  /** Why the data cannot be drawn, where the panel knows better. */
  message?: string;
}

/** Says why a panel is empty. An empty answer comes with a notice that tells; failing that the panel's noValue does. */
export function NoData({ panel, needs, message }: Props) {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.center} data-testid="data-testid Panel data error message">
      {reason(panel, needs, message)}
    </div>
  );
}

/** The notices of an answer without rows; undefined when there is something to draw or nothing is said. */
export function emptyNotice(series: DataFrame[]): string | undefined {
  if (series.some((frame) => frame.length > 0)) {
    return undefined;
  }
  const texts = series.flatMap((frame) => frame.meta?.notices ?? []).map((notice) => notice.text);
  return texts.length > 0 ? [...new Set(texts)].join(' ') : undefined;
}

function reason({ data, fieldConfig }: Props['panel'], needs: FieldType[] = [], message?: string): string {
  if (!data.series.some((frame) => frame.length > 0)) {
    return emptyNotice(data.series) ?? fieldConfig.defaults.noValue ?? 'No data';
  }
  const missing = needs.find((type) => !data.series.some((frame) => frame.fields.some((field) => field.type === type)));
  return message ?? (missing ? `Data is missing a ${missing} field` : 'Unable to visualize data');
}

const getStyles = (theme: GrafanaTheme2) => ({
  center: css({
    display: 'flex',
    alignItems: 'center',
    justifyContent: 'center',
    textAlign: 'center',
    height: '100%',
    padding: theme.spacing(0, 2),
    color: theme.colors.text.secondary,
  }),
});
