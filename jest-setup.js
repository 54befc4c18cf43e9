import './.config/jest-setup';

// jsdom has no MessageChannel, which React 19's server renderer asks for on import; Node's own would keep jest alive.
global.MessageChannel ??= class {
  port1 = {};
  port2 = { postMessage() {} };
};

// The combobox measures its texts on a canvas, which jsdom does not draw.
HTMLCanvasElement.prototype.getContext = () => ({ measureText: (text) => ({ width: 8 * text.length }) });

global.IntersectionObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
};
