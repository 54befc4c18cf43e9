// Times are drawn in UTC wherever the tests run.
process.env.TZ = 'UTC';

const base = require('./.config/jest.config');
const { grafanaESModules, nodeModulesToTransform } = require('./.config/jest/utils');

const [swc] = Object.values(base.transform);

module.exports = {
  ...base,
  // A form takes seconds to fill in where the machine has other things to do.
  testTimeout: 60_000,
  testMatch: ['<rootDir>/{src,dashboards}/**/*.test.{ts,tsx}'],
  // Some of Grafana's dependencies are published as ES modules only, a few of them with the .mjs ending.
  transform: { '^.+\\.m?[tj]sx?$': swc },
  transformIgnorePatterns: [
    nodeModulesToTransform([...grafanaESModules, '@react-hookz', '@ver0', 'd3-[a-z]+', '@noble']),
  ],
};
