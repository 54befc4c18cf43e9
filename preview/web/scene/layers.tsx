import {
  ControlsLabel,
  dataLayers,
  SceneDataLayerSet,
  SceneObjectBase,
  type SceneComponentProps,
  type SceneObjectRef,
  type SceneObjectState,
} from '@grafana/scenes';
import type { Dashboard } from '@grafana/schema';

/** The dashboard's own annotations; undefined when it has none. Those that users write need a Grafana server. */
export function toLayers({ annotations }: Dashboard): SceneDataLayerSet | undefined {
  const queries = (annotations?.list ?? []).filter((query) => !query.builtIn);
  if (queries.length === 0) {
    return undefined;
  }
  return new SceneDataLayerSet({
    layers: queries.map(
      (query, i) =>
        new dataLayers.AnnotationsDataLayer({
          key: `annotations-${i}`,
          name: query.name,
          query,
          isEnabled: query.enable,
          isHidden: query.hide,
        }),
    ),
  });
}

interface LayerControlsState extends SceneObjectState {
  set: SceneObjectRef<SceneDataLayerSet>;
}

/** A switch for each annotation query. The control that scenes have is one for all of them. */
export class LayerControls extends SceneObjectBase<LayerControlsState> {
  static Component = ({ model }: SceneComponentProps<LayerControls>) => {
    const { layers } = model.state.set.resolve().useState();
    return layers.map((layer) => (
      <div key={layer.state.key} style={{ display: 'flex' }}>
        <ControlsLabel htmlFor={`data-layer-${layer.state.key}`} label={layer.state.name} />
        <layer.Component model={layer} />
      </div>
    ));
  };
}
