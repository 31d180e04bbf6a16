import type { Connector, JsonObject } from '@leat/connector-kit'

/** A config together with the `template_config` that stands beside it in a request, for connectors that read one. */
export function withTemplate(
  connector: Connector,
  part: 'source' | 'sink',
  config: JsonObject,
  template: Readonly<Record<string, unknown>> | null | undefined,
): JsonObject {
  const takes = Object.hasOwn(connector[part]?.options.shape ?? {}, 'template_config')
  return takes && template ? { ...config, template_config: template as JsonObject } : config
}
