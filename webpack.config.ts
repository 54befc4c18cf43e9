import { copyFileSync } from 'node:fs';
import type { Configuration } from 'webpack';

// The scaffolded configuration reads src/plugin.json while it is imported, so the manifest has to be there before.
const config = async (env: Record<string, string | true>): Promise<Configuration> => {
  copyFileSync('plugin.json', 'src/plugin.json');
  const { default: base } = await import('./.config/webpack/webpack.config.ts');
  return base(env);
};

export default config;
