import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import manifest from '../plugin.json';
import pkg from '../package.json';
import { plugin } from './module';

const root = path.join(__dirname, '..');

it('has one id in the manifest and in package.json', () => {
  expect(manifest.id).toBe(pkg.name);
  expect(manifest.id).toMatch(/^[a-z0-9]+-[a-z0-9]+-datasource$/);
  expect(manifest.type).toBe('datasource');
});

it('names the backend executable and what the data source can do', () => {
  expect(manifest).toMatchObject({
    executable: 'gpx_iracing',
    backend: true,
    metrics: true,
    alerting: true,
    annotations: true,
    streaming: true,
    logs: true,
    dependencies: { grafanaDependency: '>=12.3.0' },
  });
});

it('leaves version and date to the build', () => {
  expect(manifest.info).toMatchObject({ version: '%VERSION%', updated: '%TODAY%' });
});

it('ships every file that it names', () => {
  const files = [
    manifest.info.logos.small,
    manifest.info.logos.large,
    ...manifest.info.screenshots.map((shot: { path: string }) => shot.path),
    ...manifest.includes.map((include) => include.path),
  ];
  expect(files.filter((file) => !existsSync(path.join(root, 'src', file)))).toEqual([]);
});

it('names dashboards by their titles', () => {
  for (const { name, path: file } of manifest.includes) {
    expect(JSON.parse(readFileSync(path.join(root, 'src', file), 'utf8')).title).toBe(name);
  }
});

it('registers both editors', () => {
  expect(plugin.components.QueryEditor).toBeDefined();
  expect(plugin.components.ConfigEditor).toBeDefined();
});
