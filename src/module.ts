import { DataSourcePlugin } from '@grafana/data';
import { ConfigEditor } from './components/ConfigEditor';
import { QueryEditor } from './components/QueryEditor';
import { IRacingDataSource } from './datasource';
import type { IRacingQuery, IRacingSettings } from './types';

export const plugin = new DataSourcePlugin<IRacingDataSource, IRacingQuery, IRacingSettings>(IRacingDataSource)
  .setConfigEditor(ConfigEditor)
  .setQueryEditor(QueryEditor);
