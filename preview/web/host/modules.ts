// Loads the plugin's built module.js the way Grafana does: as an AMD module that gets the libraries it shares with the
// page from the page.
import * as emotionCss from '@emotion/css';
import * as emotionReact from '@emotion/react';
import * as grafanaData from '@grafana/data';
import type { DataSourcePlugin } from '@grafana/data';
import * as grafanaI18n from '@grafana/i18n';
import * as grafanaRuntime from '@grafana/runtime';
import * as grafanaUi from '@grafana/ui';
import * as grafanaUiUnstable from '@grafana/ui/unstable';
import * as i18next from 'i18next';
import * as lodash from 'lodash';
import moment from 'moment';
import * as react from 'react';
import * as jsxRuntime from 'react/jsx-runtime';
import * as reactDom from 'react-dom';
import * as rxjs from 'rxjs';
import * as rxjsOperators from 'rxjs/operators';

const shared: Record<string, object> = {
  react,
  'react/jsx-runtime': jsxRuntime,
  'react-dom': reactDom,
  rxjs,
  'rxjs/operators': rxjsOperators,
  lodash,
  moment: Object.assign(moment, { default: moment }),
  i18next,
  '@emotion/css': emotionCss,
  '@emotion/react': emotionReact,
  '@grafana/data': grafanaData,
  '@grafana/i18n': grafanaI18n,
  '@grafana/runtime': grafanaRuntime,
  '@grafana/ui': grafanaUi,
  '@grafana/ui/unstable': grafanaUiUnstable,
};

interface PluginModule {
  plugin?: DataSourcePlugin<grafanaData.DataSourceApi>;
}

type Factory = (...dependencies: unknown[]) => PluginModule | undefined;

/** What an AMD module calls: define(deps, factory) or define(name, deps, factory). */
type Define = { (...args: [string[], Factory] | [string, string[], Factory]): void; amd: object };

declare global {
  interface Window {
    define?: Define;
  }
}

const loaded = new Map<string, Promise<DataSourcePlugin<grafanaData.DataSourceApi>>>();

/** The data source plugin that module.js exports. */
export function loadPlugin(id: string): Promise<DataSourcePlugin<grafanaData.DataSourceApi>> {
  let plugin = loaded.get(id);
  if (!plugin) {
    plugin = load(id);
    loaded.set(id, plugin);
  }
  return plugin;
}

async function load(id: string): Promise<DataSourcePlugin<grafanaData.DataSourceApi>> {
  const uri = `/public/plugins/${id}/module.js`;
  let module: PluginModule | undefined;
  const define = (...args: [string[], Factory] | [string, string[], Factory]) => {
    const [names, factory] = args.length === 3 ? [args[1], args[2]] : args;
    const exports: PluginModule = {};
    const resolve = (name: string): unknown => {
      switch (name) {
        case 'exports':
          return exports;
        case 'module':
          return { id, uri: new URL(uri, location.href).href };
        default:
          if (!shared[name]) {
            throw new Error(`${uri} wants the library ${name}, which the preview does not share`);
          }
          return shared[name];
      }
    };
    module = factory(...names.map(resolve)) ?? exports;
  };
  window.define = Object.assign(define, { amd: {} });
  try {
    await appendScript(uri);
  } finally {
    delete window.define;
  }
  if (!module?.plugin) {
    throw new Error(`${uri} exports no plugin`);
  }
  return module.plugin;
}

function appendScript(src: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = src;
    script.onload = () => resolve();
    script.onerror = () => reject(new Error(`${src} cannot be loaded`));
    document.head.append(script);
  });
}
