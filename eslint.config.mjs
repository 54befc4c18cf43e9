import { defineConfig } from 'eslint/config';
import baseConfig from './.config/eslint.config.mjs';

export default defineConfig([
  { ignores: ['**/node_modules/', '**/dist/', '**/coverage/', '.config/', 'preview/'] },
  ...baseConfig,
  // A union type and the object of its values share a name.
  { files: ['src/models.gen.ts'], rules: { 'no-redeclare': 'off' } },
]);
