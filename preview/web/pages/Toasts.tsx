import { css } from '@emotion/css';
import { AppEvents, BusEventWithPayload, type GrafanaTheme2 } from '@grafana/data';
import { getAppEvents } from '@grafana/runtime';
import { Alert, useStyles2, type AlertVariant } from '@grafana/ui';
import { useEffect, useState } from 'react';
import { map, merge, type Observable } from 'rxjs';

interface Toast {
  severity: AlertVariant;
  title: string;
  text?: string;
}

const severities: Array<[{ name: string }, AlertVariant]> = [
  [AppEvents.alertError, 'error'],
  [AppEvents.alertWarning, 'warning'],
  [AppEvents.alertSuccess, 'success'],
  [AppEvents.alertInfo, 'info'],
];

/** The messages that the plugin or a library raises, in the corner where Grafana has them. They stay until closed. */
export function Toasts() {
  const styles = useStyles2(getStyles);
  const [toasts, setToasts] = useState<Toast[]>([]);
  useEffect(() => {
    const subscription = raised().subscribe((toast) => setToasts((shown) => [...shown, toast]));
    return () => subscription.unsubscribe();
  }, []);
  return (
    <div className={styles.corner}>
      {toasts.map((toast, i) => (
        <Alert
          key={i}
          elevated
          severity={toast.severity}
          title={toast.title}
          onRemove={() => setToasts((shown) => shown.filter((other) => other !== toast))}
        >
          {toast.text}
        </Alert>
      ))}
    </div>
  );
}

function raised(): Observable<Toast> {
  const streams = severities.map(([{ name }, severity]) => {
    class Raised extends BusEventWithPayload<[title: string, text?: string]> {
      static type = name;
    }
    return getAppEvents()
      .getStream(Raised)
      .pipe(map(({ payload: [title, text] }) => ({ severity, title, text })));
  });
  return merge(...streams);
}

const getStyles = (theme: GrafanaTheme2) => ({
  corner: css({
    position: 'fixed',
    top: theme.spacing(6),
    right: theme.spacing(1),
    width: theme.spacing(50),
    zIndex: theme.zIndex.portal,
  }),
});
