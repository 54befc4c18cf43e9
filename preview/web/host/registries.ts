import {
  booleanOverrideProcessor,
  dataLinksOverrideProcessor,
  displayNameOverrideProcessor,
  FieldConfigProperty,
  FieldType,
  identityOverrideProcessor,
  numberOverrideProcessor,
  standardEditorsRegistry,
  standardFieldConfigEditorRegistry,
  standardTransformers,
  standardTransformersRegistry,
  stringOverrideProcessor,
  thresholdsOverrideProcessor,
  unitOverrideProcessor,
  valueMappingsOverrideProcessor,
  type DataTransformerInfo,
  type Field,
  type FieldConfigPropertyItem,
  type TransformerRegistryItem,
} from '@grafana/data';

/** Stands where Grafana has an editor: nothing is edited here. */
const NoEditor = () => null;

const numeric = (field: Field) => field.type === FieldType.number;
const always = () => true;

type Standard = Pick<FieldConfigPropertyItem, 'process' | 'settings'> &
  Partial<Pick<FieldConfigPropertyItem, 'shouldApply' | 'defaultValue'>>;

/** Without its entry an option and the overrides of it are dropped in silence. */
const standardOptions: Record<FieldConfigProperty, Standard> = {
  displayName: { process: displayNameOverrideProcessor, settings: { expandTemplateVars: true } },
  unit: { process: unitOverrideProcessor },
  min: { process: numberOverrideProcessor, shouldApply: numeric },
  max: { process: numberOverrideProcessor, shouldApply: numeric },
  fieldMinMax: { process: booleanOverrideProcessor, shouldApply: numeric },
  decimals: { process: numberOverrideProcessor, shouldApply: numeric },
  noValue: { process: stringOverrideProcessor },
  color: { process: identityOverrideProcessor },
  thresholds: {
    process: thresholdsOverrideProcessor,
    shouldApply: numeric,
    defaultValue: {
      mode: 'absolute',
      steps: [
        { value: -Infinity, color: 'green' },
        { value: 80, color: 'red' },
      ],
    },
  },
  mappings: { process: valueMappingsOverrideProcessor, defaultValue: [] },
  links: { process: dataLinksOverrideProcessor },
  actions: { process: identityOverrideProcessor },
  filterable: { process: booleanOverrideProcessor },
};

function standardOption(id: string, option: Standard): FieldConfigPropertyItem {
  return { id, path: id, name: id, editor: NoEditor, override: NoEditor, shouldApply: always, ...option };
}

/** The editors that the builders of panel and field options look up by name. */
const editors = [
  'boolean',
  'color',
  'fieldColor',
  'links',
  'mappings',
  'multi-select',
  'number',
  'radio',
  'select',
  'slider',
  'stats-picker',
  'strings',
  'text',
  'thresholds',
  'timezone',
  'unit',
];

/** Every published transformer; Grafana itself adds only their editors. Some are listed under two names. */
function transformers(): TransformerRegistryItem[] {
  const byId = new Map<string, DataTransformerInfo>();
  for (const info of Object.values<DataTransformerInfo>(standardTransformers)) {
    byId.set(info.id, info);
  }
  return [...byId.values()].map((info) => ({
    id: info.id,
    name: info.name,
    transformation: async () => info,
    defaultOptions: info.defaultOptions,
    editor: NoEditor,
    imageDark: '',
    imageLight: '',
  }));
}

/** Fills the registries by which Grafana's libraries apply field options and transformations. */
export function initRegistries(): void {
  standardEditorsRegistry.setInit(() => editors.map((id) => ({ id, name: id, editor: NoEditor })));
  standardFieldConfigEditorRegistry.setInit(() =>
    Object.entries(standardOptions).map(([id, option]) => standardOption(id, option)),
  );
  standardTransformersRegistry.setInit(transformers);
}
