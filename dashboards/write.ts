import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { dashboards } from '.';

// npm run dashboards: writes the dashboards' JSON to where the build takes it from.
for (const [file, json] of Object.entries(dashboards())) {
  const target = path.join(__dirname, '..', 'src', file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, json);
}
