import { Card, Grid, Stack, Text } from '@grafana/ui';
import { useEffect } from 'react';
import type { Boot } from '../boot';
import { announce } from '../ready';
import { Frame } from './Frame';

interface Entry {
  href: string;
  title: string;
  description?: string;
}

export function Landing({ boot }: { boot: Boot }) {
  useEffect(() => announce(() => true), []);
  const editors: Entry[] = [
    {
      href: `/datasources/edit/${boot.source.uid}`,
      title: 'Data source settings',
      description: 'The config editor, with Save & test.',
    },
    { href: '/explore', title: 'Query editor', description: 'The query editor, with what its query answers.' },
  ];
  const dashboards = boot.dashboards.map(({ uid, title, description }) => ({ href: `/d/${uid}`, title, description }));
  return (
    <Frame
      note={
        'Dashboards, editors and the plugin process are the real ones. What a Grafana server adds is missing: users and ' +
        'permissions, provisioning, alerting, live channels, saved changes. Settings last until the preview is stopped.'
      }
    >
      <Stack direction="column" gap={3}>
        <Entries
          heading="Dashboards"
          entries={dashboards}
          empty="dist/dashboards has no dashboard: run go tool mage build"
        />
        <Entries heading="Editors" entries={editors} empty="" />
      </Stack>
    </Frame>
  );
}

function Entries({ heading, entries, empty }: { heading: string; entries: Entry[]; empty: string }) {
  return (
    <Stack direction="column" gap={1}>
      <Text element="h2" variant="h4">
        {heading}
      </Text>
      {entries.length === 0 && <Text color="secondary">{empty}</Text>}
      <Grid minColumnWidth={44} gap={1}>
        {entries.map(({ href, title, description }) => (
          <Card key={href} href={href} noMargin>
            <Card.Heading>{title}</Card.Heading>
            {description && <Card.Description>{description}</Card.Description>}
          </Card>
        ))}
      </Grid>
    </Stack>
  );
}
