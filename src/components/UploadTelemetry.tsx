import {
  Alert,
  Badge,
  Button,
  ConfirmButton,
  Field,
  FileDropzone,
  IconButton,
  ScrollContainer,
  Stack,
  Text,
} from '@grafana/ui';
import React, { useCallback, useEffect, useId, useRef, useState } from 'react';
import type { IRacingDataSource } from '../datasource';
import type { Upload } from '../models.gen';
import { meetsAll, type Progress, statusOf, uploadFile } from '../upload';
import { errorText } from '../words';

interface Props {
  getDataSource: () => Promise<IRacingDataSource>;
  /** Changes whenever the settings were saved. */
  version?: number;
}

/** A file of this visit to the page. */
interface Item {
  name: string;
  progress?: Progress;
  error?: string;
  isDone?: boolean;
}

/** How many of several files are named. */
const mostNames = 10;

/** Takes telemetry files, sends them to the database one after the other, and lists what is there. */
export function UploadTelemetry({ getDataSource, version }: Props) {
  const [items, setItems] = useState<Item[]>([]);
  const [kept, setKept] = useState<Upload[]>();
  const [problem, setProblem] = useState({ title: '', text: '' });
  const [isSaved, setSaved] = useState(true);
  const [isBusy, setBusy] = useState(false);
  const fileId = useId();
  const keptRef = useRef<HTMLDivElement>(null);
  const sending = useRef<AbortController>(null);
  // The settings page makes it anew whenever something is typed.
  const getSource = useRef(getDataSource);
  useEffect(() => {
    getSource.current = getDataSource;
  });
  // Nobody sees how an upload goes on, or can stop it, once the page is left.
  useEffect(() => () => sending.current?.abort(), []);

  const list = useCallback(async () => {
    try {
      setKept(await (await getSource.current()).uploads());
      setProblem({ title: '', text: '' });
      setSaved(true);
    } catch (err) {
      // The saved data source takes no uploads: the switch that shows this here is not saved yet.
      setSaved(statusOf(err) !== 405);
      setProblem({ title: 'The uploaded files cannot be listed', text: textOf(err) });
    }
  }, []);
  useEffect(() => {
    void list();
  }, [list, version]);

  const send = async (files: File[]) => {
    const { signal } = (sending.current = new AbortController());
    setBusy(true);
    setItems(files.map(({ name }) => ({ name })));
    const change = (index: number, next: Partial<Item>) =>
      setItems((before) => before.map((item, i) => (i === index ? { ...item, ...next } : item)));
    let hopeless = ''; // why the files that are left cannot be sent either
    for (const [index, file] of files.entries()) {
      try {
        checkName(file.name);
        if (hopeless) {
          throw new Error(hopeless);
        }
        await uploadFile(file, await getSource.current(), (progress) => change(index, { progress }), { signal });
        change(index, { isDone: true });
      } catch (err) {
        change(index, { error: textOf(err) });
        if (meetsAll(err)) {
          hopeless = textOf(err);
        }
      }
    }
    await list();
    setBusy(false);
  };
  const remove = async (id: string) => {
    try {
      await (await getSource.current()).deleteUpload(id);
    } catch (err) {
      setProblem({ title: 'The file was not deleted', text: textOf(err) });
      return;
    }
    await list();
    // The button that had the focus is gone.
    keptRef.current?.focus();
  };

  if (!isSaved) {
    return <Alert severity="info" title="Files can be uploaded here once these settings are saved" />;
  }
  return (
    <Stack direction="column" gap={1}>
      <Field label="Upload telemetry" htmlFor={fileId} noMargin>
        <FileDropzone
          id={fileId}
          options={{ multiple: true, disabled: isBusy, onDrop: (files) => files.length > 0 && send(files) }}
          fileListRenderer={() => null}
        >
          <Text textAlignment="center" color="secondary">
            {isBusy
              ? 'Stay on this page until all files are sent.'
              : 'Drop .ibt files here, or click to choose them. An upload that breaks off goes on where it stopped.'}
          </Text>
        </FileDropzone>
      </Field>
      {isBusy && (
        <div>
          <Button variant="secondary" icon="times" size="sm" onClick={() => sending.current?.abort()}>
            Stop
          </Button>
        </div>
      )}
      <Outcome items={items} />
      {items.map((item, index) => !item.isDone && !item.error && <Line key={index} {...item} />)}
      {problem.title !== '' && (
        <Alert severity="warning" title={problem.title}>
          {problem.text}
        </Alert>
      )}
      {kept && <Text variant="bodySmall">{summary(kept)}</Text>}
      {kept && (
        <ScrollContainer maxHeight="400px">
          <div role="list" aria-label="Uploaded files" tabIndex={-1} ref={keptRef}>
            {kept.map(({ id, name, size, received, done }) => (
              <div role="listitem" key={id}>
                <Stack direction="row" alignItems="center" gap={1}>
                  <Text variant="bodySmall">{name}</Text>
                  <Text variant="bodySmall" color="secondary">
                    {megabytes(size)}
                  </Text>
                  {!done && <Badge color="orange" text={`${percent(received / size)}; drop the file again to go on`} />}
                  <ConfirmButton
                    confirmText="Delete"
                    confirmVariant="destructive"
                    size="sm"
                    closeOnConfirm
                    disabled={isBusy}
                    onConfirm={() => remove(id)}
                  >
                    <IconButton name="trash-alt" tooltip={`Delete ${name}`} aria-label={`Delete ${name}`} />
                  </ConfirmButton>
                </Stack>
              </div>
            ))}
          </div>
        </ScrollContainer>
      )}
      {problem.title !== '' && (
        <div>
          <Button variant="secondary" icon="sync" onClick={list}>
            Try again
          </Button>
        </div>
      )}
    </Stack>
  );
}

