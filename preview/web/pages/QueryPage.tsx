import { css } from '@emotion/css';
import {
  CoreApp,
  FieldType,
  LoadingState,
  type DataFrame,
  type DataQuery,
  type DataSourceApi,
  type GrafanaTheme2,
  type PanelData,
} from '@grafana/data';
import {
  EmbeddedScene,
  SceneControlsSpacer,
  SceneGridItem,
  SceneGridLayout,
  SceneQueryRunner,
  SceneRefreshPicker,
  SceneTimePicker,
  SceneTimeRange,
  VizPanel,
} from '@grafana/scenes';
import { Alert, Box, Text, useStyles2 } from '@grafana/ui';
import { useEffect, useState } from 'react';
import { announce } from '../ready';
import { showNotices } from '../scene/dashboard';
import { isAtRest } from '../scene/ready';
import { Frame } from './Frame';

/** The query editor as a panel's edit pane has it: the panel above draws what the query answers. */
export function QueryPage({ source }: { source: DataSourceApi }) {
  const styles = useStyles2(getStyles);
  const [query, setQuery] = useState<DataQuery>(() => ({
    refId: 'A',
    datasource: source.getRef(),
    ...source.getDefaultQuery?.(CoreApp.PanelEditor),
  }));
  const [{ scene, runner, panel }] = useState(() => resultScene(query));
  const { data } = runner.useState();
  useEffect(() => announce(() => isAtRest(scene)), [scene]);
  useEffect(() => {
    const type = panelType(data);
    if (type && type !== panel.state.pluginId) {
      void panel.changePluginType(type, {}, { defaults: {}, overrides: [] });
    }
  }, [data, panel]);

  // An editor changes its query and asks to run it in one go; the run has to see the change.
  const change = (next: DataQuery) => {
    runner.setState({ queries: [next] });
    setQuery(next);
  };
  const Editor = source.components?.QueryEditor;
  return (
    <Frame title="Query editor">
      <div className={styles.result}>
        <scene.Component model={scene} />
      </div>
      <Text variant="bodySmall" color="secondary">
        <span data-testid="result">{describe(data)}</span>
      </Text>
      <Box marginTop={2} padding={1} backgroundColor="secondary" borderRadius="default">
        {Editor ? (
          <Editor
            datasource={source}
            query={query}
            queries={[query]}
            data={data}
            range={data?.timeRange}
            app={CoreApp.PanelEditor}
            onChange={change}
            onRunQuery={() => runner.runQueries()}
          />
        ) : (
          <Alert severity="error" title="The plugin has no query editor." />
        )}
      </Box>
    </Frame>
  );
}

function resultScene(query: DataQuery) {
  const runner = new SceneQueryRunner({ queries: [{ ...query }], datasource: query.datasource ?? undefined });
  const panel = new VizPanel({ title: 'Result', pluginId: 'table', $data: runner, extendPanelContext: showNotices });
  const scene = new EmbeddedScene({
    $timeRange: new SceneTimeRange({ from: 'now-90d', to: 'now' }),
    controls: [
      new SceneControlsSpacer(),
      new SceneTimePicker({ isOnCanvas: true }),
      new SceneRefreshPicker({ isOnCanvas: true }),
    ],
    body: new SceneGridLayout({ children: [new SceneGridItem({ x: 0, y: 0, width: 24, height: 12, body: panel })] }),
  });
  return { scene, runner, panel };
}

/** The panel that suits an answer; undefined while there is none. */
function panelType(data: PanelData | undefined): string | undefined {
  const frame = data?.series[0];
  if (!frame || data.state === LoadingState.Loading) {
    return undefined;
  }
  const [first, ...rest] = frame.fields;
  const numbers = rest.length > 0 && rest.every((field) => field.type === FieldType.number);
  if (numbers && first?.type === FieldType.time) {
    return 'timeseries';
  }
  return numbers && first?.type === FieldType.number && data.series.length === 1 ? 'trend' : 'table';
}

function describe(data: PanelData | undefined): string {
  if (!data) {
    return 'The query has not been run.';
  }
  const frame = (f: DataFrame) =>
    `${f.name ?? f.refId}: ${f.length} rows of ${f.fields.map(({ name }) => name).join(', ')}`;
  return [data.state, ...data.series.map(frame), ...(data.errors ?? []).map((e) => e.message)].join(' · ');
}

const getStyles = (theme: GrafanaTheme2) => ({
  result: css({ display: 'flex', minHeight: theme.spacing(60) }),
});
