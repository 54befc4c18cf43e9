import { PanelPlugin, PluginType, type FieldColorModeId, type PanelPluginMeta, type PanelProps } from '@grafana/data';
import type { ComponentType } from 'react';

interface Definition<O> {
  /** The panel's type in a dashboard's JSON. */
  id: string;
  component: ComponentType<PanelProps<O>>;
  /** The panel's options with their defaults. */
  options?: object;
  /**
   * Its own field options (custom.*) by path, with their defaults. One that is missing here is lost from overrides
   * without a word, so those without a default are listed too.
   */
  fieldOptions?: Record<string, unknown>;
  /** The colour scheme that fields begin with; without it the panel has no field options at all. */
  color?: FieldColorModeId;
  /** Set for a panel that shows the dashboard's annotations: no other gets them. */
  annotations?: boolean;
  /** Set for a panel that asks for no data. */
  skipDataQuery?: boolean;
}

const NoEditor = () => null;

/** Makes a panel known to scenes as Grafana's plugin loader would. */
export function definePanel<O>(definition: Definition<O>): PanelPlugin<O> {
  const { id, component, options = {}, fieldOptions = {}, color, annotations = false, skipDataQuery } = definition;
  const plugin = new PanelPlugin<O>(component);
  if (color) {
    plugin.useFieldConfig({
      standardOptions: { color: { defaultValue: { mode: color } } },
      useCustomConfig: (builder) => {
        for (const [path, defaultValue] of Object.entries(fieldOptions)) {
          builder.addCustomEditor({
            id: path,
            path,
            name: path,
            defaultValue,
            editor: NoEditor,
            override: NoEditor,
            process: (value: unknown) => value,
            shouldApply: () => true,
          });
        }
      },
    });
  }
  plugin.setPanelOptions((builder) => {
    for (const [path, defaultValue] of Object.entries(options)) {
      builder.addCustomEditor({ id: path, path, name: path, defaultValue, editor: NoEditor });
    }
  });
  plugin.setDataSupport({ annotations, alertStates: false });
  plugin.meta = meta(id, skipDataQuery);
  return plugin;
}

function meta(id: string, skipDataQuery?: boolean): PanelPluginMeta {
  return {
    id,
    name: id,
    type: PluginType.panel,
    module: '',
    baseUrl: '',
    sort: 0,
    skipDataQuery,
    info: {
      author: { name: '' },
      description: '',
      links: [],
      logos: { small: '', large: '' },
      screenshots: [],
      updated: '',
      version: '',
    },
  };
}
