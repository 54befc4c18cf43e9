import { render } from './common';
import { compare } from './compare';
import { raceDashboard } from './race';
import { ratings } from './ratings';
import { session } from './session';

/** The JSON of every dashboard that the plugin ships, by its path within src. */
export function dashboards(): Record<string, string> {
  return {
    'dashboards/session.json': render(session()),
    'dashboards/compare.json': render(compare()),
    'dashboards/race.json': render(raceDashboard()),
    'dashboards/ratings.json': render(ratings()),
  };
}
