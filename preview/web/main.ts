// The entry. Grafana's libraries read their settings while they are loaded, so these have to be there before: everything
// that imports a library comes in by a dynamic import. (A top-level await here would wait for itself.)
import { boot } from './boot';

async function main(): Promise<void> {
  const booted = await boot();
  const { start } = await import('./app');
  await start(booted);
}

main().catch((err: unknown) => {
  const root = document.getElementById('root');
  if (root) {
    root.style.padding = '16px';
    root.textContent = `The preview cannot start: ${err instanceof Error ? err.message : String(err)}`;
  }
  throw err;
});
