import type { DataSourcePluginOptionsEditorProps, DataSourceSettings } from '@grafana/data';
import { getBackendSrv, HealthCheckError } from '@grafana/runtime';
import { Alert, Box, Button, Field, Input } from '@grafana/ui';
import { useEffect, useState, type ComponentType } from 'react';
import type { PreviewDataSources } from '../host/datasources';
import { announce } from '../ready';
import { Frame } from './Frame';

interface Props {
  saved: DataSourceSettings;
  sources: PreviewDataSources;
  Editor: ComponentType<DataSourcePluginOptionsEditorProps>;
}

interface Outcome {
  severity: 'success' | 'error';
  title: string;
  details?: string;
}

/** The data source's settings page, with the plugin's config editor in it. */
export function ConfigPage({ saved, sources, Editor }: Props) {
  const [settings, setSettings] = useState(saved);
  const [outcome, setOutcome] = useState<Outcome>();
  const [busy, setBusy] = useState(false);
  useEffect(() => announce(() => !busy), [busy]);

  const saveAndTest = async () => {
    setBusy(true);
    setOutcome(undefined);
    setOutcome(await save().then(test).catch(toOutcome));
    setBusy(false);
  };

  /** Saves, and shows the saved settings: the secrets have gone out of them. */
  const save = async () => {
    const url = `/api/datasources/uid/${settings.uid}`;
    await getBackendSrv().put(url, settings, { showErrorAlert: false });
    setSettings(await getBackendSrv().get<DataSourceSettings>(url));
    sources.renew();
  };

  const test = async (): Promise<Outcome> => {
    const source = await sources.get();
    const { status, message } = await source.testDatasource();
    return { severity: status === 'success' || status === 'OK' ? 'success' : 'error', title: message };
  };

  return (
    <Frame title={`Data source settings: ${settings.name}`}>
      <Box maxWidth={120}>
        <Field label="Name" noMargin>
          <Input value={settings.name} readOnly width={40} />
        </Field>
        <Box marginTop={4}>
          <Editor options={settings} onOptionsChange={setSettings} />
        </Box>
        {outcome && (
          <Alert severity={outcome.severity} title={outcome.title}>
            {outcome.details}
          </Alert>
        )}
        <Button onClick={saveAndTest} disabled={busy}>
          Save &amp; test
        </Button>
      </Box>
    </Frame>
  );
}

/** A failed test is an object with a message and the error behind it; a failed call has the server's message. */
function toOutcome(err: unknown): Outcome {
  const { message, data, error } = err as { message?: string; data?: { message?: string }; error?: unknown };
  const details: unknown = error instanceof HealthCheckError ? error.details?.verboseMessage : undefined;
  return {
    severity: 'error',
    title: data?.message ?? message ?? String(err),
    details: typeof details === 'string' ? details : undefined,
  };
}
