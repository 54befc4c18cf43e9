import type { DataSourceApi, DataSourceInstanceSettings, DataSourceRef, ScopedVars } from '@grafana/data';
import { getTemplateSrv, type DataSourceSrv } from '@grafana/runtime';
import { loadPlugin } from './modules';

type Ref = DataSourceRef | string | null | undefined;

/** Grafana's data source service over the preview's one data source. */
export class PreviewDataSources implements DataSourceSrv {
  private instance?: Promise<DataSourceApi>;

  constructor(private readonly settings: DataSourceInstanceSettings) {}

  getInstanceSettings(ref?: Ref, scopedVars?: ScopedVars): DataSourceInstanceSettings | undefined {
    const uid = getTemplateSrv().replace((typeof ref === 'string' ? ref : ref?.uid) ?? '', scopedVars);
    const { type } = this.settings;
    if (uid === '' || uid === 'default') {
      return typeof ref === 'object' && ref?.type && ref.type !== type ? undefined : this.settings;
    }
    return uid === this.settings.uid || uid === this.settings.name ? this.settings : undefined;
  }

  async get(ref?: Ref, scopedVars?: ScopedVars): Promise<DataSourceApi> {
    if (!this.getInstanceSettings(ref, scopedVars)) {
      throw new Error(`The preview has only the data source ${this.settings.uid}, not ${JSON.stringify(ref)}.`);
    }
    this.instance ??= this.create();
    return this.instance;
  }

  getList: DataSourceSrv['getList'] = ({ pluginId, type, filter } = {}) => {
    const types = type === undefined ? [] : [type].flat();
    const fits =
      (!pluginId || pluginId === this.settings.type) &&
      (types.length === 0 || types.includes(this.settings.type)) &&
      (!filter || filter(this.settings));
    return fits ? [this.settings] : [];
  };

  async reload(): Promise<void> {}

  registerRuntimeDataSource(): void {}

  /** Has the next call make the data source anew, as Grafana does after its settings were saved. */
  renew(): void {
    this.instance = undefined;
  }

  private async create(): Promise<DataSourceApi> {
    const plugin = await loadPlugin(this.settings.type);
    const source = new plugin.DataSourceClass(this.settings);
    source.components = plugin.components;
    source.meta ??= this.settings.meta;
    return source;
  }
}
