import { getDataSourceSrv } from '@grafana/runtime';
import { IRacingDataSource } from '../../datasource';
import type { SectionProps } from '../ConfigEditor';

/** The data source as it was last saved, for what the settings page does with it. */
export async function savedDataSource({ uid, type }: SectionProps['options']): Promise<IRacingDataSource> {
  const source = await getDataSourceSrv().get({ uid, type });
  if (!(source instanceof IRacingDataSource)) {
    throw new Error('Save the data source first.');
  }
  return source;
}
