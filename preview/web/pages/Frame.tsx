import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { IconButton, Text, TextLink, useStyles2, useTheme2 } from '@grafana/ui';
import type { ReactNode } from 'react';
import { chooseTheme } from '../boot';

interface Props {
  /** What stands in the bar after the link home. */
  title?: string;
  /** What the page leaves out, for the foot. */
  note?: string;
  children: ReactNode;
}

/** The slim bar over every page, which says what this is, and a foot that says what it is not. */
export function Frame({ title, note, children }: Props) {
  const styles = useStyles2(getStyles);
  const theme = useTheme2();
  const other = theme.isDark ? 'light' : 'dark';
  return (
    <>
      <header className={styles.bar}>
        <nav className={styles.place} aria-label="Breadcrumbs">
          <TextLink href="/" inline={false} color="primary">
            Home
          </TextLink>
          {title && (
            <>
              <Text color="secondary">›</Text>
              <Text truncate>{title}</Text>
            </>
          )}
        </nav>
        <Text variant="bodySmall" color="secondary" textAlignment="center">
          Preview — drawn with Grafana’s published frontend libraries; this is not Grafana
        </Text>
        <div className={styles.actions}>
          <IconButton name="palette" size="lg" tooltip={`Use the ${other} theme`} onClick={() => chooseTheme(other)} />
        </div>
      </header>
      <main className={styles.main}>{children}</main>
      {note && (
        <footer className={styles.foot}>
          <Text variant="bodySmall" color="secondary">
            {note}
          </Text>
        </footer>
      )}
    </>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  bar: css({
    position: 'sticky',
    top: 0,
    zIndex: theme.zIndex.navbarFixed,
    display: 'grid',
    gridTemplateColumns: '1fr auto 1fr',
    alignItems: 'center',
    gap: theme.spacing(2),
    height: theme.spacing(5),
    padding: theme.spacing(0, 2),
    background: theme.colors.background.primary,
    borderBottom: `1px solid ${theme.colors.border.weak}`,
  }),
  place: css({ display: 'flex', gap: theme.spacing(1), minWidth: 0 }),
  actions: css({ display: 'flex', justifyContent: 'flex-end' }),
  main: css({ display: 'flex', flexDirection: 'column', flexGrow: 1, padding: theme.spacing(2) }),
  foot: css({ padding: theme.spacing(0, 2, 2) }),
});
