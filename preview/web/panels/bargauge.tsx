import {
  FieldColorModeId,
  getDisplayValueAlignmentFactors,
  VizOrientation,
  type DisplayValueAlignmentFactors,
  type FieldDisplay,
  type PanelProps,
} from '@grafana/data';
import { BarGaugeDisplayMode, BarGaugeNamePlacement, BarGaugeSizing, BarGaugeValueMode } from '@grafana/schema';
import type { Options } from '@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen';
import { BarGauge, useTheme2, VizRepeater, type VizRepeaterRenderValueProps } from '@grafana/ui';
import { reduceOptions } from './defaults';
import { definePanel } from './define';
import { emptyNotice, NoData } from './NoData';
import { Linked, useValues } from './values';

const spacing = 8;

function BarGaugePanel(panel: PanelProps<Options>) {
  const theme = useTheme2();
  const { data, options, width, height, renderCounter } = panel;
  const getValues = useValues(panel);
  if (emptyNotice(data.series)) {
    return <NoData panel={panel} />;
  }
  const manual = options.sizing === BarGaugeSizing.Manual;
  const orientation = toOrientation(options.orientation, width, height);
  const draw = ({
    value,
    alignmentFactors,
    ...size
  }: VizRepeaterRenderValueProps<FieldDisplay, DisplayValueAlignmentFactors>) => (
    <Linked value={value}>
      {(onClick) => (
        <BarGauge
          value={value.display}
          field={value.field}
          display={value.colIndex === undefined ? undefined : value.view?.getFieldDisplayProcessor(value.colIndex)}
          width={size.width}
          height={size.height}
          orientation={orientation}
          text={options.text}
          itemSpacing={spacing}
          lcdCellWidth={12}
          displayMode={options.displayMode}
          valueDisplayMode={options.valueMode}
          namePlacement={options.namePlacement}
          showUnfilled={options.showUnfilled}
          alignmentFactors={alignmentFactors}
          theme={theme}
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
      itemSpacing={spacing}
      orientation={orientation}
      renderCounter={renderCounter}
      minVizWidth={manual ? options.minVizWidth : 8}
      minVizHeight={manual ? options.minVizHeight : 16}
      maxVizHeight={manual ? options.maxVizHeight : 300}
      getValues={getValues}
      getAlignmentFactors={getDisplayValueAlignmentFactors}
      renderValue={draw}
    />
  );
}

/** Bars lie in a panel that is taller than wide and stand in any other. */
function toOrientation(chosen: Options['orientation'], width: number, height: number): VizOrientation {
  switch (chosen) {
    case VizOrientation.Horizontal:
    case VizOrientation.Vertical:
      return chosen;
    default:
      return width > height ? VizOrientation.Vertical : VizOrientation.Horizontal;
  }
}

export const barGaugePanel = definePanel<Options>({
  id: 'bargauge',
  component: BarGaugePanel,
  options: {
    reduceOptions,
    orientation: 'auto',
    displayMode: BarGaugeDisplayMode.Gradient,
    valueMode: BarGaugeValueMode.Color,
    namePlacement: BarGaugeNamePlacement.Auto,
    showUnfilled: true,
    sizing: BarGaugeSizing.Auto,
    minVizWidth: 8,
    minVizHeight: 16,
    maxVizHeight: 300,
    text: undefined,
  },
  color: FieldColorModeId.Thresholds,
});
