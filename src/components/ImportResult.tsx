import { Alert, Button, CollapsableSection, Field, FileDropzone, Stack, Text, TextArea } from '@grafana/ui';
import React, { useId, useState } from 'react';
import type { Imported, IRacingDataSource } from '../datasource';
import { errorText } from '../words';

interface Props {
  getDataSource: () => Promise<IRacingDataSource>;
  onImported?: (imported: Imported) => void;
}

type Outcome = { title: string } | { error: string };

/** What Grafana and what stands before it still let through; a result of 60 cars has a tenth of it. */
const maxBytes = 8 * 1024 * 1024;

/** Takes a result that was exported from iRacing's member site, so that a race can be shown without an account. */
export function ImportResult({ getDataSource, onImported }: Props) {
  const [isOpen, setOpen] = useState(false);
  const [pasted, setPasted] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<Outcome>();
  const [fileId, textId] = [useId(), useId()];

  const hand = async (read: () => Promise<string>) => {
    setBusy(true);
    setOutcome(undefined);
    try {
      const source = await getDataSource();
      const imported = await source.import(await read());
      setOutcome({ title: imported.title });
      setPasted('');
      onImported?.(imported);
    } catch (err) {
      setOutcome({ error: errorText(err) });
    }
    setBusy(false);
  };
  const readFile = async (file: File) => {
    checkSize(file.name, file.size);
    return file.text();
  };
  const readPasted = async () => {
    checkSize('the text', new Blob([pasted]).size);
    return pasted;
  };

  return (
    <CollapsableSection label={<Text variant="body">Import a result</Text>} isOpen={isOpen} onToggle={setOpen}>
      <Stack direction="column" gap={1}>
        <Text variant="bodySmall" color="secondary">
          On iRacing’s member site open a race result and export it as JSON. The file is kept in the folder of imported
          results and needs no iRacing account to be shown.
        </Text>
        <Field label="File" htmlFor={fileId} noMargin>
          <FileDropzone
            id={fileId}
            options={{
              multiple: false,
              disabled: isBusy,
              onDrop: ([file]) => file && hand(() => readFile(file)),
            }}
            fileListRenderer={() => null}
          >
            <Text textAlignment="center" color="secondary">
              Drop the .json file here, or click to choose it
            </Text>
          </FileDropzone>
        </Field>
        <Field label="Or its text" htmlFor={textId} noMargin>
          <TextArea
            id={textId}
            rows={3}
            value={pasted}
            placeholder='{"type":"event_result","data":{…}}'
            onChange={(event) => setPasted(event.currentTarget.value)}
          />
        </Field>
        <div>
          <Button
            variant="secondary"
            icon="upload"
            disabled={isBusy || pasted.trim() === ''}
            onClick={() => hand(readPasted)}
          >
            Import the text
          </Button>
        </div>
        {outcome && 'title' in outcome && <Alert severity="success" title={`Imported: ${outcome.title}`} />}
        {outcome && 'error' in outcome && (
          <Alert severity="error" title="The result cannot be imported">
            {outcome.error}
          </Alert>
        )}
      </Stack>
    </CollapsableSection>
  );
}

function checkSize(name: string, bytes: number): void {
  if (bytes > maxBytes) {
    const size = (bytes / 1024 / 1024).toFixed(1);
    throw new Error(`${name} has ${size} MB; a result has at most 8 MB. Is it the JSON export of one race?`);
  }
}
