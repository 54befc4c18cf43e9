import { LoadingState } from '@grafana/data';
import { sceneGraph, VizPanel, type SceneObject } from '@grafana/scenes';

/** A scene is at rest when its variables have their values and every panel has its data, or the reason why not. */
export function isAtRest(scene: SceneObject): boolean {
  const panels = sceneGraph.findAllObjects(scene, (object) => object instanceof VizPanel) as VizPanel[];
  const variables = sceneGraph.getVariables(scene);
  return (
    scene.isActive &&
    panels.length > 0 &&
    variables.state.variables.every((variable) => !variables.isVariableLoadingOrWaitingToUpdate(variable)) &&
    panels.every(hasSettled)
  );
}

function hasSettled(panel: VizPanel): boolean {
  if (!panel.isActive) {
    return true; // in a collapsed row
  }
  const state = panel.state.$data ? sceneGraph.getData(panel).state.data?.state : LoadingState.Done;
  return panel.getPlugin() !== undefined && state !== undefined && settled.includes(state);
}

const settled = [LoadingState.Done, LoadingState.Error, LoadingState.Streaming];
