import { EventBusSrv, type DataSourceInstanceSettings, type PanelPlugin } from '@grafana/data';
import {
  config,
  setAppEvents,
  setBackendSrv,
  setCurrentUser,
  setDataSourceSrv,
  setEchoSrv,
  setGrafanaLiveSrv,
  setPluginComponentHook,
  setPluginComponentsHook,
  setPluginFunctionsHook,
  setPluginImportUtils,
  setPluginLinksHook,
  setReturnToPreviousHook,
  setRunRequest,
  setTemplateSrv,
  type TemplateSrv,
} from '@grafana/runtime';
import { initializeLoggersRegistry, reloadDataSourceInstanceSettings } from '@grafana/runtime/unstable';
import { sceneGraph, SceneObjectBase, type SceneObject, type VariableCustomFormatterFn } from '@grafana/scenes';
import { NEVER, of, throwError } from 'rxjs';
import { backendSrv } from './backend';
import { PreviewDataSources } from './datasources';
import { runRequest } from './run';

declare global {
  interface Window {
    /** Set by @grafana/scenes: the scene on the page, while there is one. */
    __grafanaSceneContext?: SceneObject;
  }
}

/** Fills in variables: as seen from the panel or variable that a call names, or else from the dashboard on the page. */
const templates: TemplateSrv = {
  replace: (target = '', scopedVars, format) => {
    const named: unknown = scopedVars?.__sceneObject?.value?.valueOf();
    const scene = named instanceof SceneObjectBase ? named : window.__grafanaSceneContext;
    const how = format as string | VariableCustomFormatterFn | undefined; // two libraries' names for one thing
    return scene ? sceneGraph.interpolate(scene, target, scopedVars, how) : target;
  },
  containsTemplate: (target = '') => /\$\w|\$\{|\[\[/.test(target),
  getVariables: () => [],
  updateTimeRange: () => {},
};

/** Sets every service that Grafana's libraries and the plugin reach through @grafana/runtime. */
export async function initServices(
  source: DataSourceInstanceSettings,
  panels: (id: string) => PanelPlugin,
): Promise<PreviewDataSources> {
  initializeLoggersRegistry();
  const sources = new PreviewDataSources(source);
  setAppEvents(new EventBusSrv());
  setBackendSrv(backendSrv);
  await reloadDataSourceInstanceSettings(); // @grafana/runtime keeps a list of its own, and asks for it once
  setDataSourceSrv(sources);
  setTemplateSrv(templates);
  setRunRequest(runRequest);
  setCurrentUser(config.bootData.user);
  setPluginImportUtils({ importPanelPlugin: async (id) => panels(id), getPanelPluginFromCache: panels });
  setEchoSrv({ addEvent: () => {}, addBackend: () => {}, flush: () => {}, onInteraction: () => () => {} });
  setGrafanaLiveSrv({
    getConnectionState: () => of(false),
    getStream: () => NEVER,
    getDataStream: () => throwError(() => new Error('Live channels need a Grafana server.')),
    getPresence: async () => ({ users: [] }),
    publish: async () => undefined,
  });
  setReturnToPreviousHook(() => () => {});
  setPluginLinksHook(() => ({ links: [], isLoading: false }));
  setPluginComponentsHook(() => ({ components: [], isLoading: false }));
  setPluginComponentHook(() => ({ component: null, isLoading: false }));
  setPluginFunctionsHook(() => ({ functions: [], isLoading: false }));
  return sources;
}
