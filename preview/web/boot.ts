// What the page has to know before Grafana's libraries are loaded. Nothing here may import one, types aside.
import type { DataSourceInstanceSettings } from '@grafana/data';

/** The part of Grafana's /api/frontend/settings that the preview's server answers. */
export interface FrontendSettings {
  buildInfo: { version: string };
  defaultDatasource: string;
  datasources: Record<string, DataSourceInstanceSettings>;
}

export interface DashboardEntry {
  uid: string;
  title: string;
  description?: string;
  tags?: string[];
}

/** The answers of the preview's server to the page's first questions. */
export interface Boot {
  source: DataSourceInstanceSettings;
  dashboards: DashboardEntry[];
}

export type ThemeName = 'dark' | 'light';

const themeKey = 'preview.theme';

/** The theme of the address (?theme=light), which stays for the pages after it, or else the one chosen last. */
function chosenTheme(): ThemeName {
  const asked = new URLSearchParams(location.search).get('theme');
  if (asked === 'dark' || asked === 'light') {
    localStorage.setItem(themeKey, asked);
    return asked;
  }
  return localStorage.getItem(themeKey) === 'light' ? 'light' : 'dark';
}

/** Takes effect by loading the page anew, as Grafana's libraries read the theme once. */
export function chooseTheme(theme: ThemeName): void {
  localStorage.setItem(themeKey, theme);
  const url = new URL(location.href);
  url.searchParams.delete('theme');
  location.replace(url);
}

/** Asks the server, and puts down the globals that a Grafana server writes into its page. */
export async function boot(): Promise<Boot> {
  const [settings, dashboards] = await Promise.all([
    get<FrontendSettings>('/api/frontend/settings'),
    get<DashboardEntry[]>('/api/search'),
  ]);
  const source = settings.datasources[settings.defaultDatasource];
  if (!source) {
    throw new Error('the server has no data source');
  }
  Object.assign(window, {
    __grafana_public_path__: '/public/',
    // Keeps a validation library from trying whether it may compile code: the page's policy forbids it.
    __zod_globalConfig: { jitless: true },
    grafanaBootData: { user, settings: { ...defaults, ...settings }, navTree: [], assets: { dark: '', light: '' } },
  });
  return { source, dashboards };
}

async function get<T>(url: string): Promise<T> {
  const answer = await fetch(url);
  const body = await answer.json();
  if (!answer.ok) {
    throw new Error(body.message ?? answer.statusText);
  }
  return body;
}

const user = {
  id: 1,
  login: 'preview',
  isSignedIn: true,
  orgId: 1,
  orgRole: 'Admin',
  isGrafanaAdmin: true,
  theme: chosenTheme(),
  timezone: 'browser',
  weekStart: 'monday',
  locale: 'en-US',
  language: 'en-US',
  regionalFormat: 'en-US',
  permissions: {},
};

const defaults = {
  appUrl: `${location.origin}/`,
  appSubUrl: '',
  featureToggles: {},
  panels: {},
  apps: {},
  licenseInfo: {},
};
