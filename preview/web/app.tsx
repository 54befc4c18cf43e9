import { ThemeContext, type DataSourcePluginOptionsEditorProps, type DataSourceSettings } from '@grafana/data';
import { initPluginTranslations } from '@grafana/i18n';
import { config, getBackendSrv, locationService, LocationServiceProvider } from '@grafana/runtime';
import type { Dashboard } from '@grafana/schema';
import { Alert, ErrorBoundaryAlert, GlobalStyles, ModalRoot, ModalsProvider, PortalContainer } from '@grafana/ui';
import { useLayoutEffect, useState, type ComponentType, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import 'react-grid-layout/css/styles.css';
import { Router } from 'react-router-dom';
import type { Boot } from './boot';
import type { PreviewDataSources } from './host/datasources';
import { loadPlugin } from './host/modules';
import { initRegistries } from './host/registries';
import { initServices } from './host/services';
import { ConfigPage } from './pages/ConfigPage';
import { DashboardPage } from './pages/DashboardPage';
import { Frame } from './pages/Frame';
import { Landing } from './pages/Landing';
import { QueryPage } from './pages/QueryPage';
import { Toasts } from './pages/Toasts';
import { panelPlugin } from './panels';
import { announce } from './ready';
import { toScene } from './scene/dashboard';

/** Sets up what Grafana's libraries expect around them, and draws the page of the address. */
export async function start(boot: Boot): Promise<void> {
  await initPluginTranslations('grafana');
  initRegistries();
  const sources = await initServices(boot.source, panelPlugin);
  document.body.classList.add(config.theme2.isDark ? 'theme-dark' : 'theme-light');

  const root = document.getElementById('root');
  if (!root) {
    throw new Error('the page has no root element');
  }
  const page = await pageOf(boot, sources).catch((err: unknown) => <Failure err={err} />);
  createRoot(root).render(
    <ThemeContext.Provider value={config.theme2}>
      <ModalsProvider>
        <GlobalStyles />
        <LocationServiceProvider service={locationService}>
          <GrafanaRouter>
            <ErrorBoundaryAlert style="page">{page}</ErrorBoundaryAlert>
            <Toasts />
            <ModalRoot />
            <PortalContainer />
          </GrafanaRouter>
        </LocationServiceProvider>
      </ModalsProvider>
    </ThemeContext.Provider>,
  );
}

async function pageOf(boot: Boot, sources: PreviewDataSources): Promise<ReactNode> {
  const [, place, uid] = location.pathname.split('/');
  switch (place) {
    case 'd': {
      const url = `/api/dashboards/uid/${uid}`;
      const { dashboard } = await getBackendSrv().get<{ dashboard: Dashboard }>(url, undefined, undefined, {
        showErrorAlert: false,
      });
      document.title = `${dashboard.title} - Preview`;
      const others = boot.dashboards.filter((entry) => entry.uid !== uid);
      return <DashboardPage title={dashboard.title ?? ''} scene={toScene(dashboard, others)} />;
    }
    case 'datasources': {
      const saved = await getBackendSrv().get<DataSourceSettings>(`/api/datasources/uid/${boot.source.uid}`);
      const { components } = await loadPlugin(boot.source.type);
      const Editor = components.ConfigEditor as ComponentType<DataSourcePluginOptionsEditorProps> | undefined;
      if (!Editor) {
        throw new Error('The plugin has no config editor.');
      }
      return <ConfigPage saved={saved} sources={sources} Editor={Editor} />;
    }
    case 'explore':
      return <QueryPage source={await sources.get()} />;
    default:
      return <Landing boot={boot} />;
  }
}

function Failure({ err }: { err: unknown }) {
  announce(() => true);
  const answer = err as { data?: { message?: string }; message?: string };
  return (
    <Frame>
      <Alert severity="error" title={answer.data?.message ?? answer.message ?? String(err)} />
    </Frame>
  );
}

/** Gives components that ask the router the same address that Grafana's location service has. Another page is loaded. */
function GrafanaRouter({ children }: { children: ReactNode }) {
  const history = locationService.getHistory();
  const [place, setPlace] = useState(history.location);
  useLayoutEffect(
    () =>
      history.listen((next: typeof place) => (next.pathname === place.pathname ? setPlace(next) : location.reload())),
    [history, place.pathname],
  );
  return (
    <Router location={place} navigator={history}>
      {children}
    </Router>
  );
}
