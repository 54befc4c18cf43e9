import {
  sceneGraph,
  SceneObjectBase,
  VariableDependencyConfig,
  type SceneComponentProps,
  type SceneObjectState,
} from '@grafana/scenes';
import type { DashboardLink } from '@grafana/schema';
import { LinkButton, toIconName, type IconName } from '@grafana/ui';
import type { DashboardEntry } from '../boot';

interface DashboardLinksState extends SceneObjectState {
  links: DashboardLink[];
  /** The dashboards that a link by tag may lead to. */
  others: DashboardEntry[];
}

/** The links that a dashboard has beside its time picker: to an address, or to the dashboards with certain tags. */
export class DashboardLinks extends SceneObjectBase<DashboardLinksState> {
  static Component = DashboardLinksView;

  // Their addresses carry what is chosen, so they follow it.
  protected _variableDependency = new VariableDependencyConfig<DashboardLinksState>(this, {
    onAnyVariableChanged: () => this.forceRender(),
  });
}

interface Target {
  title: string;
  url: string;
  icon: IconName;
  tooltip?: string;
}

function DashboardLinksView({ model }: SceneComponentProps<DashboardLinks>) {
  const { links, others } = model.useState();
  sceneGraph.getTimeRange(model).useState();
  return links.flatMap((link) =>
    targets(link, others).map(({ title, url, icon, tooltip }) => (
      <LinkButton
        key={url}
        href={address(model, url, link)}
        target={link.targetBlank ? '_blank' : undefined}
        tooltip={tooltip}
        variant="secondary"
        icon={icon}
      >
        {sceneGraph.interpolate(model, title)}
      </LinkButton>
    )),
  );
}

function targets({ type, title, url, icon, tooltip, tags }: DashboardLink, others: DashboardEntry[]): Target[] {
  if (type !== 'dashboards') {
    return url ? [{ title, url, icon: toIconName(icon) ?? 'external-link-alt', tooltip }] : [];
  }
  return others
    .filter((other) => tags.every((tag) => other.tags?.includes(tag)))
    .map((other) => ({ title: other.title, url: `/d/${other.uid}`, icon: 'apps' }));
}

function address(model: DashboardLinks, url: string, { includeVars, keepTime }: DashboardLink): string {
  const extras = [includeVars && '${__all_variables}', keepTime && '${__url_time_range}'].filter(Boolean);
  const full = extras.length > 0 ? `${url}${url.includes('?') ? '&' : '?'}${extras.join('&')}` : url;
  return sceneGraph.interpolate(model, full);
}
