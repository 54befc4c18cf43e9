import { LoadingState } from '@grafana/data';
import { SceneDataLayerSet, sceneGraph, VizPanel, type SceneObject } from '@grafana/scenes';

/**
 * A scene is at rest when its variables have their values, its annotations are there, and every panel has its data, or
 * the reason why not.
 */
export function isAtRest(scene: SceneObject): boolean {
  const panels = sceneGraph.findAllObjects(scene, (object) => object instanceof VizPanel) as VizPanel[];
  const variables = sceneGraph.getVariables(scene);
  return (
    scene.isActive &&
    panels.length > 0 &&
    variables.state.variables.every((variable) => !variables.isVariableLoadingOrWaitingToUpdate(variable)) &&
    hasAnnotations(scene) &&
    panels.every(hasSettled)
  );
}

function hasAnnotations({ state: { $data } }: SceneObject): boolean {
  return (
    !($data instanceof SceneDataLayerSet) ||
    $data.state.layers.every(({ state }) => !state.isEnabled || isSettled(state.data?.state))
  );
}

function hasSettled(panel: VizPanel): boolean {
  if (!panel.isActive) {
    return true; // in a collapsed row
  }
  const state = panel.state.$data ? sceneGraph.getData(panel).state.data?.state : LoadingState.Done;
  return panel.getPlugin() !== undefined && isSettled(state);
}

function isSettled(state: LoadingState | undefined): boolean {
  return state !== undefined && [LoadingState.Done, LoadingState.Error, LoadingState.Streaming].includes(state);
}
