// Builds the page in web/ into dist/, from where the Go command next to this file serves it.
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { defineConfig } from 'vite';

const here = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);
const modules = path.join(here, 'node_modules');
const dist = path.join(here, 'dist');

/** The fonts of Grafana's own styles, by the name under which these ask for them. */
const fonts = {
  'inter/Inter-Regular': 'inter/files/inter-latin-standard-normal',
  'inter/Inter-Medium': 'inter/files/inter-latin-standard-normal',
  'inter/Inter-Italic': 'inter/files/inter-latin-standard-italic',
  'inter/Inter-MediumItalic': 'inter/files/inter-latin-standard-italic',
  'roboto/L0xTDF4xlVMF-BfR8bXMIhJHg45mwgGEFl0_3vrtSM1J-gEPT5Ese6hmHSh0mQ':
    'roboto-mono/files/roboto-mono-latin-wght-normal',
};

/**
 * A Grafana server has icons and fonts at fixed addresses below /public/, where Grafana's libraries fetch them.
 *
 * @returns {import('vite').Plugin}
 */
function grafanaAssets() {
  return {
    name: 'grafana-assets',
    closeBundle() {
      const icons = path.join(dist, 'public/build/img/icons');
      cpSync(path.join(modules, '@grafana/ui/dist/public/img/icons'), icons, { recursive: true });
      // The time picker uses one that is left out of the package: it is its counterpart, mirrored.
      const right = readFileSync(path.join(icons, 'unicons/angle-double-right.svg'), 'utf8');
      const left = right.replace('<svg ', '<svg transform="scale(-1 1)" ');
      writeFileSync(path.join(icons, 'unicons/angle-double-left.svg'), left);
      for (const [name, file] of Object.entries(fonts)) {
        const target = path.join(dist, 'public/fonts', `${name}.woff2`);
        cpSync(path.join(modules, '@fontsource-variable', `${file}.woff2`), target);
      }
    },
  };
}

export default defineConfig({
  root: path.join(here, 'web'),
  define: { 'process.env.NODE_ENV': JSON.stringify('production'), 'process.env': '{}', global: 'globalThis' },
  resolve: {
    // Grafana's libraries name two majors of the router; the page has the newer one only.
    alias: { 'react-router-dom-v5-compat': 'react-router-dom' },
    // The plugin's module and the page have to share one copy of each of these.
    dedupe: [
      'react',
      'react-dom',
      'react-router-dom',
      'rxjs',
      'moment',
      'lodash',
      'i18next',
      '@emotion/css',
      '@emotion/react',
      '@grafana/data',
      '@grafana/i18n',
      '@grafana/runtime',
      '@grafana/ui',
    ],
  },
  plugins: [grafanaAssets()],
  build: {
    outDir: dist,
    emptyOutDir: true,
    target: 'esnext',
    chunkSizeWarningLimit: 20000,
    reportCompressedSize: false,
    rolldownOptions: {
      // Libraries mark files with "use client", which means nothing in a page.
      onLog: (level, log, report) => {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') {
          report(level, log);
        }
      },
    },
  },
});
