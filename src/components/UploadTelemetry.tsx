import { Alert, Badge, Button, ConfirmButton, Field, FileDropzone, IconButton, Stack, Text } from '@grafana/ui';
import React, { useCallback, useEffect, useId, useRef, useState } from 'react';
import type { IRacingDataSource } from '../datasource';
import type { Upload } from '../models.gen';
import { type Progress, uploadFile } from '../upload';
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

/** Takes telemetry files, sends them to the database one after the other, and lists what is there. */
export function UploadTelemetry({ getDataSource, version }: Props) {
  const [items, setItems] = useState<Item[]>([]);
  const [kept, setKept] = useState<Upload[]>();
  const [problem, setProblem] = useState({ title: '', text: '' });
  const [isBusy, setBusy] = useState(false);
  const fileId = useId();
  // The settings page makes it anew whenever something is typed.
  const getSource = useRef(getDataSource);
  useEffect(() => {
    getSource.current = getDataSource;
  });

  const list = useCallback(async () => {
    try {
      setKept(await (await getSource.current()).uploads());
      setProblem({ title: '', text: '' });
    } catch (err) {
      setProblem({ title: 'The uploaded files cannot be listed', text: errorText(err) });
    }
  }, []);
  useEffect(() => {
    void list();
  }, [list, version]);

  const send = async (files: File[]) => {
    setBusy(true);
    setItems(files.map(({ name }) => ({ name })));
    const change = (index: number, next: Partial<Item>) =>
      setItems((before) => before.map((item, i) => (i === index ? { ...item, ...next } : item)));
    for (const [index, file] of files.entries()) {
      try {
        checkName(file.name);
        await uploadFile(file, await getSource.current(), (progress) => change(index, { progress }));
        change(index, { isDone: true });
      } catch (err) {
        change(index, { error: errorText(err) });
      }
    }
    await list();
    setBusy(false);
  };
  const remove = async (id: string) => {
    try {
      await (await getSource.current()).deleteUpload(id);
    } catch (err) {
      setProblem({ title: 'The file was not deleted', text: errorText(err) });
      return;
    }
    await list();
  };

  return (
    <Stack direction="column" gap={1}>
      <Field label="Upload telemetry" htmlFor={fileId} noMargin>
        <FileDropzone
          id={fileId}
          options={{ multiple: true, disabled: isBusy, onDrop: (files) => files.length > 0 && send(files) }}
          fileListRenderer={() => null}
        >
          <Text textAlignment="center" color="secondary">
            Drop .ibt files here, or click to choose them. Save the settings first. An upload that breaks off goes on
            where it stopped.
          </Text>
        </FileDropzone>
      </Field>
      {items.map((item, index) => (
        <Line key={index} {...item} />
      ))}
      {problem.title !== '' && (
        <Alert severity="warning" title={problem.title}>
          {problem.text}
        </Alert>
      )}
      {kept && (
        <div role="list" aria-label="Uploaded files">
          {kept.length === 0 && (
            <Text variant="bodySmall" color="secondary">
              No file was uploaded yet.
            </Text>
          )}
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

function Line({ name, progress, error, isDone }: Item) {
  if (error) {
    return (
      <Alert severity="error" title={`${name} was not uploaded`}>
        {error}
      </Alert>
    );
  }
  if (isDone) {
    return <Alert severity="success" title={`${name} is uploaded`} />;
  }
  return (
    <Stack direction="row" alignItems="center" gap={1}>
      <Text variant="bodySmall">{name}</Text>
      <progress aria-label={name} value={progress ? progress.share : 0} max={1} />
      <Text variant="bodySmall" color="secondary">
        {progress ? `${progress.phase === 'reading' ? 'Reading' : 'Sending'}, ${percent(progress.share)}` : 'Waiting'}
      </Text>
    </Stack>
  );
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
