import { render } from './common';
import { compare } from './compare';
import { session } from './session';

/** The JSON of every dashboard that the plugin ships, by its path within src. */
export function dashboards(): Record<string, string> {
  return {
    'dashboards/session.json': render(session()),
    'dashboards/compare.json': render(compare()),
  };
}
