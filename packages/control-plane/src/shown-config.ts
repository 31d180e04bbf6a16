import { type JsonObject, secretKeys } from '@leat/connector-kit'
import type { ConfigPart } from './check-config.ts'
import type { ConnectorRegistry } from './registry.ts'

/** What stands in place of a secret of a config. Sent back, it means "as it was". */
export const hiddenSecret = '••••••••'

/** The config of a source or sink with its secrets hidden. */
export function shownConfig(
  registry: ConnectorRegistry,
  part: Exclude<ConfigPart, 'credentials'>,
  type: string,
  config: JsonObject,
): JsonObject {
  const shown: Record<string, JsonObject[string]> = { ...config }
  for (const key of secretsIn(registry, part, type))
    if (shown[key] !== undefined && shown[key] !== null) shown[key] = hiddenSecret
  return shown
}

/** A config as a client sends it back after reading it: hidden secrets are those that are stored. */
export function keptSecrets(
  registry: ConnectorRegistry,
  part: Exclude<ConfigPart, 'credentials'>,
  type: string,
  sent: JsonObject,
  stored: JsonObject,
): JsonObject {
  const kept: Record<string, JsonObject[string]> = { ...sent }
  for (const key of secretsIn(registry, part, type))
    if (kept[key] === hiddenSecret && stored[key] !== undefined) kept[key] = stored[key]
  return kept
}

function secretsIn(
  registry: ConnectorRegistry,
  part: Exclude<ConfigPart, 'credentials'>,
  type: string,
): readonly string[] {
  const connector = registry.get(type)
  const options = connector?.[part]?.options
  if (!options) return []
  const secret = secretKeys(options)
  const aliases = Object.entries(connector?.aliases?.[part] ?? {})
  return [...secret, ...aliases.flatMap(([alias, key]) => (secret.includes(key) ? [alias] : []))]
}
