import { renderTextPanelMarkdown, textUtil, type PanelProps } from '@grafana/data';
import type { Options } from '@grafana/schema/dist/esm/raw/composable/text/panelcfg/x/TextPanelCfg_types.gen';
import { ScrollContainer } from '@grafana/ui';
import { definePanel } from './define';

function TextPanel({ options, replaceVariables }: PanelProps<Options>) {
  const mode: string = options.mode;
  const content = replaceVariables(options.content, {}, 'html');
  const html = mode === 'html' ? textUtil.sanitizeTextPanelContent(content) : renderTextPanelMarkdown(content);
  return (
    <ScrollContainer height="100%">
      {mode === 'code' ? (
        <pre>{content}</pre>
      ) : (
        <div className="markdown-html" dangerouslySetInnerHTML={{ __html: html }} />
      )}
    </ScrollContainer>
  );
}

export const textPanel = definePanel<Options>({
  id: 'text',
  component: TextPanel,
  options: { mode: 'markdown', content: '' },
  skipDataQuery: true,
});
