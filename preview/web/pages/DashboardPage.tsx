import { UrlSyncContextProvider, type EmbeddedScene } from '@grafana/scenes';
import { useEffect } from 'react';
import { announce } from '../ready';
import { isAtRest } from '../scene/ready';
import { Frame } from './Frame';

interface Props {
  title: string;
  scene: EmbeddedScene;
}

export function DashboardPage({ title, scene }: Props) {
  useEffect(() => announce(() => isAtRest(scene) && !isLoading()), [scene]);
  return (
    <Frame
      title={title}
      note={
        'Left out here: repeated and library panels, panel menus and the inspector. A panel of a type ' +
        'that is not published shows its data as a table.'
      }
    >
      <UrlSyncContextProvider scene={scene} updateUrlOnInit createBrowserHistorySteps>
        <scene.Component model={scene} />
      </UrlSyncContextProvider>
    </Frame>
  );
}

function isLoading(): boolean {
  return document.querySelector('[aria-label="Panel loading bar"]') !== null;
}
