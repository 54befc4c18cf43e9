import {
  FieldColorModeId,
  getDisplayValueAlignmentFactors,
  type DisplayValueAlignmentFactors,
  type FieldDisplay,
  type PanelProps,
} from '@grafana/data';
import { BigValueColorMode, BigValueGraphMode, BigValueJustifyMode, BigValueTextMode } from '@grafana/schema';
import type { Options } from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import { BigValue, useTheme2, VizRepeater, type VizRepeaterRenderValueProps } from '@grafana/ui';
import { reduceOptions } from './defaults';
import { definePanel } from './define';
import { emptyNotice, NoData } from './NoData';
import { Linked, useValues } from './values';

function StatPanel(panel: PanelProps<Options>) {
  const theme = useTheme2();
  const { data, options, width, height, renderCounter, timeRange } = panel;
  const showGraph = options.graphMode !== BigValueGraphMode.None;
  const getValues = useValues(panel, { sparkline: showGraph, percentChange: options.showPercentChange });
  if (emptyNotice(data.series)) {
    return <NoData panel={panel} />;
  }
  const draw = ({
    value,
    alignmentFactors,
    ...size
  }: VizRepeaterRenderValueProps<FieldDisplay, DisplayValueAlignmentFactors>) => (
    <Linked value={value}>
      {(onClick) => (
        <BigValue
          value={value.display}
          count={size.count}
          width={size.width}
          height={size.height}
          sparkline={showGraph && value.sparkline ? { ...value.sparkline, timeRange } : undefined}
          colorMode={options.colorMode}
          graphMode={options.graphMode}
          justifyMode={options.justifyMode}
          textMode={options.textMode}
          percentChangeColorMode={options.percentChangeColorMode}
          disableWideLayout={!options.wideLayout}
          alignmentFactors={alignmentFactors}
          text={options.text}
          theme={theme}
          hasLinks={value.hasLinks}
          onClick={onClick}
        />
      )}
    </Linked>
  );
  return (
    <VizRepeater
      source={data}
      width={width}
      height={height}
      itemSpacing={3}
      autoGrid
      orientation={options.orientation}
      renderCounter={renderCounter}
      getValues={getValues}
      getAlignmentFactors={getDisplayValueAlignmentFactors}
      renderValue={draw}
    />
  );
}

export const statPanel = definePanel<Options>({
  id: 'stat',
  component: StatPanel,
  options: {
    reduceOptions,
    orientation: 'auto',
    textMode: BigValueTextMode.Auto,
    colorMode: BigValueColorMode.Value,
    graphMode: BigValueGraphMode.Area,
    justifyMode: BigValueJustifyMode.Auto,
    wideLayout: true,
    showPercentChange: false,
    percentChangeColorMode: 'standard',
    text: undefined,
  },
  color: FieldColorModeId.Thresholds,
});
