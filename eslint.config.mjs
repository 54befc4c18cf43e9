import { defineConfig } from 'eslint/config';
import baseConfig from './.config/eslint.config.mjs';

export default defineConfig([
  { ignores: ['**/node_modules/', '**/dist/', '**/coverage/', '.config/', 'preview/'] },
  ...baseConfig,
  {
    files: ['src/models.gen.ts'],
    rules: {
      // A union type and the object of its values share a name.
      'no-redeclare': 'off',
      // An iRating begins with a capital I in the Go models.
      '@typescript-eslint/naming-convention': 'off',
    },
  },
]);
