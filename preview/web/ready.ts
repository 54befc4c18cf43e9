// How a browser test learns that a page has come to rest.

declare global {
  interface Window {
    preview?: { ready: () => boolean };
    /** Set by the browser tests: what was written on a canvas. */
    textsOn?: (canvas: HTMLCanvasElement) => string[];
  }
}

/** Lets window.preview.ready() answer with the page's own test. */
export function announce(ready: () => boolean): void {
  window.preview = { ready };
}
