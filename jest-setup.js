import './.config/jest-setup';

// jsdom has no MessageChannel, through which React draws what changes by itself; Node's own would keep jest alive.
global.MessageChannel ??= class {
  port1 = {};
  port2 = { postMessage: () => setTimeout(() => this.port1.onmessage?.({})) };
};

// The combobox measures its texts on a canvas, which jsdom does not draw.
HTMLCanvasElement.prototype.getContext = () => ({ measureText: (text) => ({ width: 8 * text.length }) });

global.IntersectionObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
};

// Files of jsdom can be read by a FileReader only.
const readAs = (method) =>
  function () {
    return new Promise((resolve, reject) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result);
      reader.onerror = () => reject(reader.error);
      reader[method](this);
    });
  };
Blob.prototype.text ??= readAs('readAsText');
Blob.prototype.arrayBuffer ??= readAs('readAsArrayBuffer');