/** What came of the files so far: of many the same is said once. */
function Outcome({ items }: { items: Item[] }) {
  const failed = new Map<string, string[]>();
  for (const { name, error } of items) {
    if (error) {
      failed.set(error, [...(failed.get(error) ?? []), name]);
    }
  }
  const done = items.filter((item) => item.isDone).map((item) => item.name);
  return (
    <>
      {done.length > 0 && (
        <Alert severity="success" title={`${nameOrCount(done)} ${done.length > 1 ? 'are' : 'is'} uploaded`} />
      )}
      {[...failed].map(([text, names]) => (
        <Alert
          key={text}
          severity="error"
          title={`${nameOrCount(names)} ${names.length > 1 ? 'were' : 'was'} not uploaded`}
        >
          {text}
          {names.length > 1 && (
            <Text element="p" variant="bodySmall">
              {names.slice(0, mostNames).join(', ')}
              {names.length > mostNames && ` and ${names.length - mostNames} more`}
            </Text>
          )}
        </Alert>
      ))}
    </>
  );
}

function Line({ name, progress }: Item) {
  return (
    <Stack direction="row" alignItems="center" gap={1} wrap="wrap">
      <Text variant="bodySmall">{name}</Text>
      <progress aria-label={name} value={progress ? progress.share : 0} max={1} />
      <Text variant="bodySmall" color="secondary">
        {progress ? `${phases[progress.phase]}, ${percent(progress.share)}` : 'Waiting'}
      </Text>
      {progress?.phase === 'waiting' && (
        <Text variant="bodySmall" color="warning">
          {textOf(progress.reason)}
        </Text>
      )}
    </Stack>
  );
}

const phases: Record<Progress['phase'], string> = {
  reading: 'Reading',
  sending: 'Sending',
  waiting: 'Trying again soon',
};

/** What went wrong, also where there was no answer: browsers have no more than "Failed to fetch" for that. */
function textOf(err: unknown): string {
  return err instanceof TypeError ? 'Grafana did not answer; check the connection to it.' : errorText(err);
}

function nameOrCount(names: string[]): string {
  return names.length === 1 ? String(names[0]) : `${names.length} files`;
}

function summary(kept: Upload[]): string {
  if (kept.length === 0) {
    return 'No file was uploaded yet.';
  }
  const bytes = kept.reduce((sum, { size }) => sum + size, 0);
  return `${kept.length === 1 ? '1 file' : `${kept.length} files`}, ${megabytes(bytes)}`;
}

function checkName(name: string): void {
  if (!/\.ibt$/i.test(name)) {
    throw new Error('It is no telemetry file: those end with .ibt.');
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

function percent(share: number): string {
  return `${Math.floor(share * 100)} %`;
}
